//! Which phone's account manages which subject. Households have a table of their own for it, older than this one.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement, UnionType};

use crate::id::{AccountId, SubjectAccountId, SubjectId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::household_account::{self, households_of};
use crate::table::named_in;
use crate::table::{citizen, collective, subject_within};

/// An account manages a subject.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject_account")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubjectAccountId,
    /// The subject.
    pub subject_id: SubjectId,
    /// The account.
    pub account_id: AccountId,
    /// Since when.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        match reach {
            Reach::Own(account) => Condition::all().add(Column::AccountId.eq(*account)),
            Reach::Tenant => Condition::all(),
            narrower => subject_within(narrower, (Column::TenantId, Column::SubjectId)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Own(account) => row.account_id == *account,
            _ => true,
        }
    }
}

/// The collectives a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn collective_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([collective::Column::TenantId, collective::Column::Id])
        .from(collective::Entity)
        .cond_where(collective::Entity::within(reach))
        .take()
}

/// The citizens a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn citizen_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([citizen::Column::TenantId, citizen::Column::Id])
        .from(citizen::Entity)
        .cond_where(citizen::Entity::within(reach))
        .take()
}

/// What an account manages, as a sub-select of `(tenant, id)`: households, what it was given by itself, and the citizens of its
/// households.
///
/// A union and not an OR, so that each part is a range of an index.
pub(crate) fn subjects_of(account: AccountId) -> SelectStatement {
    let by_itself = Query::select()
        .columns([Column::TenantId, Column::SubjectId])
        .from(Entity)
        .and_where(Column::AccountId.eq(account))
        .take();
    let of_households = Query::select()
        .columns([citizen::Column::TenantId, citizen::Column::Id])
        .from(citizen::Entity)
        .cond_where(named_in::<citizen::Entity>(
            citizen::Column::HouseholdId,
            households_of(account),
        ))
        .take();
    Query::select()
        .columns([
            household_account::Column::TenantId,
            household_account::Column::HouseholdId,
        ])
        .from(household_account::Entity)
        .and_where(household_account::Column::AccountId.eq(account))
        .union(UnionType::All, by_itself)
        .union(UnionType::All, of_households)
        .take()
}
