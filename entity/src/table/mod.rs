//! One file per table: what a row is, and how far each reach sees.

pub mod account;
pub mod assessment;
pub mod assessment_item;
pub mod attempt;
pub mod certificate;
pub mod certificate_history;
pub mod certificate_series;
pub mod citizen;
pub mod clan_count;
pub mod clan_grant;
pub mod clan_household;
pub mod collective;
pub mod complaint;
pub mod criteria_set;
pub mod decision;
pub mod household;
pub mod household_account;
pub mod household_member;
pub mod household_word;
pub mod idempotency;
pub mod installation;
pub mod invitation;
pub mod notice;
pub mod one_time_code;
pub mod outbox;
pub mod outbox_head;
pub mod post;
pub mod post_event;
pub mod post_proposal;
pub mod programme_event;
pub mod programme_window;
pub mod programme_year;
pub mod push_delivery;
pub mod push_token;
pub mod quota;
pub mod recovery_code;
pub mod refresh_token;
pub mod registered_citizen;
pub mod registered_household;
pub mod registration;
pub mod registration_count;
pub mod registration_event;
pub mod registration_history;
pub mod registration_notice;
pub mod score_sheet;
pub mod second_factor;
pub mod security_event;
pub mod server_key;
pub mod session;
pub mod subject;
pub mod subject_account;
pub mod subject_count;
pub mod submission;
pub mod target;
pub mod tenant;
pub mod unit;
pub mod unit_version;
pub mod unit_window;

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Query, SelectStatement, UnionType};

use crate::id::UnitId;
use crate::scope::{Reach, TenantOwned};

/// The households a reach sees, as a sub-select. The tenant is demanded by the query around it.
pub(crate) fn household_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .column(household::Column::Id)
        .from(household::Entity)
        .cond_where(household::Entity::within(reach))
        .take()
}

/// The subjects of all kinds that a reach sees, as a sub-select: a union, so that each part is a range of an index.
pub(crate) fn subject_ids(reach: &Reach) -> SelectStatement {
    if let Reach::Own(account) = reach {
        return subject_account::subjects_of(*account);
    }
    household_ids(reach)
        .union(UnionType::All, subject_account::collective_ids(reach))
        .union(UnionType::All, subject_account::citizen_ids(reach))
        .take()
}

/// The registrations a reach sees, as a sub-select. The tenant is demanded by the query around it.
pub(crate) fn registration_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .column(registration::Column::Id)
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .take()
}

/// The subjects of the registrations a reach sees, as a sub-select.
pub(crate) fn registered_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .column(registration::Column::SubjectId)
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .take()
}

/// The papers that the registrations a reach sees stand on, by the column that names them, as a sub-select.
pub(crate) fn papers_of(reach: &Reach, paper: registration::Column) -> SelectStatement {
    Query::select()
        .column(paper)
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .and_where(paper.is_not_null())
        .take()
}

/// The branch meetings that assessed the registrations a reach sees, as a sub-select.
pub(crate) fn meetings_of(reach: &Reach) -> SelectStatement {
    Query::select()
        .column(assessment_item::Column::AssessmentId)
        .from(assessment_item::Entity)
        .and_where(assessment_item::Column::RegistrationId.in_subquery(registration_ids(reach)))
        .take()
}

/// A ward's branches of all times, as a sub-select: dates are for the query around it, which knows the day.
pub(crate) fn branch_ids(ward: UnitId) -> SelectStatement {
    Query::select()
        .column(unit_version::Column::UnitId)
        .from(unit_version::Entity)
        .and_where(unit_version::Column::ParentId.eq(ward))
        .take()
}

/// The posts a reach sees, as a sub-select.
pub(crate) fn post_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .column(post::Column::Id)
        .from(post::Entity)
        .cond_where(post::Entity::within(reach))
        .take()
}
