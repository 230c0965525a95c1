//! Reading the outbox, and writing what it comes to.

use std::collections::{HashMap, HashSet};

use entity::id::{AccountId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Errand;
use entity::table::{outbox, outbox_head, push_delivery, registration_notice};
use entity::vocabulary::Role;

use super::desk;
use crate::app::App;
use crate::error::Result;
use crate::post::holders_of;
use crate::subject::accounts_of;

/// The number of the last batch, held until the transaction ends; none where another relay holds it.
///
/// # Errors
/// What the database answers.
pub(super) async fn head(tx: &Errand) -> Result<Option<i64>> {
    let find = tx.find::<outbox_head::Entity>().for_update_unless_locked();
    if let Some(head) = find.one().await? {
        return Ok(Some(head.last));
    }
    // the first batch of this association, or somebody is at it
    let row = outbox_head::Model {
        tenant_id: tx.tenant(),
        last: 0,
    };
    let key = [outbox_head::Column::TenantId];
    Ok(tx.insert_if_new::<outbox_head::Entity>(row, &key).await?.then_some(0))
}

/// What has not been told, oldest first.
///
/// # Errors
/// What the database answers.
pub(super) async fn waiting(tx: &Errand, most: u64) -> Result<Vec<outbox::Model>> {
    use outbox::Column::{Batch, Id};
    let find = tx.find::<outbox::Entity>().filter(Batch.is_null());
    Ok(find.order_by(Id, Order::Asc).limit(most).all().await?)
}

/// Whom the events of a batch may concern.
pub(super) struct People {
    managers: HashMap<SubjectId, Vec<AccountId>>,
    holders: HashMap<(Role, UnitId), Vec<AccountId>>,
}

impl People {
    /// Those who manage the subject, without the one who acted.
    pub(super) fn of_subject(&self, event: &outbox::Model) -> impl Iterator<Item = AccountId> + use<> {
        others(self.managers.get(&event.subject_id), event)
    }

    /// Those who sit at a desk, without the one who acted.
    pub(super) fn at(&self, desk: desk::Desk, event: &outbox::Model) -> impl Iterator<Item = AccountId> + use<> {
        others(self.holders.get(&(desk.role, desk.unit)), event)
    }
}

fn others(accounts: Option<&Vec<AccountId>>, event: &outbox::Model) -> impl Iterator<Item = AccountId> + use<> {
    let actor = event.account_id;
    let accounts = accounts.cloned().unwrap_or_default();
    accounts.into_iter().filter(move |account| *account != actor)
}

/// Reads whom the events of a batch may concern: as many statements for one event as for five hundred.
///
/// # Errors
/// What the database answers.
pub(super) async fn people(app: &App, tx: &Errand, events: &[outbox::Model]) -> Result<People> {
    let mut subjects: Vec<SubjectId> = events.iter().map(|event| event.subject_id).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let mut units: Vec<UnitId> = events.iter().filter_map(desk::next).map(|desk| desk.unit).collect();
    units.sort_unstable();
    units.dedup();
    let roles = [Role::BranchHead, Role::WardOfficer];
    Ok(People {
        managers: accounts_of(tx, &subjects).await?,
        holders: holders_of(tx, &units, &roles, app.clock.now()).await?,
    })
}

/// Of the notices for desks those whose reader has one of the same fold unread.
///
/// # Errors
/// What the database answers.
pub(super) async fn unread_folds(
    tx: &Errand,
    notices: &[registration_notice::Model],
) -> Result<HashSet<(AccountId, String)>> {
    use registration_notice::Column::{AccountId as Reader, Fold};
    let folded: Vec<&registration_notice::Model> = notices.iter().filter(|notice| notice.fold.is_some()).collect();
    if folded.is_empty() {
        return Ok(HashSet::new());
    }
    let find = tx
        .find::<registration_notice::Entity>()
        .filter(Reader.is_in(folded.iter().map(|notice| notice.account_id)))
        .filter(Fold.is_in(folded.iter().filter_map(|notice| notice.fold.clone())));
    let known = find.all().await?.into_iter();
    Ok(known.filter_map(|row| Some((row.account_id, row.fold?))).collect())
}

/// Writes notices, and messages that tell of them. A notice for a desk joins the one its reader has not read.
///
/// # Errors
/// What the database answers.
pub(super) async fn write(
    tx: &Errand,
    notices: Vec<registration_notice::Model>,
    deliveries: Vec<push_delivery::Model>,
) -> Result<()> {
    use registration_notice::Column::{AccountId, At, Batch, Count, Fold, Id, TenantId};
    let (folded, single): (Vec<_>, Vec<_>) = notices.into_iter().partition(|notice| notice.fold.is_some());
    tx.insert_all::<registration_notice::Entity>(single).await?;
    let key = [TenantId, AccountId, Fold];
    tx.add_up::<registration_notice::Entity>(folded, &key, (&[Id, At, Batch], Count))
        .await?;
    Ok(tx.insert_all::<push_delivery::Entity>(deliveries).await?)
}

/// Notes that events were told, in a batch of this number.
///
/// # Errors
/// What the database answers.
pub(super) async fn told(tx: &Errand, events: &[outbox::Model], batch: i64) -> Result<()> {
    tx.update::<outbox::Entity>()
        .set(outbox::Column::Batch, batch)
        .filter(outbox::Column::Id.is_in(events.iter().map(|event| event.id)))
        .run()
        .await?;
    let head = tx.update::<outbox_head::Entity>();
    head.set(outbox_head::Column::Last, batch).run().await?;
    Ok(())
}
