//! Entering families into clans, and letting clans count.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::{Scope, Writer};

use super::input::{Clan, ClanFamilies, ClanFamiliesInput, ClanGrantInput, CountClanFamiliesInput};
use super::model::{ClanFamilyOutcome, ClanFamilyResult, ClanFigures};
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, encode};
use crate::replay::{Effect, Key, WriteOutcome, once};

/// The answer to `addClanFamilies` and `removeClanFamilies`.
#[derive(SimpleObject)]
pub struct ClanFamiliesPayload {
    /// What became of the request: APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
    /// A result for each family, in the order sent.
    pub results: Vec<ClanFamilyResult>,
}

/// The answer to `grantClanCount` and `revokeClanCount`.
#[derive(SimpleObject)]
pub struct ClanGrantPayload {
    /// What became of it: APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
}

/// The answer to `countClanFamilies`.
#[derive(SimpleObject)]
pub struct CountClanFamiliesPayload {
    /// What became of it: APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
    /// The clan's figures as they are now; null when the key was used for something else.
    pub figures: Option<ClanFigures>,
}

/// Mutations of the families of clans.
#[derive(Default)]
pub struct ClanMutation;

/// Mutations of the families of clans.
#[Object]
impl ClanMutation {
    /// Enters families into a clan: a family its own, a branch head those of the branch. The clan may be at home in another
    /// association; then it counts them only by the leave of this one (`grantClanCount`).
    async fn add_clan_families(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The clan and its families.")] input: ClanFamiliesInput,
    ) -> Result<ClanFamiliesPayload> {
        let command = input.parse()?;
        let scope = ctx.scope(Permission::HouseholdWrite)?;
        if !scope.is_clan(command.clan.0, command.clan.1).await? {
            return Err(Error::NotFound);
        }
        families(ctx, &scope, (&input, "addClanFamilies"), &command, true).await
    }

    /// Takes families out of a clan.
    async fn remove_clan_families(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The clan and the families.")] input: ClanFamiliesInput,
    ) -> Result<ClanFamiliesPayload> {
        let command = input.parse()?;
        let scope = ctx.scope(Permission::HouseholdWrite)?;
        families(ctx, &scope, (&input, "removeClanFamilies"), &command, false).await
    }

    /// Lets a clan of another association count the families it has in this one. It is told numbers, and no names.
    async fn grant_clan_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The clan.")] input: ClanGrantInput,
    ) -> Result<ClanGrantPayload> {
        let clan = input.parse()?;
        let scope = ctx.scope(Permission::ClanGrant)?;
        // one's own clans need no leave
        if clan.0 == scope.tenant() || !scope.is_clan(clan.0, clan.1).await? {
            return Err(Error::NotFound);
        }
        grant(ctx, &scope, (&input, "grantClanCount"), clan, true).await
    }

    /// Takes that leave back. What the other association has counted before goes when it counts again.
    async fn revoke_clan_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The clan.")] input: ClanGrantInput,
    ) -> Result<ClanGrantPayload> {
        let clan = input.parse()?;
        let scope = ctx.scope(Permission::ClanGrant)?;
        grant(ctx, &scope, (&input, "revokeClanCount"), clan, false).await
    }

    /// Asks all associations that give leave for it how many families of a clan they have, and how many of them are
    /// recognised in a year; what they tell counts from then on in the clan's figures and score sheets.
    async fn count_clan_families(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The clan and the year.")] input: CountClanFamiliesInput,
    ) -> Result<CountClanFamiliesPayload> {
        let (clan, year) = input.parse()?;
        let scope = ctx.scope_in(Permission::SubjectWrite, clan.0)?;
        store::own_clan(&scope, clan).await?;
        let key = Key {
            key: input.idempotency_key,
            operation: "countClanFamilies",
        };
        let (clan, year) = (clan.1, year.value());
        // asked before the transaction: whoever holds a connection of one association must not wait for another's
        let elsewhere = scope.families_elsewhere(clan, year).await?;
        let done = once(ctx.app(), &scope, key, &(clan, year), async |tx: &Writer<'_>| {
            store::keep_told(tx, (clan, year), &elsewhere).await?;
            Ok(Effect::Done(()))
        })
        .await?;
        let (outcome, kept) = done.told();
        let figures = match kept {
            Some(()) => {
                let reached = store::reached(&scope, clan, year).await?;
                Some(ClanFigures::new(year, &reached, ctx.request().language))
            }
            None => None,
        };
        Ok(CountClanFamiliesPayload { outcome, figures })
    }
}

async fn families(
    ctx: &Context<'_>,
    scope: &Scope,
    (input, operation): (&ClanFamiliesInput, &str),
    command: &ClanFamilies,
    enters: bool,
) -> Result<ClanFamiliesPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation,
    };
    let app = ctx.app();
    let done = once(app, scope, key, command, async |tx: &Writer<'_>| {
        Ok(Effect::Done(store::change_families(app, tx, command, enters).await?))
    })
    .await?;
    let (outcome, kept) = done.told();
    let result = |((tenant, id), outcome): (&(_, entity::id::HouseholdId), ClanFamilyOutcome)| ClanFamilyResult {
        household_id: encode(NodeKind::Household, *tenant, id.0),
        outcome,
    };
    Ok(ClanFamiliesPayload {
        outcome,
        results: command
            .households
            .iter()
            .zip(kept.unwrap_or_default())
            .map(result)
            .collect(),
    })
}

async fn grant(
    ctx: &Context<'_>,
    scope: &Scope,
    (input, operation): (&ClanGrantInput, &str),
    clan: Clan,
    gives: bool,
) -> Result<ClanGrantPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation,
    };
    let app = ctx.app();
    let done = once(app, scope, key, &clan, async |tx: &Writer<'_>| {
        Ok(Effect::Done(store::change_grant(app, tx, clan, gives).await?))
    })
    .await?;
    Ok(ClanGrantPayload { outcome: done.told().0 })
}
