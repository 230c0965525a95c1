//! Reading and writing posts and proposals.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, PostId, PostProposalId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, View, Writer};
use entity::table::{account, post, post_event, post_proposal, unit};
use entity::value::LongText;
use entity::vocabulary::{ProposalState, Role, SecurityEventKind};

use super::input::{Appoint, End, HandOver, Holder};
use super::journal::{self, Deed, Doer};
use super::people::Person;
use super::rules::{Span, Way, way};
use crate::access::below::level;
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::unit::{units_seen, ward_of_branch};

/// How long a second officer has to confirm.
const PROPOSAL_LIFE: TimeDelta = TimeDelta::days(14);
/// The most proposals shown.
const MOST_PROPOSALS: u64 = 100;

/// A post, with the name under which its holder was appointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// The post.
    pub post: post::Model,
    /// The name that was given; none for posts that the operator made.
    pub given_name: Option<String>,
}

/// One post, of whatever time.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn post_by_id(scope: &Scope, id: PostId) -> Result<HeldRow> {
    let row = scope
        .find::<post::Entity>()
        .filter(post::Column::Id.eq(id))
        .one()
        .await?;
    let row = row.ok_or(Error::NotFound)?;
    if !covered(scope, &[row.unit_id]).await?.contains(&row.unit_id) {
        return Err(Error::NotFound);
    }
    let held = with_names(scope, vec![row]).await?;
    held.into_iter().next().ok_or(Error::NotFound)
}

/// The posts of officers and branch heads in force in units, oldest first; no entry for a unit that the scope does not
/// cover today.
///
/// # Errors
/// What the database answers.
pub async fn posts_of_units(scope: &Scope, units: &[UnitId]) -> Result<HashMap<UnitId, Vec<HeldRow>>> {
    use post::Column::{Id, Role as RoleColumn, UnitId, ValidFrom};
    let covered = covered(scope, units).await?;
    let rows = scope
        .find::<post::Entity>()
        .filter(UnitId.is_in(covered.iter().copied()))
        .filter(RoleColumn.ne(Role::Family))
        .filter(in_force(scope.now()))
        .order_by(ValidFrom, Order::Asc)
        .order_by(Id, Order::Asc)
        .all()
        .await?;
    let mut found: HashMap<_, Vec<HeldRow>> = covered.into_iter().map(|unit| (unit, Vec::new())).collect();
    for held in with_names(scope, rows).await? {
        found.entry(held.post.unit_id).or_default().push(held);
    }
    Ok(found)
}

/// Of these units, those the scope covers by the tree of today.
async fn covered(scope: &Scope, units: &[UnitId]) -> Result<Vec<UnitId>> {
    let is_own = |unit: &&UnitId, own: UnitId| **unit == own;
    Ok(match *scope.reach() {
        Reach::Tenant => units.to_vec(),
        Reach::Branch(own) => units.iter().filter(|unit| is_own(unit, own)).copied().collect(),
        Reach::Own(_) => Vec::new(),
        Reach::Ward(ward) => {
            let rows = units_seen(&View::Tenant(scope.clone()), units).await?;
            let below = rows.into_values();
            below
                .filter(|row| row.id == ward || row.parent == Some(ward))
                .map(|row| row.id)
                .collect()
        }
    })
}

async fn with_names(scope: &Scope, rows: Vec<post::Model>) -> Result<Vec<HeldRow>> {
    use post_event::Column::{Kind, PostId};
    let events = scope
        .find::<post_event::Entity>()
        .filter(Kind.eq(SecurityEventKind::PostGranted))
        .filter(PostId.is_in(rows.iter().map(|row| row.id)))
        .all()
        .await?;
    let mut names: HashMap<_, _> = events
        .into_iter()
        .filter_map(|event| Some((event.post_id?, event.holder_name?)))
        .collect();
    let held = |post: post::Model| HeldRow {
        given_name: names.remove(&post.id),
        post,
    };
    Ok(rows.into_iter().map(held).collect())
}

