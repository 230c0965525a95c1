//! Leave that one association gives another: to count the recognised families of a clan that is at home there. Numbers
//! only; no name crosses the border.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, ClanGrantId, CollectiveId, TenantId};
use crate::scope::{CityReadable, Reach, TenantOwned};

/// An association's leave for a clan of another one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clan_grant")]
pub struct Model {
    /// The association that gives it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClanGrantId,
    /// The association that may count.
    pub clan_tenant_id: TenantId,
    /// The clan.
    pub clan_id: CollectiveId,
    /// Who gave it.
    pub granted_by: AccountId,
    /// When it was last given.
    pub granted_at: DateTimeUtc,
    /// Who took it back.
    pub revoked_by: Option<AccountId>,
    /// When it was taken back; none while it holds.
    pub revoked_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        match reach {
            // a grant names no person; who is asked to enter families of a clan may see that it is counted
            Reach::Tenant | Reach::Ward(_) | Reach::Branch(_) => Condition::all(),
            Reach::Own(_) => Condition::any().add(sea_orm::sea_query::Expr::val(false)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = row;
        matches!(reach, Reach::Tenant)
    }
}

impl CityReadable for Entity {}
