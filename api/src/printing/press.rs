//! Making a file: one way for all papers.
//!
//! Setting a ward's list takes a processor for up to seconds. So papers are made off the async threads and few at once; who
//! comes later waits, within the time of the request. And each file is personal data that leaves the house: it is counted
//! before anything is read for it, and written down in the security journal, by its kind and number, before it is made.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use entity::scope::PersonalWriter;
use entity::vocabulary::SecurityEventKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::model::{PaperFormat, PrintedPaper};
use super::naming::file_name;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::paper::PaperError;
use crate::quota::{self, Limit};
use crate::session::journal::{self, Entry};

/// The most papers that are made at once: the smallest server has two processors, and others want to be answered too.
const AT_ONCE: usize = 2;
/// The most files of one account in an hour: a ward's forms come in fewer.
const MOST_IN_AN_HOUR: u32 = 200;

/// Where papers are made; one for a server.
pub struct Press(Arc<Semaphore>);

impl Default for Press {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// What is to be made.
pub struct Job<'a> {
    /// The root field, for the journal.
    pub field: &'static str,
    /// Of how many subjects it tells, for the journal.
    pub count: usize,
    /// What it is called: `Tờ trình`.
    pub kind: &'static str,
    /// Whose it is: a unit's name, or a number.
    pub of: &'a str,
    /// The programme year.
    pub year: Option<i32>,
    /// In which form.
    pub format: PaperFormat,
}

/// A place at the press: whoever has one may read what goes on the paper, and then print it. So few at once hold a ward's list
/// in memory as are made at once.
pub struct Place(OwnedSemaphorePermit);

/// Counts a file and waits for a place. Ask for it before anything is read.
///
/// # Errors
/// RATE_LIMITED, or what the database answers.
pub async fn enter(ctx: &Context<'_>) -> Result<Place> {
    count(ctx).await?;
    let places = Arc::clone(&ctx.app().press.0);
    let place = places.acquire_owned().await;
    Ok(Place(place.map_err(|error| Error::Internal(error.to_string()))?))
}

impl Place {
    /// Makes the file, and writes down that it was made.
    ///
    /// # Errors
    /// What the database answers, or INTERNAL where a paper cannot be made.
    pub async fn print(
        self,
        ctx: &Context<'_>,
        job: Job<'_>,
        make: impl FnOnce() -> std::result::Result<Vec<u8>, PaperError> + Send + 'static,
    ) -> Result<PrintedPaper> {
        let fault = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
        write_down(ctx, &job).await?;
        let made = tokio::task::spawn_blocking(move || {
            // kept until it is made, also when nobody waits for it any more
            let _place = self.0;
            make()
        });
        let file = made
            .await
            .map_err(|error| fault(&error))?
            .map_err(|error| fault(&error))?;
        Ok(PrintedPaper {
            file_name: file_name(job.kind, job.of, job.year, job.format.extension()),
            media_type: job.format.media_type(),
            size: i32::try_from(file.len()).map_err(|error| fault(&error))?,
            content: STANDARD.encode(file),
        })
    }
}

async fn count(ctx: &Context<'_>) -> Result<()> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let hour = TimeDelta::hours(1);
    let limit = Limit::new(
        &format!("papers of {}", viewer.account),
        MOST_IN_AN_HOUR,
        hour,
        request.now,
    );
    let door = app.db.sign_in();
    let counted = door.write(async |tx: &PersonalWriter| quota::count(app, tx, &limit).await);
    if counted.await? {
        Ok(())
    } else {
        Err(Error::RateLimited(Duration::from_hours(1)))
    }
}

async fn write_down(ctx: &Context<'_>, job: &Job<'_>) -> Result<()> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let detail = format!("{} {}", job.field, job.count);
    let entry = Entry::of(SecurityEventKind::PapersPrinted, viewer.account)
        .in_session(viewer.session.id)
        .detail(&detail);
    let door = app.db.sign_in();
    let written = door.write(async |tx: &PersonalWriter| journal::record(app, tx, request, entry).await);
    written.await
}
