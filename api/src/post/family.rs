//! Families' posts, which nobody is appointed to: they come with joining, and go along with the household.

use entity::id::{AccountId, HouseholdId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Writer;
use entity::table::post;
use entity::vocabulary::Role;

use super::journal::Doer;
use super::store::{end_row, in_force};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::subject;
use crate::unit::ward_of_branch;

/// Gives an account a family's post in a branch, unless it holds one.
///
/// # Errors
/// NOT_FOUND when there is no such branch in the association.
pub async fn give_family(app: &App, tx: &Writer<'_>, account: AccountId, branch: UnitId) -> Result<()> {
    use post::Column::{AccountId, Id, Role as Held, TenantId, UnitId};
    let (tenant, now) = (tx.scope().tenant(), tx.scope().now());
    ward_of_branch(tx, branch, hanoi_date(now)).await?;
    let find = tx.find::<post::Entity>();
    let held = find
        .filter(AccountId.eq(account))
        .filter(UnitId.eq(branch))
        .filter(Held.eq(Role::Family))
        .all()
        .await?;
    let in_force = |post: &post::Model| post.valid_from <= now && post.valid_until.is_none_or(|until| now < until);
    if held.iter().any(in_force) {
        return Ok(());
    }
    // the same id for two requests at once: the second waits, and finds the first one's
    let id = app
        .codes
        .id("family post", &format!("{account} {branch} {}", held.len()));
    let row = post::Model {
        tenant_id: tenant,
        id: id.into(),
        account_id: account,
        role: Role::Family,
        unit_id: branch,
        valid_from: now,
        valid_until: None,
        decision_number: None,
        created_at: now,
    };
    tx.insert_if_new::<post::Entity>(row, &[TenantId, Id]).await?;
    Ok(())
}

/// Brings those who manage a household along when it moves to another branch: they are answered for where the household is. A
/// family's post of the old branch ends with that, unless the account manages something else there.
///
/// # Errors
/// What the database answers.
pub async fn bring_family(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    household: HouseholdId,
    (here, there): (UnitId, UnitId),
) -> Result<()> {
    use post::Column::{AccountId as Holder, Id, Role as Held, UnitId as Of};
    let managers = subject::accounts_of(tx, &[household.into()]).await?;
    let mut managers = managers.into_values().flatten().collect::<Vec<_>>();
    managers.sort_unstable();
    for account in managers {
        let find = tx.find::<post::Entity>().filter(Holder.eq(account));
        let find = find.filter(Of.eq(here)).filter(Held.eq(Role::Family));
        let find = find.filter(in_force(tx.scope().now())).order_by(Id, Order::Asc);
        let old = find.for_update().all().await?;
        if old.is_empty() {
            continue;
        }
        give_family(doer.app, tx, account, there).await?;
        if subject::manages_in(tx, account, here).await? {
            continue;
        }
        for row in old {
            end_row(doer, tx, &row, tx.scope().now(), None).await?;
        }
    }
    Ok(())
}
