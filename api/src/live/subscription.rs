//! The subscription's fields.

use async_graphql::{Context, ID, Subscription};
use entity::id::UnitId;
use entity::scope::{Reach, Scope};
use entity::table::{outbox, registration};
use entity::value::ProgrammeYear;
use entity::vocabulary::UnitKind;
use futures_util::stream::{Iter, iter};

use super::cursor::{self, List, StepPlace};
use super::model::{InboxChange, LiveEvent, NotificationAddition, RegistrationChange, UnitProgressChange};
use super::plan::{Place, Plan, Steps};
use super::start;
use super::turn::{self, Happening, Occasion};
use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as, encode};
use crate::inbox::inbox;
use crate::notice::shown;
use crate::programme::LearningModel;
use crate::progress::progress;
use crate::registration::{Registration, registration_by_id};
use crate::unit::{UnitRow, covered_unit, list_place};

/// What one turn shows: nothing in the first, one thing in the others.
type Shown<T> = Iter<std::option::IntoIter<T>>;

/// What can be followed.
#[derive(Default)]
pub struct Subscription;

/// What can be followed while it happens. Every stream begins with an event OPENED, or RESYNC; but for `inboxChanged` and
/// `unitProgressChanged` with `after`, which begin with CHANGED, and only when something has happened since.
#[Subscription]
impl Subscription {
    /// Steps of registrations within the viewer's reach, each in its order; of a family its own. After a break give the last
    /// cursor as `after`: nothing is left out, and nothing comes twice on one stream.
    async fn registration_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "One registration only.")] registration_id: Option<ID>,
        #[graphql(desc = "One programme year only, 2014 to 2100.")] year: Option<i32>,
        #[graphql(desc = "The last cursor seen.")] after: Option<String>,
    ) -> Result<Shown<RegistrationChange>> {
        let (scope, place) = asked_steps(ctx, unit_id.as_ref(), registration_id.as_ref()).await?;
        let turn = turn::of(ctx)?;
        let Some(happening) = turn.happening() else {
            let registration = registration_id
                .as_ref()
                .map(|id| decode_as(NodeKind::Registration, id, "registrationId"));
            let steps = Steps {
                place,
                registration: registration.transpose()?.map(|(_, id)| id),
                year: year.map(checked).transpose()?,
            };
            if let Some(id) = steps.registration {
                registration_by_id(&scope, id).await?;
            }
            turn.follow(Plan::Steps(
                steps,
                start::of_steps(ctx.app(), &scope, after.as_deref()).await?,
            ));
            return Ok(iter(None));
        };
        let Happening::Step(occasion, at, row) = happening else {
            return Err(another());
        };
        Ok(iter(Some(
            step(ctx, (&scope, place), (occasion, at), row.map(|row| *row)).await?,
        )))
    }

    /// What waits at a desk, told whole when it may have changed, at most once a second.
    async fn inbox_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A unit within reach; the acting post's own unless said. None for a family.")] unit_id: Option<
            ID,
        >,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The last cursor seen.")] after: Option<String>,
    ) -> Result<Shown<InboxChange>> {
        let turn = turn::of(ctx)?;
        let Some(happening) = turn.happening() else {
            checked(year)?;
            let asked = list_place(ctx, Permission::RegistrationRead, unit_id.as_ref()).await?;
            let place = place_in(&asked.scope, asked.unit.as_ref());
            follow_figures(ctx, place, after.as_deref()).await?;
            return Ok(iter(None));
        };
        let asked = list_place(ctx, Permission::RegistrationRead, unit_id.as_ref()).await?;
        let (event, cursor) = figures(ctx, &happening, place_in(&asked.scope, asked.unit.as_ref()))?;
        let inbox = inbox(ctx, unit_id, year).await?;
        Ok(iter(Some(InboxChange { event, cursor, inbox })))
    }

    /// A unit's figures, told whole when a registration there has moved on, at most once a second. Households entered without
    /// a registration are counted in, but are not what makes it tell.
    async fn unit_progress_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit; the acting post's own unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
        #[graphql(desc = "The last cursor seen.")] after: Option<String>,
    ) -> Result<Shown<UnitProgressChange>> {
        let model = model.unwrap_or(LearningModel::LearningFamily);
        let place = asked_figures(ctx, unit_id.as_ref()).await?;
        let turn = turn::of(ctx)?;
        let Some(happening) = turn.happening() else {
            checked(year)?;
            follow_figures(ctx, place, after.as_deref()).await?;
            return Ok(iter(None));
        };
        let (event, cursor) = figures(ctx, &happening, place)?;
        let progress = progress(ctx, unit_id, year, model).await?;
        Ok(iter(Some(UnitProgressChange {
            event,
            cursor,
            progress,
        })))
    }

    /// The viewer's notices as they come: of their account, of accounts they are responsible for, and of the year's steps in
    /// all associations.
    async fn notification_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last cursor seen.")] after: Option<String>,
    ) -> Result<Shown<NotificationAddition>> {
        let (app, account, now) = (ctx.app(), ctx.viewer()?.account, ctx.request().now);
        let turn = turn::of(ctx)?;
        let Some(happening) = turn.happening() else {
            let start = start::of_notices(app, account, after.as_deref(), now).await?;
            turn.follow(Plan::Notices(account, start));
            return Ok(iter(None));
        };
        let Happening::Notice(occasion, at, row, unread) = happening else {
            return Err(another());
        };
        let shown = shown(ctx, row.into_iter().collect()).await?;
        Ok(iter(Some(NotificationAddition {
            event: occasion.into(),
            cursor: cursor::seal(&app.cursors, List::Notices(account), *at, now)?,
            notice: shown.into_iter().next().map(|(_, notice)| notice),
            unread,
        })))
    }
}

