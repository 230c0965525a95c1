//! Reading the inbox.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_graphql::{Context, ID, Object};
use entity::id::UnitId;
use entity::scope::{Reach, Scope, View};
use entity::table::{registration, tenant};
use entity::value::ProgrammeYear;
use entity::vocabulary::{ComplaintState, LearningModel, RegistrationState as State, Role, UnitKind};

use super::canned;
use super::model::{CannedReason, Inbox, InboxComplaints, InboxDeadline, InboxEntry, MOST_COMPLAINTS};
use super::step::{WAITING, Waits, waits};
use crate::access::{Access, Permission};
use crate::clock::hanoi_date;
use crate::complaint::complaint_list;
use crate::error::{Error, Result};
use crate::programme::{Window, windows_of};
use crate::progress::state_totals;
use crate::registration::{Filter, RegistrationAction, RegistrationState, registrations_standing};
use crate::scalar::Date;
use crate::unit::{UnitRow, list_place, unit_by_id};

/// Queries about the inbox.
#[derive(Default)]
pub struct InboxQuery;

/// Queries about the inbox.
#[Object]
impl InboxQuery {
    /// What waits for a decision or for the next step at the acting post's desk: for a family what it has to correct or to
    /// mark, for a branch head what it has to approve and to assess (and what waits for its families), for a ward officer what
    /// is to be proposed and recognised, and complaints. Districts and the city see what stands still below them.
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A unit within reach; the acting post's own unless said. None for a family.")] unit_id: Option<
            ID,
        >,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
    ) -> Option<Result<Inbox>> {
        Some(inbox(ctx, unit_id, year).await)
    }

    /// Short reasons for an action that asks for one (RETURN, REJECT, DECLINE, REVOKE), to choose from. What a ward officer
    /// sends back is a RETURN too. For any other action there are none.
    async fn canned_reasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the reason is for.")] action: RegistrationAction,
        #[graphql(desc = "Where the registration stands; for every state unless said.")] state: Option<
            RegistrationState,
        >,
    ) -> Option<Result<Vec<CannedReason>>> {
        Some(reasons(ctx, action, state))
    }
}

fn reasons(
    ctx: &Context<'_>,
    action: RegistrationAction,
    state: Option<RegistrationState>,
) -> Result<Vec<CannedReason>> {
    ctx.scope(Permission::RegistrationRead)?;
    let language = ctx.request().language;
    let shown = canned::reasons(action.into(), state.map(Into::into)).map(|reason| CannedReason {
        code: reason.code,
        state: reason.state.into(),
        text: reason.text(language),
    });
    Ok(shown.collect())
}

/// What waits, as `inbox` shows it.
///
/// # Errors
/// As the field.
pub async fn inbox(ctx: &Context<'_>, unit_id: Option<ID>, year: i32) -> Result<Inbox> {
    let year = ProgrammeYear::parse(year)
        .map_err(|rule| Error::invalid("year", rule))?
        .value();
    let post = *ctx.viewer()?.acting()?;
    let asked = list_place(ctx, Permission::RegistrationRead, unit_id.as_ref()).await?;
    let scope = asked.scope;
    let association = ctx.app().db.tenant(scope.tenant()).await?.ok_or(Error::NotFound)?;
    let desk = Desk {
        windows_seen: ctx.view_in(Permission::ProgrammeYearRead, scope.tenant())?,
        association,
        role: post.role,
        scope,
        year,
    };
    let (entries, complaints) = if matches!(desk.scope.reach(), Reach::Own(_)) {
        (desk.of_family().await?, None)
    } else {
        let unit = match asked.unit {
            Some(unit) => unit,
            None => unit_by_id(&View::Tenant(desk.scope.clone()), post.unit).await?,
        };
        (desk.of_unit(&unit).await?, desk.complaints(&unit).await?)
    };
    Ok(Inbox {
        year,
        today: Date(hanoi_date(desk.scope.now())),
        entries,
        complaints,
    })
}

/// Whose desk is looked at.
struct Desk {
    scope: Scope,
    windows_seen: View,
    association: tenant::Model,
    role: Role,
    year: i32,
}