/// The names of accounts. Ask for those of people whose post has been read inside a scope, and no others.
///
/// # Errors
/// What the database answers.
pub async fn names_of(app: &App, accounts: &[AccountId]) -> Result<HashMap<AccountId, String>> {
    let rows = app
        .db
        .sign_in()
        .rows::<account::Entity>()
        .filter(account::Column::Id.is_in(accounts.iter().copied()))
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

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

/// What an appointment has led to.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub enum Made {
    /// A post.
    Post(PostId),
    /// A proposal.
    Proposal(PostProposalId),
}

/// Whether an appointment would be well, whoever it is for.
///
/// # Errors
/// NOT_FOUND for a unit out of reach, REFUSED with the rule.
pub async fn check_appointment(tx: &Writer<'_>, command: &Appoint) -> Result<(Way, Span)> {
    check_place(tx, command.unit.1, command.role).await?;
    let way = way(tx.scope().actor().role, command.role)?;
    check_new(&command.holder, command.role)?;
    Ok((way, command.span.of_appointment(tx.scope().now())?))
}

/// Before an account is made: whoever is to be a branch head signs in by a phone number.
fn check_new(holder: &Holder, role: Role) -> Result<()> {
    match (holder, role) {
        (Holder::UserName(..), Role::BranchHead) => Err(Refusal::PhoneNeeded.into()),
        _ => Ok(()),
    }
}

/// Gives a post, or proposes it where that takes two.
///
/// # Errors
/// As [`check_appointment`]; REFUSED also when the person may not have this post, or has it.
pub async fn appoint(doer: Doer<'_>, tx: &Writer<'_>, command: &Appoint, person: &Person) -> Result<Made> {
    let (way, span) = check_appointment(tx, command).await?;
    let place = (command.unit.1, command.role);
    let decision = Some(command.decision.as_str());
    match way {
        Way::Grant => grant(doer, tx, person, place, (span, decision), None)
            .await
            .map(Made::Post),
        Way::Propose => {
            check_person(tx, person, place, span).await?;
            propose(doer, tx, command, person).await.map(Made::Proposal)
        }
    }
}

async fn propose(doer: Doer<'_>, tx: &Writer<'_>, command: &Appoint, person: &Person) -> Result<PostProposalId> {
    let (scope, id) = (tx.scope(), doer.app.new_id());
    let actor = scope.actor();
    let row = post_proposal::Model {
        tenant_id: scope.tenant(),
        id,
        account_id: person.account,
        holder_name: person.name.clone(),
        role: command.role,
        unit_id: command.unit.1,
        valid_from: command.span.from,
        valid_until: command.span.until,
        decision_number: command.decision.as_str().to_owned(),
        proposed_by: actor.account,
        proposed_by_post: actor.post,
        proposer_name: actor.name.clone(),
        proposed_at: scope.now(),
        expires_at: scope.now() + PROPOSAL_LIFE,
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
        reason: None,
        post_id: None,
    };
    tx.insert::<post_proposal::Entity>(row).await?;
    let deed = Deed {
        kind: SecurityEventKind::PostProposed,
        account: person.account,
        post: None,
        proposal: Some(id),
        holder_name: None,
        reason: None,
    };
    journal::write(doer, tx, deed).await?;
    Ok(id)
}

/// Ends a post.
///
/// # Errors
/// NOT_FOUND for a post out of reach, REFUSED when it is not below one's own or does not end so.
pub async fn end(doer: Doer<'_>, tx: &Writer<'_>, command: &End) -> Result<PostId> {
    let row = locked_below(tx, command.post.1).await?;
    let until = span(&row).end(command.until, tx.scope().now())?;
    let reason = command.reason.as_ref().map(LongText::as_str);
    end_row(doer, tx, &row, until, reason).await?;
    Ok(row.id)
}

