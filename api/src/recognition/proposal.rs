//! The ward's lists to its People's Committee.
//!
//! A ward has up to fifteen thousand families: a list is begun by `submitProposal` with up to two hundred of them and
//! continued by `addToProposal`, request by request, until the committee has decided on anything of it.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Object};
use entity::id::{RegistrationId, SubmissionId};
use entity::scope::{Scope, Writer};
use entity::table::{registration, score_sheet, submission};
use entity::vocabulary::{Phase, RegistrationAction, SheetKind, UnitKind};

use super::input::{AddToProposalInput, OnList, OnPaper, SubmitProposalInput};
use super::model::{ProposalPayload, Submission};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::assessment::posted_until;
use crate::clock::hanoi_date;
use crate::complaint::complained_of;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, check_window};
use crate::registration::bulk::{self, Item, Kept, Locked};
use crate::registration::{Paper, Words, step};
use crate::replay::{Effect, Key, Once, once};
use crate::score::{ToSign, insert_sheets, signed_list};
use crate::unit::unit_covered;

/// What is kept under a key.
type Done = (Option<SubmissionId>, Vec<Kept>);

/// The ward's lists.
#[derive(Default)]
pub struct ListMutation;

/// The ward's lists.
#[Object]
impl ListMutation {
    /// Enters a list that the ward association submits to its People's Committee, with its first registrations, up to 200,
    /// and a result for each. More than 50 ask for a fresh proof of who is signed in. The ward signs a sheet for each: that of the
    /// branch meeting, with the lines that the ward marks otherwise. Nothing goes on a list that does not pass by it, while
    /// its result hangs out, or while a complaint waits.
    async fn submit_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list.")] input: SubmitProposalInput,
    ) -> Result<ProposalPayload> {
        let command = input.parse(hanoi_date(ctx.request().now))?;
        let head = &command.on.paper;
        let scope = ctx.scope_in(Permission::ProposalWrite, head.ward.0)?;
        bulk::prove(ctx, command.on.items.len())?;
        unit_covered(&scope, head.ward.1, UnitKind::Ward).await?;
        let app = ctx.app();
        let key = Key {
            key: input.idempotency_key,
            operation: "submitProposal",
        };
        let done = once(app, &scope, key, &command, async |tx: &Writer<'_>| {
            let list = store::insert_submission(app, tx, head).await?;
            propose(app, tx, &list, &command).await
        })
        .await?;
        answer(ctx, &scope, &command.on, done).await
    }

    /// Puts more registrations on a list, up to 200 at once, as `submitProposal` does. A list of which the People's Committee
    /// has decided anything does not grow.
    async fn add_to_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list, and what goes on it.")] input: AddToProposalInput,
    ) -> Result<ProposalPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::ProposalWrite, command.on.paper.0)?;
        bulk::prove(ctx, command.on.items.len())?;
        let list = store::submission_by_id(&scope, command.on.paper.1).await?;
        let app = ctx.app();
        let key = Key {
            key: input.idempotency_key,
            operation: "addToProposal",
        };
        let done = once(app, &scope, key, &command, async |tx: &Writer<'_>| {
            if store::is_decided(tx, &list).await? {
                return Err(Error::Refused(Refusal::ListDecided));
            }
            propose(app, tx, &list, &command).await
        })
        .await?;
        answer(ctx, &scope, &command.on, done).await
    }
}

async fn propose<P>(app: &App, tx: &Writer<'_>, list: &submission::Model, command: &OnList<P>) -> Result<Effect<Done>> {
    let items = &command.on.items;
    let pressed = Pressed::from(command.on.device_time);
    let timing = check_window(tx, list.ward_id, (list.year, Phase::WardProposal), pressed).await?;
    let words = Words {
        action: RegistrationAction::Propose,
        reason: None,
        note: None,
        pressed,
        timing,
    };
    let locked = bulk::lock(tx, items).await?;
    let posted = posted_until(tx, locked.rows().map(|row| row.id)).await?;
    let complained = complained_of(tx, locked.rows().map(|row| row.id)).await?;
    let today = hanoi_date(tx.scope().now());
    let may_go = |row: &registration::Model| {
        if (row.ward_id, row.model, row.year) != (list.ward_id, list.model, list.year) {
            return Err(Refusal::NotOfThisList);
        }
        let to = step(row.state, words.action)?;
        if complained.contains(&row.id) {
            return Err(Refusal::ComplaintOpen);
        }
        if posted.get(&row.id).is_some_and(|until| *until >= today) {
            return Err(Refusal::PostingRuns);
        }
        Ok(to)
    };
    let mut sheets = ward_sheets(app, tx, (&locked, command), |row| may_go(row).is_ok()).await?;
    let judged = locked.judge(tx.scope(), items, |row| {
        let to = may_go(row)?;
        // the list that is signed says that each of them meets the criteria
        if sheets.get(&row.id).is_some_and(|sheet| sheet.passes) {
            Ok((to, timing))
        } else {
            Err(Refusal::DoesNotPass)
        }
    });
    let signed = judged.rows().filter_map(|row| sheets.remove(&row.id)).collect();
    insert_sheets(tx, signed).await?;
    judged.apply(app, tx, words, Some(Paper::List(list.id))).await?;
    Ok(if judged.any() {
        Effect::Done((Some(list.id), judged.kept))
    } else {
        Effect::Nothing((None, judged.kept))
    })
}

/// The ward's own sheet for each registration that may go on the list, signed and not yet written.
async fn ward_sheets<P>(
    app: &App,
    tx: &Writer<'_>,
    (locked, command): (&Locked, &OnList<P>),
    may_go: impl Fn(&registration::Model) -> bool,
) -> Result<HashMap<RegistrationId, score_sheet::Model>> {
    let mut seen = HashSet::new();
    let own = |item: &Item| item.tenant == tx.scope().tenant();
    let mut list = Vec::with_capacity(command.on.items.len());
    for (at, (item, changes)) in command.on.items.iter().zip(&command.changes).enumerate() {
        let row = locked.row(item.id).filter(|row| own(item) && may_go(row));
        if let Some(registration) = row.filter(|row| seen.insert(row.id)) {
            list.push((at, ToSign { registration, changes }));
        }
    }
    let sheets = signed_list(app, tx, SheetKind::Ward, &list).await?;
    Ok(sheets.into_iter().map(|sheet| (sheet.registration_id, sheet)).collect())
}

async fn answer<P>(
    ctx: &Context<'_>,
    scope: &Scope,
    command: &OnPaper<P>,
    done: Once<Done>,
) -> Result<ProposalPayload> {
    let (outcome, done) = done.told();
    let (id, kept) = done.map_or((None, None), |(id, kept)| (id, Some(kept)));
    let submission = match id {
        Some(id) => Some(Submission(store::submission_by_id(scope, id).await?)),
        None => None,
    };
    let results = bulk::results(ctx, scope, &command.items, kept).await?;
    Ok(ProposalPayload {
        outcome,
        submission,
        results,
    })
}
