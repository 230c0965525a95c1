//! What drives a stream: it looks from its own place whenever something may concern it, and shows what it finds.

use std::sync::Arc;
use std::time::Duration;

use entity::id::AccountId;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::bearer::Bearer;
use super::operation::Operation;
use super::speaker::{Speaker, Word};
use crate::access::context::scope_of;
use crate::access::viewer::SignedIn;
use crate::access::{Permission, Viewer};
use crate::clock::part_of;
use crate::error::Error;
use crate::http::failure::told;
use crate::http::graphql::Parts;
use crate::http::respond;
use crate::live::hub::StreamTicket;
use crate::live::look::Look;
use crate::live::news::News;
use crate::live::plan::{Plan, Start, Steps};
use crate::live::turn::{Happening, Occasion};
use crate::live::{self, NoticePlace, StepPlace};
use crate::request::RequestInfo;

/// Figures are shown at most so often.
const PACE: Duration = Duration::from_secs(1);
/// A stream waits at least so long for a database that is away, and at most twice as long.
const PAUSE: Duration = Duration::from_secs(1);
/// How long what was read of a viewer holds.
const FRESH: Duration = Duration::from_secs(2);
/// Over so long a time those look that all look.
const SPREAD: Duration = Duration::from_secs(1);

/// A stream.
pub(super) struct Stream {
    /// What every transport needs.
    pub parts: Arc<Parts>,
    /// What was asked.
    pub operation: Operation,
    /// Who holds the connection.
    pub bearer: watch::Receiver<Bearer>,
    /// What is followed.
    pub plan: Plan,
    /// What may concern it; taken before the plan was made, so that nothing falls between.
    pub news: broadcast::Receiver<Arc<News>>,
    /// Its place among the streams.
    pub _ticket: StreamTicket,
}

/// Why a look did not come to its end.
enum End {
    /// The connection is gone.
    Gone,
    /// The viewer may not look any more, or something cannot be shown.
    Refused(String),
    /// The session is over, or its token.
    SignedOut(Error),
    /// The database is away.
    Later,
    /// Its budget is spent for so long.
    Spent(Duration),
}

/// Why a stream looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Whoever holds the connection may not be let in any more.
    Called,
    /// Something happened that concerns it.
    News,
    /// Something may have happened that concerns it, and every other stream.
    Everything,
}

/// How far a stream is.
enum At {
    Steps(StepPlace),
    Figures(i64),
    Notices(Box<NoticePlace>),
}

/// One moment of a stream: everything about the viewer is read anew.
struct Moment {
    viewer: SignedIn,
    info: RequestInfo,
    read_at: Instant,
}

/// A look while it is told of.
struct Telling<'a> {
    speaker: &'a Speaker,
    /// Its turn; none while the connection is waited for.
    look: Option<Look>,
}

