//! What households are found by: the folded name from each of its words on.
//! `nguyen van an` is stored as `nguyen van an`, `van an` and `an`, so a prefix of any word is one range of an index.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{HouseholdId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::household_account::households_of;
use crate::table::named_in;

/// A folded name from one of its words on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_word")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: HouseholdId,
    /// The folded text.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub word: String,
    /// The household's branch.
    pub branch_id: UnitId,
    /// The household's ward.
    pub ward_id: UnitId,
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
            Reach::Own(account) => named_in::<Entity>(Column::HouseholdId, households_of(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant | Reach::Own(_) => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
        }
    }
}

/// The words in `[from, below)` that are the first such word of their household, so that a household whose name has two
/// matching words is found once.
pub fn first_in_range(from: &str, below: Option<&str>) -> Condition {
    use sea_orm::sea_query::ExprTrait as _;

    let other = sea_orm::sea_query::Alias::new("other");
    let of = |column: Column| sea_orm::sea_query::Expr::col((other.clone(), column));
    let earlier = sea_orm::sea_query::Query::select()
        .expr(sea_orm::sea_query::Expr::val(1))
        .from_as(Entity, other.clone())
        .and_where(of(Column::TenantId).equals((Entity, Column::TenantId)))
        .and_where(of(Column::HouseholdId).equals((Entity, Column::HouseholdId)))
        .and_where(of(Column::Word).gte(from))
        .and_where(of(Column::Word).lt(sea_orm::sea_query::Expr::col((Entity, Column::Word))))
        .take();
    let range = Condition::all().add(ColumnTrait::gte(&Column::Word, from));
    let range = match below {
        Some(below) => range.add(ColumnTrait::lt(&Column::Word, below)),
        None => range,
    };
    range.add(Condition::all().not().add(sea_orm::sea_query::Expr::exists(earlier)))
}