impl Desk {
    /// What waits in a unit: one reading of its counters.
    async fn of_unit(&self, unit: &UnitRow) -> Result<Vec<InboxEntry>> {
        let states = WAITING.iter().copied();
        let concerned: Vec<State> = states.filter(|state| waits(self.role, *state).is_some()).collect();
        let view = View::Tenant(self.scope.clone());
        let totals = state_totals(&view, unit.id, self.year, &concerned).await?;
        if totals.is_empty() {
            return Ok(Vec::new());
        }
        let windows = self.windows(ward_of(unit)).await?;
        let of_kind = |kind| (unit.kind == kind).then_some(unit.id);
        let entry = |((model, state), total): ((LearningModel, State), i64)| {
            let filter = Filter {
                model,
                year: self.year,
                state,
                ward: of_kind(UnitKind::Ward),
                branch: of_kind(UnitKind::Branch),
            };
            self.entry(filter, total, &windows)
        };
        Ok(in_order(totals.into_iter().filter_map(entry).collect()))
    }

    /// What waits for a family: its few rows, counted.
    async fn of_family(&self) -> Result<Vec<InboxEntry>> {
        let states = WAITING.iter().copied();
        let concerned: Vec<State> = states.filter(|state| waits(self.role, *state).is_some()).collect();
        let rows = registrations_standing(&self.scope, self.year, &concerned).await?;
        let mut windows: HashMap<UnitId, Vec<Window>> = HashMap::new();
        let mut waiting: HashMap<(LearningModel, State), Vec<&registration::Model>> = HashMap::new();
        for row in &rows {
            waiting.entry((row.model, row.state)).or_default().push(row);
            if let Entry::Vacant(ward) = windows.entry(row.ward_id) {
                ward.insert(self.windows(Some(row.ward_id)).await?);
            }
        }
        let entry = |((model, state), rows): ((LearningModel, State), Vec<&registration::Model>)| {
            let filter = Filter {
                model,
                year: self.year,
                state,
                ward: None,
                branch: None,
            };
            // what has waited longest says which ward's windows are shown
            let holding = rows.first().and_then(|row| windows.get(&row.ward_id))?;
            self.entry(filter, i64::try_from(rows.len()).ok()?, holding)
        };
        Ok(in_order(waiting.into_iter().filter_map(entry).collect()))
    }

    fn entry(&self, filter: Filter, total: i64, windows: &[Window]) -> Option<InboxEntry> {
        Some(InboxEntry {
            waits: waits(self.role, filter.state)?,
            deadline: InboxDeadline::of(filter.state, windows, self.scope.now()),
            scope: self.scope.clone(),
            filter,
            total,
        })
    }

    /// The windows that hold in a ward; none where the city has not opened the year.
    async fn windows(&self, ward: Option<UnitId>) -> Result<Vec<Window>> {
        match windows_of(&self.windows_seen, &self.association, (ward, self.year)).await {
            Err(Error::NotFound) => Ok(Vec::new()),
            windows => windows,
        }
    }

    async fn complaints(&self, unit: &UnitRow) -> Result<Option<InboxComplaints>> {
        let of_kind = |kind| (unit.kind == kind).then_some(unit.id);
        let place = (of_kind(UnitKind::Ward), of_kind(UnitKind::Branch));
        let most = u64::try_from(MOST_COMPLAINTS).unwrap_or(u64::MAX).saturating_add(1);
        let rows = complaint_list(&self.scope, ComplaintState::Open, place, None, most).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let waits = if self.role == Role::WardOfficer {
            Waits::You
        } else {
            Waits::Others
        };
        Ok(Some(InboxComplaints {
            scope: self.scope.clone(),
            place,
            waits,
            rows,
        }))
    }
}

/// The ward whose windows hold in a unit.
fn ward_of(unit: &UnitRow) -> Option<UnitId> {
    match unit.kind {
        UnitKind::Ward => Some(unit.id),
        UnitKind::Branch => unit.parent,
        UnitKind::City | UnitKind::District => None,
    }
}

/// In the order of the year: what stands furthest behind first.
fn in_order(mut entries: Vec<InboxEntry>) -> Vec<InboxEntry> {
    let place = |state: State| WAITING.iter().position(|known| *known == state);
    entries.sort_by_key(|entry| (place(entry.filter.state), entry.filter.model));
    entries
}
