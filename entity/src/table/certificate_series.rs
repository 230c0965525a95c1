//! The last number given to a certificate of a ward and year.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};

/// A series of certificates.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate_series")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The ward.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ward_id: UnitId,
    /// Programme year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// The last number given; 0 before the first.
    pub last: i32,
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
            // the ward's paper; what it says of one subject is on the registration and the certificate
            Reach::Branch(_) | Reach::Own(_) => Condition::any().add(sea_orm::sea_query::Expr::val(false)),
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
