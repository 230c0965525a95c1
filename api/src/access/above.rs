//! Who is responsible for an account: those with a post one level above its posts. The counterpart of [`super::below`],
//! for telling them something while nobody is signed in.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, TenantId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::CityScope;
use entity::table::{post, unit_version};
use entity::vocabulary::Role;

use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;

/// The most officers of one unit that are told.
const MOST: u64 = 20;

/// The accounts with a post one level above those of an account: the branch head above a family, the ward's officers
/// above a branch head, the district's above those, the city's above those. Never the account itself.
///
/// # Errors
/// What the database answers.
pub async fn officers_above(app: &App, account: AccountId, now: DateTime<Utc>) -> Result<Vec<AccountId>> {
    let sign_in = app.db.sign_in();
    let mut found = BTreeSet::new();
    for post in sign_in.posts_of(account, now).await? {
        let Some((tenant, unit, role)) = place_above(app, &post, now).await? else {
            continue;
        };
        let held = sign_in.posts_held((tenant, &[unit]), &[role], now, MOST).await?;
        found.extend(held.into_iter().map(|post| post.account_id));
    }
    found.remove(&account);
    Ok(found.into_iter().collect())
}

async fn place_above(app: &App, post: &post::Model, now: DateTime<Utc>) -> Result<Option<(TenantId, UnitId, Role)>> {
    let association = app.db.tenant(post.tenant_id).await?;
    Ok(match post.role {
        Role::Family => Some((post.tenant_id, post.unit_id, Role::BranchHead)),
        Role::BranchHead => {
            let ward = unit_above(app, post, now).await?;
            ward.map(|ward| (post.tenant_id, ward, Role::WardOfficer))
        }
        Role::WardOfficer => association.map(|row| (row.id, row.root_unit_id, Role::DistrictOfficer)),
        Role::DistrictOfficer => match association.and_then(|row| row.parent_id) {
            Some(city) => {
                let city = app.db.tenant(city).await?;
                city.map(|row| (row.id, row.root_unit_id, Role::CityOfficer))
            }
            None => None,
        },
        Role::CityOfficer | Role::CityLeader => None,
    })
}

/// The unit right above that of a post today, in the same association.
///
/// # Errors
/// What the database answers.
pub async fn unit_above(app: &App, post: &post::Model, now: DateTime<Utc>) -> Result<Option<UnitId>> {
    let units = CityScope::grant(&app.db, now);
    let today = units
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::TenantId.eq(post.tenant_id))
        .filter(unit_version::Column::UnitId.eq(post.unit_id))
        .filter(unit_version::in_force(hanoi_date(now)));
    Ok(today.one().await?.and_then(|row| row.parent_id))
}
