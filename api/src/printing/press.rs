//! Making a file: one way for all papers.
//!
//! Setting a ward's list takes a processor for up to seconds. So papers are made off the async threads and few at once; who
//! comes later waits, within the time of the request. And each file is personal data that leaves the house: before it is
//! made it is counted and written down in the security journal, by its kind and number.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use entity::scope::PersonalWriter;
use entity::vocabulary::SecurityEventKind;
use tokio::sync::Semaphore;

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

/// Makes a file. Ask for it when everything has been read: what is refused is neither counted nor written down.
///
/// # Errors
/// RATE_LIMITED, what the database answers, or INTERNAL where a paper cannot be made.
pub async fn print(
    ctx: &Context<'_>,
    job: Job<'_>,
    make: impl FnOnce() -> std::result::Result<Vec<u8>, PaperError> + Send + 'static,
) -> Result<PrintedPaper> {
    let fault = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let places = Arc::clone(&ctx.app().press.0);
    let place = places.acquire_owned().await.map_err(|error| fault(&error))?;
    write_down(ctx, &job).await?;
    let made = tokio::task::spawn_blocking(move || {
        // kept until it is made, also when nobody waits for it any more
        let _place = place;
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

async fn write_down(ctx: &Context<'_>, job: &Job<'_>) -> Result<()> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let hour = TimeDelta::hours(1);
    let limit = Limit::new(
        &format!("papers of {}", viewer.account),
        MOST_IN_AN_HOUR,
        hour,
        request.now,
    );
    let detail = format!("{} {}", job.field, job.count);
    let entry = Entry::of(SecurityEventKind::PapersPrinted, viewer.account)
        .in_session(viewer.session.id)
        .detail(&detail);
    let door = app.db.sign_in();
    let written = door.write(async |tx: &PersonalWriter| {
        if !quota::count(app, tx, &limit).await? {
            return Ok::<bool, Error>(false);
        }
        journal::record(app, tx, request, entry).await?;
        Ok(true)
    });
    if written.await? {
        Ok(())
    } else {
        Err(Error::RateLimited(Duration::from_hours(1)))
    }
}
