//! Decisions of a ward's People's Committee that give titles or take them away.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, DecisionId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, papers_of, registration};
use crate::vocabulary::DecisionKind;

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DecisionId,
    /// The ward.
    pub ward_id: UnitId,
    /// Programme year.
    pub year: i32,
    /// What it does.
    pub kind: DecisionKind,
    /// Its number.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Its day.
    pub decided_on: Date,
    /// Who decided.
    #[sea_orm(column_type = "Text")]
    pub authority: String,
    /// Who signed it.
    #[sea_orm(column_type = "Text")]
    pub signer_name: String,
    /// As what.
    #[sea_orm(column_type = "Text")]
    pub signer_title: String,
    /// Who entered it.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// When it was entered.
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
            Reach::Tenant => Condition::all(),
            Reach::Ward(ward) => Condition::all().add(Column::WardId.eq(*ward)),
            // the ward's paper; whoever sees a registration that stands on it may know which one
            Reach::Branch(_) | Reach::Own(_) => {
                let papers = papers_of(reach, registration::Column::DecisionId);
                named_in::<Entity>(Column::Id, papers)
            }
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(_) | Reach::Own(_) => false,
        }
    }
}
