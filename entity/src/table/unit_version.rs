//! What a unit was called, its official code and its place in the tree, each for a time.
//! Official codes were reused for other wards in 2025 and names repeat across the city: neither is ever a key.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{TenantId, UnitId, UnitVersionId};
use crate::scope::{CityReadable, Reach, TenantOwned};

/// A unit's name, code and place for a time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_version")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnitVersionId,
    /// The unit.
    pub unit_id: UnitId,
    /// The unit above it inside the association; none for the top unit.
    pub parent_id: Option<UnitId>,
    /// Its name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Folded name.
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    /// Vietnamese order of names, numbers by value.
    #[sea_orm(column_type = "Blob")]
    pub sort_key: Vec<u8>,
    /// Code of the administrative unit at that time.
    #[sea_orm(column_type = "Text", nullable)]
    pub official_code: Option<String>,
    /// First day it holds, in Hanoi.
    pub valid_from: Date,
    /// First day it does not hold any more.
    pub valid_until: Option<Date>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // names of units are no secret inside their association
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.parent_id == Some(*ward),
            Reach::Branch(_) | Reach::Own(_) => false,
        }
    }
}

impl CityReadable for Entity {}

/// The versions in force on a day.
pub fn in_force(day: Date) -> Condition {
    Condition::all().add(Column::ValidFrom.lte(day)).add(
        Condition::any()
            .add(Column::ValidUntil.is_null())
            .add(Column::ValidUntil.gt(day)),
    )
}

/// Of the versions that meet `within`, the first `limit` below each unit in Vietnamese order of names.
pub fn first_below_each(within: Condition, limit: u64) -> Condition {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Order, Query, WindowStatement};

    let (ranked, place) = (Alias::new("ranked"), Alias::new("place"));
    let order = WindowStatement::partition_by(Column::ParentId)
        .order_by(Column::SortKey, Order::Asc)
        .order_by(Column::UnitId, Order::Asc)
        .take();
    let ranks = Query::select()
        .column(Column::Id)
        .expr_window_as(Func::cust("ROW_NUMBER"), order, place.clone())
        .from(Entity)
        .cond_where(within.clone())
        .take();
    let first = Query::select()
        .column(Column::Id)
        .from_subquery(ranks, ranked)
        .and_where(Expr::col(place).lte(limit))
        .take();
    within.add(Column::Id.in_subquery(first))
}
