//! What one city officer does not do alone: giving a post of the city, ending one, handing one over. One officer proposes,
//! another confirms, and only then it is done.
//!
//! Whoever is to get a post does not confirm it. Whoever is to lose one may: they agree. They do not refuse it, so nobody
//! stays because they want to. The unit is locked before it is looked whether an officer is left, so of two endings at once
//! the second sees the first.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, PostId, PostProposalId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::{account, post, post_proposal};
use entity::vocabulary::{ProposalState, Role, SecurityEventKind};

use super::input::{Appoint, HandOver};
use super::journal::{self, Deed, Doer};
use super::people::Person;
use super::rules::Span;
use super::store::{check_person, check_place, end_row, grant, in_force, pass_on, span};
use crate::access::viewer::may_sign_in;
use crate::app::App;
use crate::error::{Error, Refusal, Result};

/// How long a second officer has to confirm.
const PROPOSAL_LIFE: TimeDelta = TimeDelta::days(14);
/// The most proposals shown.
const MOST_PROPOSALS: u64 = 100;

/// The proposals of an association, newest first, at most 100.
///
/// # Errors
/// What the database answers.
pub async fn proposals(scope: &Scope) -> Result<Vec<post_proposal::Model>> {
    use post_proposal::Column::{Id, ProposedAt};
    let find = scope.find::<post_proposal::Entity>().order_by(ProposedAt, Order::Desc);
    Ok(find.order_by(Id, Order::Desc).limit(MOST_PROPOSALS).all().await?)
}

/// One proposal.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn proposal_by_id(scope: &Scope, id: PostProposalId) -> Result<post_proposal::Model> {
    let find = scope
        .find::<post_proposal::Entity>()
        .filter(post_proposal::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Proposes a post.
///
/// # Errors
/// What the database answers.
pub async fn propose(doer: Doer<'_>, tx: &Writer<'_>, command: &Appoint, person: &Person) -> Result<PostProposalId> {
    let row = post_proposal::Model {
        account_id: person.account,
        holder_name: Some(person.name.clone()),
        valid_from: command.span.from,
        valid_until: command.span.until,
        decision_number: Some(command.decision.as_str().to_owned()),
        ..blank(doer, tx, (command.role, command.unit.1), person.account)
    };
    write(doer, tx, row, SecurityEventKind::PostProposed).await
}

/// Proposes the end of a post: at a moment, or at once when it is confirmed.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn propose_end(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    post: &post::Model,
    (until, reason): (Option<DateTime<Utc>>, Option<&str>),
) -> Result<PostProposalId> {
    check_place(tx, post.unit_id, post.role).await?;
    let row = post_proposal::Model {
        valid_from: post.valid_from,
        valid_until: until,
        ends_post_id: Some(post.id),
        ending_reason: reason.map(str::to_owned),
        ..blank(doer, tx, (post.role, post.unit_id), post.account_id)
    };
    write(doer, tx, row, SecurityEventKind::PostEndProposed).await
}

/// Proposes that a post goes over to somebody else.
///
/// # Errors
/// NOT_FOUND; REFUSED when they may not have it, or have it.
pub async fn propose_hand_over(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    (post, next): (&post::Model, Span),
    command: &HandOver,
    person: &Person,
) -> Result<PostProposalId> {
    check_place(tx, post.unit_id, post.role).await?;
    check_person(tx, person, (post.unit_id, post.role), next).await?;
    let row = post_proposal::Model {
        holder_name: Some(person.name.clone()),
        valid_from: next.from,
        valid_until: next.until,
        decision_number: Some(command.decision.as_str().to_owned()),
        ends_post_id: Some(post.id),
        ..blank(doer, tx, (post.role, post.unit_id), person.account)
    };
    write(doer, tx, row, SecurityEventKind::PostProposed).await
}

/// A proposal about somebody, of which nothing else is said yet.
fn blank(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    (role, unit): (Role, entity::id::UnitId),
    account: AccountId,
) -> post_proposal::Model {
    let (scope, now) = (tx.scope(), tx.scope().now());
    let actor = scope.actor();
    post_proposal::Model {
        tenant_id: scope.tenant(),
        id: doer.app.new_id(),
        account_id: account,
        holder_name: None,
        role,
        unit_id: unit,
        valid_from: now,
        valid_until: None,
        decision_number: None,
        ends_post_id: None,
        ending_reason: None,
        proposed_by: actor.account,
        proposed_by_post: actor.post,
        proposer_name: actor.name.clone(),
        proposed_at: now,
        expires_at: now + PROPOSAL_LIFE,
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
        reason: None,
        post_id: None,
    }
}

async fn write(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    row: post_proposal::Model,
    kind: SecurityEventKind,
) -> Result<PostProposalId> {
    let (id, account) = (row.id, row.account_id);
    tx.insert::<post_proposal::Entity>(row).await?;
    journal::write(doer, tx, Deed::of_proposal(kind, account, id)).await?;
    Ok(id)
}

