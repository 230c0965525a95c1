//! Where a stream begins: now, or where a cursor says.

use chrono::{DateTime, Utc};
use entity::id::AccountId;
use entity::scope::Scope;

use super::cursor::{self, List, NoticePlace, StepPlace};
use super::plan::{Place, Start};
use super::store;
use crate::app::App;
use crate::error::Result;

/// Where steps are followed from.
///
/// # Errors
/// What the database answers.
pub async fn of_steps(app: &App, scope: &Scope, after: Option<&str>) -> Result<Start<StepPlace>> {
    let list = List::Steps(scope.tenant());
    let head = store::head(app, Some(scope.tenant())).await?;
    let wanted = asked::<StepPlace>(app, list, after, scope.now());
    Ok(match wanted {
        None => Start::Now(StepPlace::after(head)),
        // of the future: the database is an older copy
        Some(Some(place)) if place.batch <= head => Start::Resumed(place),
        Some(_) => Start::TooOld(StepPlace::after(head)),
    })
}

/// Where figures are followed from.
///
/// # Errors
/// As [`of_steps`].
pub async fn of_figures(app: &App, place: Place, after: Option<&str>, now: DateTime<Utc>) -> Result<Start<i64>> {
    let list = figures_list(place);
    let head = store::head(app, place.tenant()).await?;
    Ok(match asked::<i64>(app, list, after, now) {
        Some(Some(seen)) if seen == head => Start::Resumed(head),
        Some(Some(_)) => Start::Resumed(-1),
        Some(None) => Start::TooOld(head),
        None => Start::Now(head),
    })
}

/// Where an account's notices are followed from.
///
/// # Errors
/// As [`of_steps`].
pub async fn of_notices(
    app: &App,
    account: AccountId,
    after: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Start<NoticePlace>> {
    let wanted = asked::<NoticePlace>(app, List::Notices(account), after, now);
    if let Some(Some(place)) = wanted {
        return Ok(Start::Resumed(place));
    }
    let place = store::notices_now(app, account, now).await?;
    Ok(match wanted {
        None => Start::Now(place),
        Some(_) => Start::TooOld(place),
    })
}

/// The list of a place's figures.
pub fn figures_list(place: Place) -> List {
    place.tenant().map_or(List::City, List::Figures)
}

/// Nothing where no cursor was sent; inside it nothing for one that cannot be gone on from.
fn asked<P: serde::de::DeserializeOwned>(
    app: &App,
    list: List,
    after: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Option<P>> {
    after.map(|cursor| cursor::open(&app.cursors, list, cursor, now))
}
