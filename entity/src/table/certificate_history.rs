//! The numbers on the certificates of a subject that somebody may see today, wherever they were issued. A narrow look at the
//! table `certificate`, read only.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;

use crate::id::{CertificateId, RegistrationId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_history};

/// A certificate, as far as it belongs to its subject's history.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificateId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// Programme year.
    pub year: i32,
    /// Its number in its ward and year.
    pub number: i32,
    /// The number of the decision that recognised.
    #[sea_orm(column_type = "Text")]
    pub decision_number: String,
    /// The decision that took the title away.
    #[sea_orm(column_type = "Text", nullable)]
    pub revoked_by_decision: Option<String>,
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
            narrower => {
                let registrations = Query::select()
                    .columns([registration_history::Column::TenantId, registration_history::Column::Id])
                    .from(registration_history::Entity)
                    .cond_where(registration_history::Entity::within(narrower))
                    .take();
                named_in::<Entity>(Column::RegistrationId, registrations)
            }
        }
    }

    fn admits(_: &Reach, _: &Model) -> bool {
        false
    }
}
