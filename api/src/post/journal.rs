//! What is done with posts, written beside them, and the security journal told of it.
//!
//! Posts are an association's, the security journal is the sign-in role's: no transaction covers both. The entry is
//! therefore written with the post, in one transaction, and copied afterwards under the same id, which the security
//! journal takes once. If the server dies in between, the copy is made by the next appointment in the association, or
//! when a server starts: late, but never lost, and never telling of something that was not done.

use entity::id::{AccountId, NoticeId, PostEventId, PostId, PostProposalId, SecurityEventId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{PersonalWriter, Scope, Writer};
use entity::table::post_event;
use entity::vocabulary::{NoticeKind, SecurityEventKind};

use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::error::Result;
use crate::notice;
use crate::request::RequestInfo;
use crate::session::journal::{Entry, record_once};

/// The most entries told at once; the next telling takes the rest.
const MOST_TOLD: u64 = 100;

/// Who does something, and with what.
#[derive(Clone, Copy)]
pub struct Doer<'a> {
    /// Makes ids.
    pub app: &'a App,
    /// When, and from where.
    pub request: &'a RequestInfo,
    /// Who.
    pub viewer: &'a SignedIn,
}

/// Something done with a post or a proposal.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// What.
    pub kind: SecurityEventKind,
    /// Whose post.
    pub account: AccountId,
    /// The post.
    pub post: Option<PostId>,
    /// The proposal.
    pub proposal: Option<PostProposalId>,
    /// The person's name as it was given.
    pub holder_name: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// Whether the account was somebody's before this appointment.
    pub awaits_holder: bool,
}

impl<'a> Deed<'a> {
    /// Something done with a person's post.
    pub const fn of(kind: SecurityEventKind, account: AccountId, post: PostId) -> Self {
        Self {
            kind,
            account,
            post: Some(post),
            proposal: None,
            holder_name: None,
            reason: None,
            awaits_holder: false,
        }
    }

    /// Something done with a proposal about a person.
    pub const fn of_proposal(kind: SecurityEventKind, account: AccountId, proposal: PostProposalId) -> Self {
        Self {
            kind,
            account,
            post: None,
            proposal: Some(proposal),
            holder_name: None,
            reason: None,
            awaits_holder: false,
        }
    }

    /// With a reason.
    #[must_use]
    pub const fn because(self, reason: Option<&'a str>) -> Self {
        Self { reason, ..self }
    }
}

/// Writes an entry, in the transaction that does what it tells of.
///
/// # Errors
/// What the database answers.
pub async fn write(doer: Doer<'_>, tx: &Writer<'_>, deed: Deed<'_>) -> Result<()> {
    let id: PostEventId = doer.app.new_id();
    let actor = tx.scope().actor();
    let row = post_event::Model {
        tenant_id: tx.scope().tenant(),
        id,
        post_id: deed.post,
        proposal_id: deed.proposal,
        account_id: deed.account,
        kind: deed.kind,
        holder_name: deed.holder_name.map(str::to_owned),
        reason: deed.reason.map(str::to_owned),
        by_account_id: actor.account,
        by_post_id: actor.post,
        session_id: Some(doer.viewer.session.id),
        address: doer.request.address.map(|address| address.to_string()),
        at: tx.scope().now(),
        awaits_holder: deed.awaits_holder,
        told_at: None,
    };
    Ok(tx.insert::<post_event::Entity>(row).await?)
}

/// What the holder of the post is to hear.
const fn notice_of(kind: SecurityEventKind) -> Option<NoticeKind> {
    match kind {
        SecurityEventKind::PostGranted => Some(NoticeKind::PostGiven),
        SecurityEventKind::PostEnded => Some(NoticeKind::PostEnded),
        _ => None,
    }
}

/// Tells the security journal, and the holders, what they have not been told yet. What was done stands whether this succeeds or not.
pub async fn tell(app: &App, scope: &Scope) {
    if let Err(error) = try_to_tell(app, scope).await {
        tracing::warn!(%error, "the security journal was not told of an appointment; the next one tells it");
    }
}

async fn try_to_tell(app: &App, scope: &Scope) -> Result<()> {
    use post_event::Column::{At, Id, ToldAt};
    let untold = scope
        .find::<post_event::Entity>()
        .filter(ToldAt.is_null())
        .order_by(At, Order::Asc)
        .order_by(Id, Order::Asc)
        .limit(MOST_TOLD)
        .all()
        .await?;
    if untold.is_empty() {
        return Ok(());
    }
    let door = app.db.sign_in();
    let told = door.write(async |tx: &PersonalWriter| -> Result<()> {
        for row in &untold {
            let id = SecurityEventId(row.id.0);
            let entry = Entry::of(row.kind, row.account_id).by(row.by_account_id, row.by_post_id);
            let entry = row.session_id.map_or(entry, |session| entry.in_session(session));
            record_once(tx, (id, row.at), row.address.clone(), entry).await?;
            if let Some(kind) = notice_of(row.kind) {
                notice::tell_once(tx, (NoticeId(row.id.0), row.at), row.account_id, kind).await?;
            }
        }
        Ok(())
    });
    told.await?;
    let marked = scope.write(async |tx: &Writer<'_>| {
        tx.update::<post_event::Entity>()
            .set(ToldAt, scope.now())
            .filter(Id.is_in(untold.iter().map(|row| row.id)))
            .run()
            .await
    });
    marked.await?;
    Ok(())
}
