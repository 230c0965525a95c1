//! What has happened and is to be told: one row for each step, written in the transaction that takes it. Ids and words of
//! our own only: nothing of a person stands here.
//!
//! The relay numbers what it has told ([`Model::batch`]), an association's rows one batch after the other. A row whose
//! transaction is committed late comes into a later batch, so `(batch, version, id)` is an order in which nobody overlooks one.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};

use crate::id::{AccountId, OutboxId, RegistrationId, SubjectId, TenantId, UnitId};
use crate::scope::{Errands, Reach, TenantOwned};
use crate::table::{named_in, registration_ids};
use crate::vocabulary::{LearningModel, OutboxTopic, RegistrationAction, RegistrationState};

/// Something that happened to a registration.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id; of a step that of its line in the registration's journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxId,
    /// What it tells of.
    pub topic: OutboxTopic,
    /// The registration.
    pub registration_id: RegistrationId,
    /// Whose registration it is.
    pub subject_id: SubjectId,
    /// The registration's branch at that time.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// The branch it came from, if it was moved.
    pub from_branch_id: Option<UnitId>,
    /// That branch's ward.
    pub from_ward_id: Option<UnitId>,
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// What was done, if it was a step.
    pub action: Option<RegistrationAction>,
    /// The state before; none for the first action.
    pub from_state: Option<RegistrationState>,
    /// The state after.
    pub to_state: RegistrationState,
    /// The registration's version after it.
    pub version: i32,
    /// Who did it.
    pub account_id: AccountId,
    /// When, by the server's clock.
    pub at: DateTimeUtc,
    /// The batch in which it was told; none before.
    pub batch: Option<i64>,
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
            // where it came from sees that it has left: an id, and nothing else
            Reach::Ward(ward) => Condition::any()
                .add(Column::WardId.eq(*ward))
                .add(Column::FromWardId.eq(*ward)),
            Reach::Branch(branch) => Condition::any()
                .add(Column::BranchId.eq(*branch))
                .add(Column::FromBranchId.eq(*branch)),
            Reach::Own(_) => named_in::<Entity>(Column::RegistrationId, registration_ids(reach)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.account_id == *account,
        }
    }
}

impl Errands for Entity {}

/// What was told after a row of a batch: one comparison of three, which the index is made for. What has not been told is not
/// in it.
pub fn beyond((batch, version, id): (i64, i32, OutboxId)) -> Condition {
    let here = Expr::tuple([
        Expr::col(Column::Batch),
        Expr::col(Column::Version),
        Expr::col(Column::Id),
    ]);
    let there = Expr::tuple([Expr::val(batch), Expr::val(version), Expr::val(id)]);
    Condition::all().add(here.gt(there))
}
