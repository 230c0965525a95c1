//! Families. The head's name is kept folded for finding and as a sort key for Vietnamese order.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, HouseholdId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::household_account::households_of;
use crate::table::named_in;
use crate::table::registration;
use crate::vocabulary::{LearningModel, RegistrationState};

/// A family.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HouseholdId,
    /// Its branch.
    pub branch_id: UnitId,
    /// Its branch's ward.
    pub ward_id: UnitId,
    /// Name of the head of the household, NFC.
    #[sea_orm(column_type = "Text")]
    pub head_name: String,
    /// The name folded.
    #[sea_orm(column_type = "Text")]
    pub head_key: String,
    /// Vietnamese order: given, family, middle name.
    #[sea_orm(column_type = "Blob")]
    pub sort_key: Vec<u8>,
    /// Phone number, E.164; families share them.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// Address inside the ward.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// The address folded.
    #[sea_orm(column_type = "Text")]
    pub address_key: String,
    /// Raised with every change.
    pub version: i32,
    /// Who entered it.
    pub created_by: AccountId,
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
            Reach::Branch(branch) => Condition::all().add(Column::BranchId.eq(*branch)),
            Reach::Own(account) => named_in::<Entity>(Column::Id, households_of(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.created_by == *account,
        }
    }
}

/// The households an account manages.
pub fn managed_by(account: AccountId) -> Condition {
    named_in::<Entity>(Column::Id, households_of(account))
}

/// Households without a registration that was sent in for a title and year: an anti-join on the unique key of
/// registrations, so that each household costs one look into an index.
pub fn not_registered(model: LearningModel, year: i32) -> Condition {
    use sea_orm::sea_query::{Expr, ExprTrait as _, Query};

    let sent_in = RegistrationState::ALL
        .iter()
        .copied()
        .filter(|state| state.is_sent_in());
    let of = |column: registration::Column| Expr::col((registration::Entity, column));
    let registered = Query::select()
        .expr(Expr::val(1))
        .from(registration::Entity)
        .and_where(of(registration::Column::TenantId).equals((Entity, Column::TenantId)))
        .and_where(of(registration::Column::SubjectId).equals((Entity, Column::Id)))
        .and_where(ColumnTrait::eq(&registration::Column::Model, model))
        .and_where(ColumnTrait::eq(&registration::Column::Year, year))
        .and_where(ColumnTrait::is_in(&registration::Column::State, sent_in))
        .take();
    Condition::all().not().add(Expr::exists(registered))
}
