//! Reading and writing posts. What takes two officers goes on in `pair`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, PostProposalId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, View, Writer};
use entity::table::{account, post, post_event, unit};
use entity::value::LongText;
use entity::vocabulary::{Role, SecurityEventKind};

use super::input::{Appoint, End, HandOver, Holder};
use super::journal::{self, Deed, Doer};
use super::pair;
use super::people::Person;
use super::rules::{Span, Way, end_way, way};
use crate::access::below::level;
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::household::unlink_households;
use crate::subject;
use crate::unit::{units_seen, ward_of_branch};

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

/// What has come of a command.
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
            pair::propose(doer, tx, command, person).await.map(Made::Proposal)
        }
    }
}

/// Ends a post, or proposes its end where that takes two.
///
/// # Errors
/// NOT_FOUND for a post out of reach, REFUSED when it is not below one's own or does not end so: a family's ends at once.
pub async fn end(doer: Doer<'_>, tx: &Writer<'_>, command: &End) -> Result<Made> {
    let (row, way) = reached(tx, command.post.1).await?;
    let until = span(&row).end(command.until, tx.scope().now())?;
    if row.role == Role::Family && until > tx.scope().now() {
        return Err(Refusal::FamilyEndsNow.into());
    }
    let reason = command.reason.as_ref().map(LongText::as_str);
    match way {
        Way::Grant => {
            end_row(doer, tx, &row, until, reason).await?;
            Ok(Made::Post(row.id))
        }
        Way::Propose => {
            let proposal = pair::propose_end(doer, tx, &row, (command.until, reason)).await?;
            Ok(Made::Proposal(proposal))
        }
    }
}

/// The post to be handed over, and when its next holder has it.
///
/// # Errors
/// As [`end`]; REFUSED also for a family's.
pub async fn check_hand_over(tx: &Writer<'_>, command: &HandOver) -> Result<(post::Model, Span, Way)> {
    let (row, _) = reached(tx, command.post.1).await?;
    let way = way(tx.scope().actor().role, row.role)?;
    check_new(&command.holder, row.role)?;
    let next = span(&row).hand_over(command.span, tx.scope().now())?;
    Ok((row, next, way))
}

/// Ends a post at the moment another begins it, or proposes that where it takes two.
///
/// # Errors
/// As [`end`] and [`appoint`].
pub async fn hand_over(doer: Doer<'_>, tx: &Writer<'_>, command: &HandOver, person: &Person) -> Result<Made> {
    let (row, next, way) = check_hand_over(tx, command).await?;
    if row.account_id == person.account {
        return Err(Refusal::PostHeldAlready.into());
    }
    if way == Way::Propose {
        let proposal = pair::propose_hand_over(doer, tx, (&row, next), command, person).await?;
        return Ok(Made::Proposal(proposal));
    }
    let decision = Some(command.decision.as_str());
    pass_on(doer, tx, &row, person, (next, decision), None)
        .await
        .map(Made::Post)
}

/// Ends a post at the moment another begins it.
///
/// # Errors
/// As [`appoint`].
pub(super) async fn pass_on(
    doer: Doer<'_>,
    tx: &Writer<'_>,
    row: &post::Model,
    person: &Person,
    (next, decision): (Span, Option<&str>),
    proposal: Option<PostProposalId>,
) -> Result<PostId> {
    end_row(doer, tx, row, next.from, None).await?;
    check_place(tx, row.unit_id, row.role).await?;
    let place = (row.unit_id, row.role);
    grant(doer, tx, person, place, (next, decision), proposal).await
}

/// The unit must be covered today and of the role's level. It stays locked, so that two appointments to it take turns.
///
/// # Errors
/// NOT_FOUND, REFUSED.
pub(super) async fn check_place(tx: &Writer<'_>, id: UnitId, role: Role) -> Result<()> {
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
///
/// # Errors
/// REFUSED.
pub(super) async fn check_person(
    tx: &Writer<'_>,
    person: &Person,
    (unit, role): (UnitId, Role),
    span: Span,
) -> Result<()> {
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

/// Gives a post; its unit has been checked. Where the account was somebody's before, they have to take it.
///
/// # Errors
/// REFUSED when the person may not have the post, or has it.
pub(super) async fn grant(
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
        proposal,
        holder_name: Some(&person.name),
        awaits_holder: person.is_somebodys,
        ..Deed::of(SecurityEventKind::PostGranted, person.account, id)
    };
    journal::write(doer, tx, deed).await?;
    Ok(id)
}

/// A post within reach that the actor may end, by themselves or with another. What one officer ends alone is locked; what
/// takes two is locked when it is confirmed.
async fn reached(tx: &Writer<'_>, id: PostId) -> Result<(post::Model, Way)> {
    let find = || tx.find::<post::Entity>().filter(post::Column::Id.eq(id));
    let row = find().one().await?.ok_or(Error::NotFound)?;
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
    match end_way(actor.role, row.role)? {
        Way::Propose => Ok((row, Way::Propose)),
        Way::Grant => {
            let row = find().for_update().one().await?.ok_or(Error::NotFound)?;
            Ok((row, Way::Grant))
        }
    }
}

/// Ends a post at a moment; a family then manages no household of the branch any more.
///
/// # Errors
/// What the database answers.
pub(super) async fn end_row(
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
    if row.role == Role::Family {
        // else the next family of the branch they join would bring them back to these households and their children
        unlink_households(tx, row.account_id, row.unit_id).await?;
        subject::unlink(tx, row.account_id, row.unit_id).await?;
    }
    let deed = Deed::of(SecurityEventKind::PostEnded, row.account_id, row.id).because(reason);
    journal::write(doer, tx, deed).await
}

/// When a post gives rights.
pub(super) fn span(row: &post::Model) -> Span {
    Span {
        from: row.valid_from,
        until: row.valid_until,
    }
}

/// The posts that give rights at a moment.
pub(super) fn in_force(now: DateTime<Utc>) -> Condition {
    use post::Column::{ValidFrom, ValidUntil};
    Condition::all()
        .add(ValidFrom.lte(now))
        .add(Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now)))
}
