//! Notices of the year's steps: to those who manage a subject, and to the officers whose turn it is. Whatever is personal
//! (names, reasons) is read through the reader's own scope when the notice is shown, and does not stand here.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};

use crate::id::{AccountId, NoticeId, RegistrationEventId, RegistrationId, TenantId, UnitId};
use crate::scope::{Errands, Reach, TenantOwned};
use crate::vocabulary::{LearningModel, NoticeKind};

/// A notice of a step, or of several that wait on one desk.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration_notice")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id. A notice that stands for several gets a new one with each that comes to it: whoever has read the old one has
    /// not read this.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    /// Who is to read it.
    pub account_id: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// The registration; none where it stands for several.
    pub registration_id: Option<RegistrationId>,
    /// The line of its journal, where the reason stands.
    pub event_id: Option<RegistrationEventId>,
    /// The unit on whose desk they wait; none for the subject's own.
    pub unit_id: Option<UnitId>,
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// How many steps it stands for.
    pub count: i32,
    /// What further steps come to it by, as long as it has not been read: unique for its reader.
    #[sea_orm(column_type = "Text", nullable)]
    pub fold: Option<String>,
    /// The batch of the outbox in which it was made, or added to last; none of those from before there was a number.
    pub batch: Option<i64>,
    /// When the last of them was taken.
    pub at: DateTimeUtc,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
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
            Reach::Ward(unit) | Reach::Branch(unit) => Condition::all().add(Column::UnitId.eq(*unit)),
            Reach::Own(account) => Condition::all().add(Column::AccountId.eq(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        // the relay's to write, who acts for nobody
        let _ = row;
        matches!(reach, Reach::Tenant)
    }
}

impl Errands for Entity {}

/// What was made after a notice of a batch: one comparison of two, which the index is made for. A batch is committed whole.
pub fn beyond((batch, id): (i64, NoticeId)) -> Condition {
    let here = Expr::tuple([Expr::col(Column::Batch), Expr::col(Column::Id)]);
    Condition::all().add(here.gt(Expr::tuple([Expr::val(batch), Expr::val(id)])))
}