fn another() -> Error {
    Error::Internal("a happening of another field".to_owned())
}

fn checked(year: i32) -> Result<i32> {
    let year = ProgrammeYear::parse(year).map_err(|rule| Error::invalid("year", rule))?;
    Ok(year.value())
}

/// Where steps are followed: in a unit that the viewer covers, or in everything within reach. A registration names its
/// association.
async fn asked_steps(ctx: &Context<'_>, unit_id: Option<&ID>, registration_id: Option<&ID>) -> Result<(Scope, Place)> {
    let Some(registration) = registration_id else {
        let asked = list_place(ctx, Permission::RegistrationRead, unit_id).await?;
        let place = place_in(&asked.scope, asked.unit.as_ref());
        return Ok((asked.scope, place));
    };
    let (tenant, _) = decode_as::<entity::id::RegistrationId>(NodeKind::Registration, registration, "registrationId")?;
    let scope = ctx.scope_in(Permission::RegistrationRead, tenant)?;
    let Some(unit) = unit_id else {
        let place = place_in(&scope, None);
        return Ok((scope, place));
    };
    let asked = list_place(ctx, Permission::RegistrationRead, Some(unit)).await?;
    if asked.scope.tenant() != tenant {
        return Err(Error::NotFound);
    }
    let place = place_in(&asked.scope, asked.unit.as_ref());
    Ok((asked.scope, place))
}

/// The part of an association that is looked at.
fn place_in(scope: &Scope, unit: Option<&UnitRow>) -> Place {
    let tenant = scope.tenant();
    match (unit.map(|unit| (unit.kind, unit.id)), scope.reach()) {
        (Some((UnitKind::Ward, ward)), _) => Place::Ward(tenant, ward),
        (Some((UnitKind::Branch, branch)), _) => Place::Branch(tenant, branch),
        (_, Reach::Own(account)) => Place::Own(tenant, *account),
        (_, Reach::Branch(branch)) => Place::Branch(tenant, *branch),
        (_, Reach::Ward(ward)) => Place::Ward(tenant, *ward),
        (_, Reach::Tenant) => Place::Association(tenant),
    }
}

/// Whose figures are followed.
async fn asked_figures(ctx: &Context<'_>, unit_id: Option<&ID>) -> Result<Place> {
    let post = ctx.viewer()?.acting()?;
    let (tenant, id): (_, UnitId) = match unit_id {
        Some(id) => decode_as(NodeKind::Unit, id, "unitId")?,
        None => (post.tenant, post.unit),
    };
    let view = ctx.view_in(Permission::ProgressRead, tenant)?;
    let unit = covered_unit(&view, id).await?;
    Ok(match unit.kind {
        UnitKind::City => Place::City,
        UnitKind::District => Place::Association(tenant),
        UnitKind::Ward => Place::Ward(tenant, unit.id),
        UnitKind::Branch => Place::Branch(tenant, unit.id),
    })
}

async fn follow_figures(ctx: &Context<'_>, place: Place, after: Option<&str>) -> Result<()> {
    let start = start::of_figures(ctx.app(), place, after, ctx.request().now).await?;
    turn::of(ctx)?.follow(Plan::Figures(place, start));
    Ok(())
}

fn figures(ctx: &Context<'_>, happening: &Happening, place: Place) -> Result<(LiveEvent, String)> {
    let Happening::Figures(occasion, at) = *happening else {
        return Err(another());
    };
    let list = start::figures_list(place);
    let cursor = cursor::seal(&ctx.app().cursors, list, at, ctx.request().now)?;
    Ok((occasion.into(), cursor))
}

/// A step as the viewer sees its registration now.
async fn step(
    ctx: &Context<'_>,
    (scope, place): (&Scope, Place),
    (occasion, at): (Occasion, StepPlace),
    row: Option<outbox::Model>,
) -> Result<RegistrationChange> {
    let list = List::Steps(scope.tenant());
    let told = RegistrationChange {
        event: occasion.into(),
        cursor: cursor::seal(&ctx.app().cursors, list, at, ctx.request().now)?,
        registration_id: None,
        registration: None,
        action: None,
        version: None,
        at: None,
    };
    let Some(row) = row else { return Ok(told) };
    let id = Some(encode(NodeKind::Registration, scope.tenant(), row.registration_id.0));
    let seen = match registration_by_id(scope, row.registration_id).await {
        Ok(found) => Some(found).filter(|found| is_in(place, found)),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let Some(seen) = seen else {
        return Ok(RegistrationChange {
            event: LiveEvent::Left,
            registration_id: id,
            ..told
        });
    };
    Ok(RegistrationChange {
        registration_id: id,
        registration: Some(Registration(seen)),
        action: row.action.map(Into::into),
        version: Some(row.version),
        at: Some(row.at.with_timezone(&HANOI)),
        ..told
    })
}

/// Whether a registration within reach is where the stream looks.
fn is_in(place: Place, row: &registration::Model) -> bool {
    match place {
        Place::Ward(_, ward) => row.ward_id == ward,
        Place::Branch(_, branch) => row.branch_id == branch,
        Place::City | Place::Association(_) | Place::Own(..) => true,
    }
}