/// The post to be handed over, locked, and when its next holder has it.
///
/// # Errors
/// As [`end`]; REFUSED also for a family's.
pub async fn check_hand_over(tx: &Writer<'_>, command: &HandOver) -> Result<(post::Model, Span)> {
    let row = locked_below(tx, command.post.1).await?;
    way(tx.scope().actor().role, row.role)?;
    check_new(&command.holder, row.role)?;
    let next = span(&row).hand_over(command.span, tx.scope().now())?;
    Ok((row, next))
}

/// Ends a post at the moment another begins it.
///
/// # Errors
/// As [`end`] and [`appoint`].
pub async fn hand_over(doer: Doer<'_>, tx: &Writer<'_>, command: &HandOver, person: &Person) -> Result<PostId> {
    let (row, next) = check_hand_over(tx, command).await?;
    if row.account_id == person.account {
        return Err(Refusal::PostHeldAlready.into());
    }
    end_row(doer, tx, &row, next.from, None).await?;
    let decision = Some(command.decision.as_str());
    let place = (row.unit_id, row.role);
    check_place(tx, row.unit_id, row.role).await?;
    grant(doer, tx, person, place, (next, decision), None).await
}

/// A proposal that the actor may decide on, locked: not their own, not about them, still open.
///
/// # Errors
/// NOT_FOUND, REFUSED.
pub async fn open_proposal(tx: &Writer<'_>, id: PostProposalId) -> Result<post_proposal::Model> {
    let find = tx
        .find::<post_proposal::Entity>()
        .filter(post_proposal::Column::Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    let (actor, now) = (tx.scope().actor(), tx.scope().now());
    if row.proposed_by == actor.account {
        return Err(Refusal::OwnProposal.into());
    }
    if row.account_id == actor.account {
        return Err(Refusal::OwnPost.into());
    }
    // whoever proposed it must be an officer still: two of them stand for the post
    let proposer = tx
        .find::<post::Entity>()
        .filter(post::Column::Id.eq(row.proposed_by_post))
        .filter(in_force(now));
    if row.state != ProposalState::Open || now >= row.expires_at || !proposer.exists().await? {
        return Err(Refusal::ProposalClosed.into());
    }
    Ok(row)
}

/// Confirms a proposal: the post begins as proposed, but not before now.
///
/// # Errors
/// As [`open_proposal`]; REFUSED also when the post is held by now, or its end has passed.
pub async fn confirm(doer: Doer<'_>, tx: &Writer<'_>, id: PostProposalId) -> Result<PostId> {
    let row = open_proposal(tx, id).await?;
    let now = tx.scope().now();
    let span = Span {
        from: row.valid_from.max(now),
        until: row.valid_until,
    };
    if span.until.is_some_and(|until| until <= span.from) {
        return Err(Refusal::ProposalClosed.into());
    }
    check_place(tx, row.unit_id, row.role).await?;
    let person = Person {
        account: row.account_id,
        name: row.holder_name.clone(),
        has_phone: false,
    };
    let (place, decision) = ((row.unit_id, row.role), Some(row.decision_number.as_str()));
    let post = grant(doer, tx, &person, place, (span, decision), Some(row.id)).await?;
    decide(tx, row.id, ProposalState::Confirmed, (None, Some(post))).await?;
    Ok(post)
}

/// Refuses a proposal.
///
/// # Errors
/// As [`open_proposal`].
pub async fn refuse(doer: Doer<'_>, tx: &Writer<'_>, id: PostProposalId, reason: Option<&str>) -> Result<()> {
    let row = open_proposal(tx, id).await?;
    decide(tx, row.id, ProposalState::Refused, (reason, None)).await?;
    let deed = Deed {
        kind: SecurityEventKind::PostRefused,
        account: row.account_id,
        post: None,
        proposal: Some(row.id),
        holder_name: None,
        reason,
    };
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

/// The unit must be covered today and of the role's level. It stays locked, so that two appointments to it take turns.
async fn check_place(tx: &Writer<'_>, id: UnitId, role: Role) -> Result<()> {
    let find = tx.find::<unit::Entity>().filter(unit::Column::Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    match tx.scope().reach() {
        Reach::Tenant => {}
        Reach::Ward(ward) if row.id == *ward => {}
        Reach::Ward(ward) if ward_of_branch(tx, id, hanoi_date(tx.scope().now())).await? == *ward => {}
        _ => return Err(Error::NotFound),
    }
    if row.kind != level(role) {
        return Err(Refusal::RoleNotOfUnit.into());
    }
    Ok(())
}

/// The person must be able to have the post, and not have it yet at that time.
async fn check_person(tx: &Writer<'_>, person: &Person, (unit, role): (UnitId, Role), span: Span) -> Result<()> {
    use post::Column::{AccountId, Role as RoleColumn, UnitId, ValidFrom, ValidUntil};
    if role == Role::BranchHead && !person.has_phone {
        return Err(Refusal::PhoneNeeded.into());
    }
    let mut same = tx
        .find::<post::Entity>()
        .filter(AccountId.eq(person.account))
        .filter(UnitId.eq(unit))
        .filter(RoleColumn.eq(role))
        .filter(Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(span.from)));
    if let Some(until) = span.until {
        same = same.filter(ValidFrom.lt(until));
    }
    // one that was ended before it began takes no time
    let same = same.all().await?;
    if same.iter().any(|row| row.valid_until != Some(row.valid_from)) {
        return Err(Refusal::PostHeldAlready.into());
    }
    Ok(())
}

/// Gives a post; its unit has been checked.
async fn grant(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    person: &Person,
    (unit, role): (UnitId, Role),
    (span, decision): (Span, Option<&str>),
    proposal: Option<PostProposalId>,
) -> Result<PostId> {
    check_person(tx, person, (unit, role), span).await?;
    let id: PostId = doer.app.new_id();
    let row = post::Model {
        tenant_id: tx.scope().tenant(),
        id,
        account_id: person.account,
        role,
        unit_id: unit,
        valid_from: span.from,
        valid_until: span.until,
        decision_number: decision.map(str::to_owned),
        created_at: tx.scope().now(),
    };
    tx.insert::<post::Entity>(row).await?;
    let deed = Deed {
        kind: SecurityEventKind::PostGranted,
        account: person.account,
        post: Some(id),
        proposal,
        holder_name: Some(&person.name),
        reason: None,
    };
    journal::write(doer, tx, deed).await?;
    Ok(id)
}

/// A post within reach and below the actor's own, locked.
async fn locked_below(tx: &Writer<'_>, id: PostId) -> Result<post::Model> {
    let find = tx.find::<post::Entity>().filter(post::Column::Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    if let Reach::Ward(ward) = *tx.scope().reach() {
        let today = hanoi_date(tx.scope().now());
        if row.unit_id != ward && ward_of_branch(tx, row.unit_id, today).await? != ward {
            return Err(Error::NotFound);
        }
    }
    let actor = tx.scope().actor();
    if row.account_id == actor.account {
        return Err(Refusal::OwnPost.into());
    }
    match way(actor.role, row.role) {
        // a family's post is ended as any other, though it is not given so
        Ok(Way::Grant) | Err(Refusal::FamilyByInvitation) => Ok(row),
        _ => Err(Refusal::RoleNotBelow.into()),
    }
}

async fn end_row(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    row: &post::Model,
    until: DateTime<Utc>,
    reason: Option<&str>,
) -> Result<()> {
    tx.update::<post::Entity>()
        .set(post::Column::ValidUntil, until)
        .filter(post::Column::Id.eq(row.id))
        .run()
        .await?;
    let deed = Deed {
        kind: SecurityEventKind::PostEnded,
        account: row.account_id,
        post: Some(row.id),
        proposal: None,
        holder_name: None,
        reason,
    };
    journal::write(doer, tx, deed).await
}

fn span(row: &post::Model) -> Span {
    Span {
        from: row.valid_from,
        until: row.valid_until,
    }
}

fn in_force(now: DateTime<Utc>) -> Condition {
    use post::Column::{ValidFrom, ValidUntil};
    Condition::all()
        .add(ValidFrom.lte(now))
        .add(Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now)))
}