impl Stream {
    /// Follows until one of the two ends.
    pub(super) async fn follow(mut self, speaker: Speaker) {
        let (mut first, mut at) = self.beginning();
        let mut again = false;
        loop {
            match self.look(&speaker, &mut first, &mut at, again).await {
                Ok(()) => {}
                Err(End::Later) => {
                    sleep(PAUSE + self.part_of(PAUSE)).await;
                    continue;
                }
                Err(End::Spent(pause)) => {
                    sleep(pause).await;
                    continue;
                }
                Err(End::Gone) => return,
                Err(End::Refused(errors)) => {
                    speaker.say(Word::Error(errors)).await;
                    return;
                }
                Err(End::SignedOut(error)) => {
                    speaker.say(Word::SignedOut(error)).await;
                    return;
                }
            }
            let shown_at = Instant::now();
            let Some(cause) = self.concerned().await else { return };
            again = cause == Cause::Called;
            if cause == Cause::Everything {
                sleep(self.part_of(SPREAD)).await;
            }
            if matches!(at, At::Figures(_)) && !again {
                sleep_until(shown_at + PACE).await;
            }
            // whatever has been said until now is in the database
            while matches!(self.news.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
        }
    }

    /// The first event, and the place from which it goes on.
    fn beginning(&self) -> (Option<Occasion>, At) {
        fn first<P>(start: &Start<P>) -> Occasion {
            match start {
                Start::Now(_) | Start::Resumed(_) => Occasion::Opened,
                Start::TooOld(_) => Occasion::Resync,
            }
        }
        match &self.plan {
            Plan::Steps(_, start) => (Some(first(start)), At::Steps(*start.place())),
            Plan::Notices(_, start) => (Some(first(start)), At::Notices(Box::new(start.place().clone()))),
            // what the phone shows is right as long as nothing has happened
            Plan::Figures(_, Start::Resumed(place)) => (None, At::Figures(*place)),
            Plan::Figures(_, start) => (Some(first(start)), At::Figures(*start.place())),
        }
    }

    fn part_of(&self, span: Duration) -> Duration {
        part_of(span, self.parts.app.entropy.as_ref())
    }

    /// Waits until something concerns the stream, and says what. None when the connection is gone.
    async fn concerned(&mut self) -> Option<Cause> {
        loop {
            tokio::select! {
                changed = self.bearer.changed() => return changed.ok().map(|()| Cause::Called),
                news = self.news.recv() => match news {
                    Ok(news) if !self.plan.is_concerned(&news) => {}
                    Ok(news) if news.touched.is_some() => return Some(Cause::News),
                    Ok(_) | Err(RecvError::Lagged(_)) => return Some(Cause::Everything),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    async fn moment(&self) -> Result<Moment, End> {
        let bearer = self.bearer.borrow().clone();
        let info = bearer.info(&self.parts.app);
        let viewer = bearer
            .viewer(&self.parts.app, &info)
            .await
            .map_err(|error| match error {
                Error::Unauthenticated | Error::SessionEnded => End::SignedOut(error),
                _ => End::Later,
            })?;
        let moment = Moment {
            viewer,
            info,
            read_at: Instant::now(),
        };
        let admitted = self.operation.admit(&moment.viewer(), &info);
        admitted.map_err(|answer| End::Refused(respond::told(*answer, info.is_vi()).errors))?;
        Ok(moment)
    }

    /// Shows everything that is new, when its turn has come. `again` asks the first turn's checks once more.
    async fn look(&self, speaker: &Speaker, first: &mut Option<Occasion>, at: &mut At, again: bool) -> Result<(), End> {
        let mut telling = Telling {
            speaker,
            look: Some(self.turn().await),
        };
        let moment = self.moment().await?;
        if again {
            let opened = self.operation.open(&self.parts, moment.viewer(), moment.info).await;
            opened.map_err(|answer| End::Refused(respond::told(*answer, moment.info.is_vi()).errors))?;
        }
        match (&self.plan, at) {
            (Plan::Steps(steps, _), At::Steps(place)) => {
                if let Some(occasion) = *first {
                    let happening = Happening::Step(occasion, *place, None);
                    self.show(&mut telling, &moment, happening).await?;
                    *first = None;
                }
                self.steps(&mut telling, moment, (steps, place)).await
            }
            (Plan::Figures(of, _), At::Figures(seen)) => {
                let head = live::head(&self.parts.app, of.tenant()).await.map_err(|_| End::Later)?;
                if first.is_some() || head != *seen {
                    let happening = Happening::Figures(first.unwrap_or(Occasion::Changed), head);
                    self.show(&mut telling, &moment, happening).await?;
                    (*first, *seen) = (None, head);
                }
                Ok(())
            }
            (Plan::Notices(account, _), At::Notices(place)) => {
                if let Some(occasion) = *first {
                    let unread = live::unread(&self.parts.app, *account).await;
                    let unread = unread.map_err(|_| End::Later)?;
                    let happening = Happening::Notice(occasion, place.clone(), None, unread);
                    self.show(&mut telling, &moment, happening).await?;
                    *first = None;
                }
                self.notices(&mut telling, moment, (*account, place)).await
            }
            // a stream's place is of its plan
            _ => Ok(()),
        }
    }

    /// Shows the steps after a place, page by page, the viewer read anew for each page and where the connection is slow.
    async fn steps(
        &self,
        telling: &mut Telling<'_>,
        mut moment: Moment,
        (wanted, place): (&Steps, &mut StepPlace),
    ) -> Result<(), End> {
        let Some(tenant) = wanted.place.tenant() else {
            return Ok(());
        };
        let app = &self.parts.app;
        loop {
            let scope = scope_of(app, &moment.info, &moment.viewer, Permission::RegistrationRead, tenant);
            let scope = scope.map_err(|error| refused(&error, &moment.info))?;
            let rows = live::steps(&scope, wanted, *place).await.map_err(|_| End::Later)?;
            let more = u64::try_from(rows.len()).unwrap_or(0) == live::PAGE;
            for row in rows {
                let after = StepPlace {
                    batch: row.batch.unwrap_or_default(),
                    version: row.version,
                    id: row.id,
                };
                if moment.is_old() {
                    moment = self.moment().await?;
                }
                let happening = Happening::Step(Occasion::Changed, after, Some(Box::new(row)));
                self.show(telling, &moment, happening).await?;
                *place = after;
            }
            if !more {
                return Ok(());
            }
            moment = self.moment().await?;
        }
    }

    /// Shows the notices after a place, page by page, the viewer read anew for each page and where the connection is slow.
    async fn notices(
        &self,
        telling: &mut Telling<'_>,
        mut moment: Moment,
        (account, place): (AccountId, &mut NoticePlace),
    ) -> Result<(), End> {
        let app = &self.parts.app;
        loop {
            let told = live::notices(app, account, place, moment.info.now).await;
            let told = told.map_err(|_| End::Later)?;
            for (row, after) in told.notices {
                if moment.is_old() {
                    moment = self.moment().await?;
                }
                let happening = Happening::Notice(Occasion::Changed, Box::new(after.clone()), Some(row), told.unread);
                self.show(telling, &moment, happening).await?;
                *place = after;
            }
            if !told.more {
                return Ok(());
            }
            moment = self.moment().await?;
        }
    }

    async fn show(&self, telling: &mut Telling<'_>, moment: &Moment, happening: Happening) -> Result<(), End> {
        let info = moment.info;
        if happening.occasion() == Occasion::Changed {
            let paid = self.operation.pay_again(&self.parts, &moment.viewer(), &info);
            paid.map_err(|error| {
                error
                    .retry_after()
                    .map_or(End::Later, |wait| End::Spent(Duration::from_secs(wait)))
            })?;
        }
        let turned = self.operation.show(&self.parts, happening, moment.viewer(), info).await;
        let turned = turned.map_err(|error| match error {
            Error::Unavailable(_) => End::Later,
            error => refused(&error, &info),
        })?;
        let is_away = turned.codes.contains(&"UNAVAILABLE");
        let told = respond::told(turned.answer, info.is_vi());
        if told.failed {
            return Err(if is_away { End::Later } else { End::Refused(told.errors) });
        }
        let Err(word) = telling.speaker.say_at_once(Word::Next(told.answer)) else {
            return Ok(());
        };
        // a slow connection keeps no other stream from its turn
        telling.look = None;
        if !telling.speaker.say(word).await {
            return Err(End::Gone);
        }
        telling.look = Some(self.turn().await);
        Ok(())
    }

    async fn turn(&self) -> Look {
        self.parts.app.live.look(self.plan.tenant()).await
    }
}

impl Moment {
    /// A connection that takes its time is shown nothing by rights that have ended meanwhile.
    fn is_old(&self) -> bool {
        self.read_at.elapsed() > FRESH
    }

    fn viewer(&self) -> Viewer {
        Viewer::SignedIn(Box::new(self.viewer.clone()))
    }
}

fn refused(error: &Error, info: &RequestInfo) -> End {
    End::Refused(respond::told(told(error, info, None), info.is_vi()).errors)
}
