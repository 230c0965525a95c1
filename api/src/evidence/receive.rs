//! Bytes come in, piece by piece; when the last is there they are looked at.
//!
//! A piece is stored first and noted then, under the condition that it is the next. What is stored and not noted is of no
//! row and goes with the rest when the file is settled; what is noted is stored. So a server may die at any moment.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{EvidenceId, TenantId};
use entity::query::ColumnTrait;
use entity::scope::{Change, Scope, Writer};
use entity::table::evidence;
use entity::vocabulary::{EvidenceFault, EvidenceFormat, EvidenceState};
use hyper::body::Bytes;
use uuid::Uuid;

use super::picture::Picture;
use super::{content, picture, store};
use crate::app::App;
use crate::depot::Part;
use crate::error::{Error, Result};

/// How long the bytes of a file are waited for.
pub const PATIENCE: TimeDelta = TimeDelta::days(7);
/// The most pieces of a file: a line on which ten kilobytes come at a time still brings ten megabytes.
const MOST_PIECES: usize = 1_000;

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Bytes that are here.
    pub offset: u64,
    /// Bytes altogether.
    pub length: u64,
    /// Where it stands.
    pub state: EvidenceState,
    /// Until when its bytes are waited for.
    pub expires_at: DateTime<Utc>,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was the next one.
    Next(Standing),
    /// It was not the next one: nothing was taken.
    NotNext(Standing),
    /// The file would be longer than was told: nothing was taken.
    TooMuch(Standing),
}

/// What the bytes of a file are.
pub type Examined = std::result::Result<(), EvidenceFault>;

impl Standing {
    fn of(row: &evidence::Model) -> Self {
        let number = |number: i32| u64::try_from(number).unwrap_or_default();
        Self {
            offset: number(row.received),
            length: number(row.size),
            state: row.state,
            expires_at: expires_at(row),
        }
    }
}

/// Until when bytes of a file are waited for.
pub(super) fn expires_at(row: &evidence::Model) -> DateTime<Utc> {
    row.created_at + PATIENCE
}

/// How far a file has come. Where its bytes are all here and nobody has looked at them or is about to, that is done now: the
/// server that had them may have died.
///
/// # Errors
/// NOT_FOUND, or what database and store answer.
pub async fn standing(app: &App, scope: &Scope, id: EvidenceId) -> Result<Standing> {
    let row = store::evidence_by_id(scope, id).await?;
    if row.state != EvidenceState::Received {
        return Ok(Standing::of(&row));
    }
    match app.evidence.file(id).try_lock() {
        Ok(_alone) => looked_at(app, scope, id).await,
        Err(_) => Ok(Standing::of(&row)),
    }
}

/// How far a file has come; where its bytes are all here, they are looked at. For who has the file alone.
async fn looked_at(app: &App, scope: &Scope, id: EvidenceId) -> Result<Standing> {
    let row = store::evidence_by_id(scope, id).await?;
    if row.state != EvidenceState::Received {
        return Ok(Standing::of(&row));
    }
    settle(app, scope, &row).await?;
    Ok(Standing::of(&store::evidence_by_id(scope, id).await?))
}

/// Takes a piece that begins at `offset`. With the last one the file is looked at before this answers.
///
/// # Errors
/// NOT_FOUND, or what database and store answer; then the piece may have been noted all the same, as [`standing`] tells.
pub async fn take(app: &App, scope: &Scope, id: EvidenceId, offset: u64, bytes: Bytes) -> Result<Taken> {
    let file = app.evidence.file(id);
    let _alone = file.lock().await;
    let row = store::evidence_by_id(scope, id).await?;
    let before = Standing::of(&row);
    if before.offset != offset {
        return Ok(Taken::NotNext(before));
    }
    let received = i32::try_from(bytes.len())
        .ok()
        .and_then(|more| row.received.checked_add(more));
    let Some(received) = received.filter(|received| *received <= row.size) else {
        return Ok(Taken::TooMuch(before));
    };
    if bytes.is_empty() {
        return Ok(Taken::Next(looked_at(app, scope, id).await?));
    }
    if row.state != EvidenceState::WaitingForBytes || scope.now() >= before.expires_at {
        return Ok(Taken::NotNext(before));
    }
    if row.pieces.split(',').count() >= MOST_PIECES {
        refuse(scope, &row, EvidenceFault::TooManyPieces).await?;
        return Ok(Taken::NotNext(looked_at(app, scope, id).await?));
    }
    let name: Uuid = app.new_id();
    let (depot, owner) = (&app.evidence.depot, (row.tenant_id, row.id));
    depot.put(owner, Part::Piece(name), bytes).await?;
    let pieces = match row.pieces.as_str() {
        "" => name.to_string(),
        others => format!("{others},{name}"),
    };
    let next = store::note_piece(scope, &row, pieces, received).await?;
    if !next {
        depot.remove_part(owner, Part::Piece(name)).await?;
        return Ok(Taken::NotNext(looked_at(app, scope, id).await?));
    }
    Ok(Taken::Next(looked_at(app, scope, id).await?))
}

