//! One file per table: what a row is, and how far each reach sees.

pub mod account;
pub mod app_version;
pub mod app_version_document;
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
pub mod evidence;
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
pub mod record_change;
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
pub mod trusted_document;
pub mod unit;
pub mod unit_version;
pub mod unit_window;

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait as _, IntoIden as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition};

use crate::id::UnitId;
use crate::scope::{Reach, TenantOwned};

/// Whether a row is named in a sub-select by `(tenant, id)`. An id alone would not do: phones make ids, so two associations may
/// have the same, and an account may have links in both.
pub(crate) fn named_in<E: TenantOwned>(id: E::Column, named: SelectStatement) -> Condition {
    let name = Expr::tuple([E::TENANT.into_expr(), id.into_expr()]);
    Condition::all().add(name.in_subquery(named))
}

/// The households a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn household_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([household::Column::TenantId, household::Column::Id])
        .from(household::Entity)
        .cond_where(household::Entity::within(reach))
        .take()
}

/// Whether the subject that a row names by `(tenant, subject)` is within a reach.
///
/// For a ward or a branch one look by the primary key for each row: a list of all the ward's subjects would be made anew for
/// every page. What an account manages is a short list.
pub(crate) fn subject_within<C: ColumnTrait>(reach: &Reach, (tenant, subject): (C, C)) -> Condition {
    if let Reach::Own(account) = reach {
        let name = Expr::tuple([tenant.into_expr(), subject.into_expr()]);
        return Condition::all().add(name.in_subquery(subject_account::subjects_of(*account)));
    }
    let one = |of: SelectStatement, table: DynIden| {
        let column = |name: &'static str| Expr::col((table.clone(), Alias::new(name)));
        let same = of
            .clone()
            .and_where(column("tenant_id").equals((tenant.entity_name(), tenant)))
            .and_where(column("id").equals((subject.entity_name(), subject)))
            .take();
        Expr::exists(same)
    };
    Condition::any()
        .add(one(household_ids(reach), household::Entity.into_iden()))
        .add(one(
            subject_account::collective_ids(reach),
            collective::Entity.into_iden(),
        ))
        .add(one(subject_account::citizen_ids(reach), citizen::Entity.into_iden()))
}

/// The registrations a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn registration_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([registration::Column::TenantId, registration::Column::Id])
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .take()
}

/// Whether the registration that a row names by `(tenant, registration)` is within a reach: one look by the primary key for
/// each row, however many registrations a ward has. What an account manages is a short list.
pub(crate) fn registration_within<C: ColumnTrait>(reach: &Reach, (tenant, registration): (C, C)) -> Condition {
    let seen = registration_ids(reach);
    if matches!(reach, Reach::Own(_)) {
        let name = Expr::tuple([tenant.into_expr(), registration.into_expr()]);
        return Condition::all().add(name.in_subquery(seen));
    }
    let column = |name: &'static str| Expr::col((registration::Entity.into_iden(), Alias::new(name)));
    let same = seen
        .clone()
        .and_where(column("tenant_id").equals((tenant.entity_name(), tenant)))
        .and_where(column("id").equals((registration.entity_name(), registration)))
        .take();
    Condition::all().add(Expr::exists(same))
}

/// The subjects of the registrations a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn registered_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([registration::Column::TenantId, registration::Column::SubjectId])
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .take()
}

/// The papers that the registrations a reach sees stand on, by the column that names them, as a sub-select of
/// `(tenant, id)`.
pub(crate) fn papers_of(reach: &Reach, paper: registration::Column) -> SelectStatement {
    Query::select()
        .columns([registration::Column::TenantId, paper])
        .from(registration::Entity)
        .cond_where(registration::Entity::within(reach))
        .and_where(paper.is_not_null())
        .take()
}

/// The branch meetings that assessed the registrations a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn meetings_of(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([assessment_item::Column::TenantId, assessment_item::Column::AssessmentId])
        .from(assessment_item::Entity)
        .cond_where(named_in::<assessment_item::Entity>(
            assessment_item::Column::RegistrationId,
            registration_ids(reach),
        ))
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

/// The posts a reach sees, as a sub-select of `(tenant, id)`.
pub(crate) fn post_ids(reach: &Reach) -> SelectStatement {
    Query::select()
        .columns([post::Column::TenantId, post::Column::Id])
        .from(post::Entity)
        .cond_where(post::Entity::within(reach))
        .take()
}
