//! What anybody who may see a subject today may know of its registrations of all years, wherever they were made: which
//! title, which year, how far it came. A narrow look at the table `registration`, read only; all else of a registration
//! stays with the branch it was made in.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{RegistrationId, SubjectId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::subject_within;
use crate::vocabulary::{LearningModel, RegistrationState};

/// A registration, as far as it belongs to its subject's history.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegistrationId,
    /// The title.
    pub model: LearningModel,
    /// Who is registered.
    pub subject_id: SubjectId,
    /// Programme year.
    pub year: i32,
    /// The branch it belongs to.
    pub branch_id: UnitId,
    /// Where it stands.
    pub state: RegistrationState,
    /// Since when it stands there.
    pub state_since: DateTimeUtc,
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
            // by where the subject is today, not by where the registration was made
            narrower => subject_within(narrower, (Column::TenantId, Column::SubjectId)),
        }
    }

    fn admits(_: &Reach, _: &Model) -> bool {
        false
    }
}