/// A proposal that the actor may decide on, locked: not their own, still open.
async fn open_proposal(tx: &Writer<'_>, id: PostProposalId) -> Result<post_proposal::Model> {
    let find = tx
        .find::<post_proposal::Entity>()
        .filter(post_proposal::Column::Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    let (actor, now) = (tx.scope().actor(), tx.scope().now());
    if row.proposed_by == actor.account {
        return Err(Refusal::OwnProposal.into());
    }
    // whoever is to get a post decides nothing about it
    let is_only_to_end = row.ends_post_id.is_some() && row.decision_number.is_none();
    if row.account_id == actor.account && !is_only_to_end {
        return Err(Refusal::OwnPost.into());
    }
    check_place(tx, row.unit_id, row.role).await?;
    // whoever proposed it must be an officer still: two of them stand for it
    let proposer = tx
        .find::<post::Entity>()
        .filter(post::Column::Id.eq(row.proposed_by_post))
        .filter(in_force(now));
    if row.state != ProposalState::Open || now >= row.expires_at || !proposer.exists().await? {
        return Err(Refusal::ProposalClosed.into());
    }
    Ok(row)
}

/// Confirms a proposal. A post begins as proposed, and ends as proposed, but neither before now. `able` are the accounts
/// of officers who can sign in; see [`able_officers`].
///
/// # Errors
/// NOT_FOUND; REFUSED when the actor may not decide, when the post is held by now, when it is over, or when no officer
/// would be left.
pub async fn confirm(doer: Doer<'_>, tx: &Writer<'_>, id: PostProposalId, able: &HashSet<AccountId>) -> Result<PostId> {
    let row = open_proposal(tx, id).await?;
    let now = tx.scope().now();
    let person = Person {
        account: row.account_id,
        name: row.holder_name.clone().unwrap_or_default(),
        has_phone: false,
        is_somebodys: true,
    };
    let wanted = Span {
        from: row.valid_from.max(now),
        until: row.valid_until,
    };
    let decision = row.decision_number.as_deref();
    let post = match (row.ends_post_id, decision) {
        (None, _) => {
            if wanted.until.is_some_and(|until| until <= wanted.from) {
                return Err(Refusal::ProposalClosed.into());
            }
            let place = (row.unit_id, row.role);
            grant(doer, tx, &person, place, (wanted, decision), Some(row.id)).await?
        }
        (Some(post), None) => {
            let old = locked(tx, post).await?;
            let until = span(&old).end(row.valid_until.map(|until| until.max(now)), now)?;
            check_not_last(tx, &old, until, able).await?;
            end_row(doer, tx, &old, until, row.ending_reason.as_deref()).await?;
            old.id
        }
        (Some(post), decision) => {
            let old = locked(tx, post).await?;
            let next = span(&old).hand_over(wanted, now)?;
            check_not_last(tx, &old, next.from, able).await?;
            pass_on(doer, tx, &old, &person, (next, decision), Some(row.id)).await?
        }
    };
    decide(tx, row.id, ProposalState::Confirmed, (None, Some(post))).await?;
    Ok(post)
}

async fn locked(tx: &Writer<'_>, post: PostId) -> Result<post::Model> {
    let find = tx.find::<post::Entity>().filter(post::Column::Id.eq(post));
    find.for_update().one().await?.ok_or(Error::NotFound)
}

/// The accounts of the city's officers who can sign in: nobody else is counted when one of them goes.
///
/// # Errors
/// What the database answers.
pub async fn able_officers(app: &App, scope: &Scope) -> Result<HashSet<AccountId>> {
    let posts = scope.find::<post::Entity>();
    let posts = posts.filter(post::Column::Role.eq(Role::CityOfficer)).all().await?;
    let accounts = app.db.sign_in().rows::<account::Entity>();
    let accounts = accounts
        .filter(account::Column::Id.is_in(posts.iter().map(|post| post.account_id)))
        .all()
        .await?;
    let able = |row: &account::Model| row.password_hash.is_some() && may_sign_in(row, scope.now());
    Ok(accounts.iter().filter(|row| able(row)).map(|row| row.id).collect())
}

/// Somebody else must be an officer of the city from that moment on, for as long as the one who goes would have been.
async fn check_not_last(
    tx: &Writer<'_>,
    going: &post::Model,
    until: DateTime<Utc>,
    able: &HashSet<AccountId>,
) -> Result<()> {
    if going.role != Role::CityOfficer {
        return Ok(());
    }
    let posts = tx.find::<post::Entity>();
    let posts = posts.filter(post::Column::Role.eq(Role::CityOfficer)).all().await?;
    let stays = |post: &post::Model| match (post.valid_until, going.valid_until) {
        (None, _) => true,
        (Some(theirs), Some(mine)) => theirs >= mine && until < theirs,
        (Some(_), None) => false,
    };
    let is_other = |post: &post::Model| post.account_id != going.account_id && able.contains(&post.account_id);
    if posts
        .iter()
        .any(|post| is_other(post) && post.valid_from <= until && stays(post))
    {
        Ok(())
    } else {
        Err(Refusal::LastCityOfficer.into())
    }
}

/// Refuses a proposal.
///
/// # Errors
/// NOT_FOUND; REFUSED when the actor may not decide: also whoever is to lose the post.
pub async fn refuse(doer: Doer<'_>, tx: &Writer<'_>, id: PostProposalId, reason: Option<&str>) -> Result<()> {
    let row = open_proposal(tx, id).await?;
    if let Some(post) = row.ends_post_id
        && locked(tx, post).await?.account_id == tx.scope().actor().account
    {
        return Err(Refusal::OwnPost.into());
    }
    decide(tx, row.id, ProposalState::Refused, (reason, None)).await?;
    let deed = Deed::of_proposal(SecurityEventKind::PostRefused, row.account_id, row.id).because(reason);
    journal::write(doer, tx, deed).await
}

async fn decide(
    tx: &Writer<'_>,
    id: PostProposalId,
    state: ProposalState,
    (reason, post): (Option<&str>, Option<PostId>),
) -> Result<()> {
    use post_proposal::Column::{DecidedAt, DecidedBy, Id, PostId, Reason, State};
    tx.update::<post_proposal::Entity>()
        .set(State, state)
        .set(DecidedBy, tx.scope().actor().account)
        .set(DecidedAt, tx.scope().now())
        .set(Reason, reason.map(str::to_owned))
        .set(PostId, post.map(|post| post.0))
        .filter(Id.eq(id))
        .run()
        .await?;
    Ok(())
}