async fn refuse(scope: &Scope, row: &evidence::Model, fault: EvidenceFault) -> Result<()> {
    use evidence::Column::{ChangedAt, Fault, Id, State};
    let refused = scope.write(async |tx: &Writer<'_>| {
        store::hold(tx, row).await?;
        let change = tx.update::<evidence::Entity>().set(State, EvidenceState::Refused);
        let change = change.set(Fault, fault).set(ChangedAt, scope.now());
        let waiting = State.eq(EvidenceState::WaitingForBytes);
        change.filter(Id.eq(row.id)).filter(waiting).run().await
    });
    refused.await?;
    Ok(())
}

async fn settle(app: &App, scope: &Scope, row: &evidence::Model) -> Result<()> {
    let examined = examine(app, row).await?;
    let written = scope.write(async |tx: &Writer<'_>| {
        store::hold(tx, row).await?;
        let change = tx.update::<evidence::Entity>();
        settled(change, row, examined, scope.now()).run().await
    });
    if written.await? == 0 {
        // taken away meanwhile, and perhaps swept already: what was stored just now would stay for ever
        let gone = store::evidence_by_id(scope, row.id).await;
        if matches!(gone, Err(Error::NotFound)) {
            app.evidence.depot.remove((row.tenant_id, row.id)).await?;
        }
    }
    Ok(())
}

/// Writes down what the bytes of a file are, unless somebody has done so. Its pieces go in the next sweep.
pub fn settled<'a>(
    change: Change<'a, evidence::Entity>,
    row: &evidence::Model,
    examined: Examined,
    now: DateTime<Utc>,
) -> Change<'a, evidence::Entity> {
    use evidence::Column::{ChangedAt, Fault, Id, State};
    let state = match examined {
        Ok(()) => EvidenceState::Checked,
        Err(_) => EvidenceState::Refused,
    };
    change
        .set(State, state)
        .set(Fault, examined.err())
        .set(ChangedAt, now)
        .filter(Id.eq(row.id))
        .filter(State.eq(EvidenceState::Received))
}

/// Looks at the bytes of a file, and stores what is kept of them. Done twice, it comes to the same.
///
/// # Errors
/// UNAVAILABLE where the store is away.
pub async fn examine(app: &App, row: &evidence::Model) -> Result<Examined> {
    let desk = &app.evidence;
    // held before anything is read, so that as few files are in memory as are looked at
    let place = desk.place().await?;
    let owner = (row.tenant_id, row.id);
    let bytes = match gathered(app, owner, &row.pieces).await? {
        Ok(bytes) => bytes,
        Err(fault) => return Ok(Err(fault)),
    };
    let (format, sha256) = (row.format, row.sha256.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let _place = place;
        kept(bytes, format, &sha256)
    });
    // a decoder that panics has met a file that nobody should have
    let kept = match looked.await {
        Ok(Ok(kept)) => kept,
        Ok(Err(fault)) => return Ok(Err(fault)),
        Err(error) if error.is_panic() => return Ok(Err(EvidenceFault::Damaged)),
        Err(error) => return Err(Error::Internal(error.to_string())),
    };
    let (whole, thumbnail) = match kept {
        Kept::AsItCame(bytes) => (bytes, None),
        Kept::Anew(picture) => (picture.whole.into(), Some(picture.thumbnail)),
    };
    if let Some(thumbnail) = thumbnail {
        desk.depot.put(owner, Part::Thumbnail, thumbnail.into()).await?;
    }
    desk.depot.put(owner, Part::Whole, whole).await?;
    Ok(Ok(()))
}

/// What is kept of a file.
enum Kept {
    AsItCame(Bytes),
    Anew(Picture),
}

fn kept(bytes: Bytes, said: EvidenceFormat, sha256: &str) -> std::result::Result<Kept, EvidenceFault> {
    let mut digits = String::with_capacity(64);
    for byte in digest::digest(&digest::SHA256, &bytes).as_ref() {
        digits.push_str(&format!("{byte:02x}"));
    }
    if digits != sha256 {
        return Err(EvidenceFault::HashMismatch);
    }
    let format = content::check(&bytes, said)?;
    if format == EvidenceFormat::Pdf {
        content::check_pdf(&bytes)?;
        return Ok(Kept::AsItCame(bytes));
    }
    picture::renewed(&bytes, format).map(Kept::Anew)
}

/// The pieces of a file put together.
async fn gathered(
    app: &App,
    owner: (TenantId, EvidenceId),
    pieces: &str,
) -> Result<std::result::Result<Bytes, EvidenceFault>> {
    let mut whole = Vec::new();
    for name in pieces.split(',') {
        let name = Uuid::try_parse(name).map_err(|error| Error::Internal(format!("a piece of evidence: {error}")))?;
        // bytes that the store has lost come again, as a file of its own
        let Some(piece) = app.evidence.depot.get(owner, Part::Piece(name)).await? else {
            return Ok(Err(EvidenceFault::Damaged));
        };
        whole.extend_from_slice(&piece);
    }
    Ok(Ok(whole.into()))
}
