//! What has changed where, for copies on phones: one row for each record and branch it is or has been in, not a log.
//! Triggers write it, nothing else does ([ADR 0021](../../../api/docs/adr/0021-copies-on-phones.md)).

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveEnum, Condition};

use crate::id::{TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids, subject_account::subjects_of};

/// What a record is; kept as a small number because there is a row for every record.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum RecordKind {
    /// A household, with its members.
    #[sea_orm(num_value = 1)]
    Household,
    /// A clan, institution or community.
    #[sea_orm(num_value = 2)]
    Collective,
    /// A citizen.
    #[sea_orm(num_value = 3)]
    Citizen,
    /// A registration, with its score sheets, its evidence and its certificate.
    #[sea_orm(num_value = 4)]
    Registration,
}

/// How a record stands in a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Standing {
    /// It is there.
    #[sea_orm(num_value = 0)]
    Here,
    /// It was there and has moved.
    #[sea_orm(num_value = 1)]
    Left,
    /// It was there and is no more.
    #[sea_orm(num_value = 2)]
    Removed,
}

/// When a record last changed in a branch.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_change")]
pub struct Model {
    /// Owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// What it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: RecordKind,
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// The branch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: UnitId,
    /// The branch's ward.
    pub ward_id: UnitId,
    /// The transaction that changed it last: on `PostgreSQL` its number, on `SQLite`, where writers take turns, a count.
    pub xid: i64,
    /// Whether it is there still.
    pub standing: Standing,
}

/// No relations: joins would step over the scope.
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
            Reach::Own(account) => Condition::any()
                .add(named_in::<Entity>(Column::RecordId, subjects_of(*account)))
                .add(named_in::<Entity>(Column::RecordId, registration_ids(reach))),
        }
    }

    fn admits(_: &Reach, _: &Model) -> bool {
        // triggers write it
        false
    }
}

/// A row's place in the order of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Position(pub i64, pub RecordKind, pub Uuid);

impl Model {
    /// Its place in the order of changes. Two rows share one where a record went from one branch to another in one
    /// transaction; they tell of the same record.
    pub fn position(&self) -> Position {
        Position(self.xid, self.kind, self.record_id)
    }
}

/// What comes after a place in the order of changes: one comparison of three, which the indexes are made for.
pub fn beyond(Position(xid, kind, record): Position) -> Condition {
    let here = Expr::tuple([
        Expr::col(Column::Xid),
        Expr::col(Column::Kind),
        Expr::col(Column::RecordId),
    ]);
    let there = Expr::tuple([Expr::val(xid), Expr::val(kind.to_value()), Expr::val(record)]);
    Condition::all().add(here.gt(there))
}
