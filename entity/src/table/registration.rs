//! A subject's registration for one title in one programme year; unique for these three in its tenant.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, DecisionId, RegistrationId, SubjectId, SubmissionId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::named_in;
use crate::table::subject_account::subjects_of;
use crate::vocabulary::{Channel, CriteriaVariant, LearningModel, RegistrationState};

/// A registration.
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
    /// That branch's ward.
    pub ward_id: UnitId,
    /// Where it stands.
    pub state: RegistrationState,
    /// Since when it stands there.
    pub state_since: DateTimeUtc,
    /// How it came in.
    pub channel: Channel,
    /// What the family wants to say.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// Why it was last returned, rejected or withdrawn.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Who entered it.
    pub entered_by: AccountId,
    /// Raised with every action; the journal has one line for each.
    pub version: i32,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// The list to the People's Committee it went on.
    pub submission_id: Option<SubmissionId>,
    /// The decision it stands by: that recognised it, or took the title away.
    pub decision_id: Option<DecisionId>,
    /// Whether it was sent in after its window had closed, as the city allowed.
    pub late: bool,
    /// Which form of the criteria it is marked by, as the subject was when it was registered.
    pub variant: Option<CriteriaVariant>,
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
            Reach::Own(account) => named_in::<Entity>(Column::SubjectId, subjects_of(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.entered_by == *account,
        }
    }
}

/// Of the registrations that meet `within`, the first `limit` on each paper in the order of their ids, by the column that
/// names the paper.
pub fn first_on_each(paper: Column, within: Condition, limit: u64) -> Condition {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Order, Query, WindowStatement};

    let (ranked, place) = (Alias::new("ranked"), Alias::new("place"));
    let order = WindowStatement::partition_by(paper)
        .order_by(Column::Id, Order::Asc)
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
