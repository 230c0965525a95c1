//! Reading and writing the families of clans.

use std::collections::{HashMap, HashSet};

use entity::id::{CollectiveId, HouseholdId, SubjectId, TenantId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{CountedFamilies, Reach, Scope, Writer};
use entity::table::{clan_count, clan_grant, clan_household, collective, household, registration};
use entity::vocabulary::{LearningModel, RegistrationState, SubjectKind};

use super::input::{Clan, ClanFamilies};
use super::model::ClanFamilyOutcome;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::subject;

/// So many families are asked for with one statement.
const AT_ONCE: usize = 10_000;

/// What a clan's families have reached in a year.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    /// Recognised, and all, of its own association.
    pub here: (i64, i64),
    /// What other associations told.
    pub elsewhere: Vec<clan_count::Model>,
}

impl Reached {
    /// Recognised, and all, everywhere.
    pub fn sum(&self) -> (i64, i64) {
        self.elsewhere.iter().fold(self.here, |(recognised, families), row| {
            (
                recognised + i64::from(row.recognised),
                families + i64::from(row.families),
            )
        })
    }
}

/// What clans' families have reached in years: three statements for up to 10,000 families. Looks past the reach, for what is shown of it
/// is a number.
///
/// # Errors
/// What the database answers.
pub async fn reached_by_clans(
    tx: &Writer<'_>,
    asked: &[(CollectiveId, i32)],
) -> Result<HashMap<(CollectiveId, i32), Reached>> {
    let clans = || asked.iter().map(|(clan, _)| *clan);
    let years = || asked.iter().map(|(_, year)| *year);
    let families = tx
        .find_beyond_reach::<clan_household::Entity>()
        .filter(clan_household::Column::ClanTenantId.eq(tx.scope().tenant()))
        .filter(clan_household::Column::ClanId.is_in(clans()))
        .all()
        .await?;
    let mut recognised: HashSet<(SubjectId, i32)> = HashSet::new();
    for some in families.chunks(AT_ONCE) {
        let subjects = some.iter().map(|family| SubjectId::from(family.household_id));
        let found = tx
            .find_beyond_reach::<registration::Entity>()
            .filter(registration::Column::SubjectId.is_in(subjects))
            .filter(registration::Column::Model.eq(LearningModel::LearningFamily))
            .filter(registration::Column::Year.is_in(years()))
            .filter(registration::Column::State.eq(RegistrationState::Recognised))
            .all()
            .await?;
        recognised.extend(found.iter().map(|row| (row.subject_id, row.year)));
    }
    let told = tx
        .find_beyond_reach::<clan_count::Entity>()
        .filter(clan_count::Column::ClanId.is_in(clans()))
        .filter(clan_count::Column::Year.is_in(years()))
        .order_by(clan_count::Column::AssociationId, Order::Asc)
        .all()
        .await?;
    let mut reached: HashMap<(CollectiveId, i32), Reached> = HashMap::new();
    for (clan, year) in asked {
        let of = reached.entry((*clan, *year)).or_default();
        of.here = (0, 0);
        for family in families.iter().filter(|family| family.clan_id == *clan) {
            of.here.1 += 1;
            of.here.0 += i64::from(recognised.contains(&(family.household_id.into(), *year)));
        }
        of.elsewhere = told
            .iter()
            .filter(|row| row.clan_id == *clan && row.year == *year)
            .cloned()
            .collect();
    }
    Ok(reached)
}

/// What a clan's families have reached in a year, for showing.
///
/// # Errors
/// What the database answers.
pub async fn reached(scope: &Scope, clan: CollectiveId, year: i32) -> Result<Reached> {
    let here = scope.families_here(clan, year).await?;
    let told = scope
        .find::<clan_count::Entity>()
        .filter(clan_count::Column::ClanId.eq(clan))
        .filter(clan_count::Column::Year.eq(year))
        .order_by(clan_count::Column::AssociationId, Order::Asc);
    Ok(Reached {
        here: (here.recognised.into(), here.families.into()),
        elsewhere: told.all().await?,
    })
}

/// A clan of the scope's own association, within its reach.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn own_clan(scope: &Scope, clan: Clan) -> Result<()> {
    let find = scope
        .find::<collective::Entity>()
        .filter(collective::Column::Id.eq(clan.1))
        .filter(collective::Column::Kind.eq(SubjectKind::Clan));
    if clan.0 == scope.tenant() && find.exists().await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// The families of a clan that the scope reaches, beginning after one.
///
/// # Errors
/// What the database answers.
pub async fn families_of(
    scope: &Scope,
    clan: CollectiveId,
    after: Option<HouseholdId>,
    limit: u64,
) -> Result<Vec<HouseholdId>> {
    use clan_household::Column::{ClanId, HouseholdId as Family};
    let mut find = scope.find::<clan_household::Entity>().filter(ClanId.eq(clan));
    if let Some(after) = after {
        find = find.filter(Family.gt(after));
    }
    let rows = find.order_by(Family, Order::Asc).limit(limit).all().await?;
    Ok(rows.into_iter().map(|row| row.household_id).collect())
}

/// Whether the families of a clan may be changed now: not while it is being marked, assessed and proposed by their number, and
/// not by an officer who heads it, whose branch would fill their own clan.
async fn check_change(tx: &Writer<'_>, clan: Clan) -> Result<()> {
    use registration::Column::{State, SubjectId as Of};
    let scope = tx.scope();
    if clan.0 != scope.tenant() {
        return Ok(());
    }
    let marked = [
        RegistrationState::SelfScored,
        RegistrationState::BranchAssessed,
        RegistrationState::WardProposed,
    ];
    let find = tx.find_beyond_reach::<registration::Entity>();
    let find = find.filter(Of.eq(SubjectId::from(clan.1))).filter(State.is_in(marked));
    if find.exists().await? {
        return Err(Refusal::SubjectIsRegistered.into());
    }
    if matches!(scope.reach(), Reach::Own(_)) {
        return Ok(());
    }
    let actor = scope.actor();
    let who = (actor.account, actor.phone.as_deref());
    let own = subject::own_among(tx, who, [(SubjectKind::Clan, clan.1.into())]).await?;
    if own.contains(&clan.1.into()) {
        return Err(Refusal::OwnHousehold.into());
    }
    Ok(())
}

/// Enters families into a clan, or takes them out: a word for each, in the order sent.
///
/// # Errors
/// REFUSED `SUBJECT_IS_REGISTERED` or `OWN_HOUSEHOLD`, or what the database answers.
pub async fn change_families(
    app: &App,
    tx: &Writer<'_>,
    command: &ClanFamilies,
    enters: bool,
) -> Result<Vec<ClanFamilyOutcome>> {
    use clan_household::Column::{ClanId, HouseholdId as Family, TenantId as Owner};
    check_change(tx, command.clan).await?;
    let scope = tx.scope();
    let own = |(tenant, _): &&(TenantId, HouseholdId)| *tenant == scope.tenant();
    let asked: Vec<HouseholdId> = command.households.iter().filter(own).map(|(_, id)| *id).collect();
    let found = tx
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(asked))
        .order_by(household::Column::Id, Order::Asc)
        .for_update();
    let found: HashSet<HouseholdId> = found.all().await?.into_iter().map(|row| row.id).collect();
    let mut outcomes = Vec::with_capacity(command.households.len());
    for (tenant, id) in &command.households {
        if *tenant != scope.tenant() || !found.contains(id) {
            outcomes.push(ClanFamilyOutcome::NotFound);
            continue;
        }
        let changed = if enters {
            let row = clan_household::Model {
                tenant_id: scope.tenant(),
                id: app.new_id(),
                clan_tenant_id: command.clan.0,
                clan_id: command.clan.1,
                household_id: *id,
                added_by: scope.actor().account,
                created_at: scope.now(),
            };
            tx.insert_if_new::<clan_household::Entity>(row, &[Owner, ClanId, Family])
                .await?
        } else {
            let removal = tx.delete::<clan_household::Entity>();
            let removal = removal.filter(ClanId.eq(command.clan.1)).filter(Family.eq(*id));
            removal.run().await? > 0
        };
        outcomes.push(if changed {
            ClanFamilyOutcome::Applied
        } else {
            ClanFamilyOutcome::Unchanged
        });
    }
    Ok(outcomes)
}

/// Lets a clan of another association count its families here, or no longer; whether that changed anything.
///
/// # Errors
/// NOT_FOUND when leave is taken back that was never given, or what the database answers.
pub async fn change_grant(app: &App, tx: &Writer<'_>, clan: Clan, gives: bool) -> Result<bool> {
    use clan_grant::Column::{ClanId, GrantedAt, GrantedBy, RevokedAt, RevokedBy, TenantId as Giver};
    let scope = tx.scope();
    let (by, now) = (scope.actor().account, scope.now());
    let row = clan_grant::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        clan_tenant_id: clan.0,
        clan_id: clan.1,
        granted_by: by,
        granted_at: now,
        revoked_by: None,
        revoked_at: None,
    };
    if gives && tx.insert_if_new::<clan_grant::Entity>(row, &[Giver, ClanId]).await? {
        return Ok(true);
    }
    let known = tx.find::<clan_grant::Entity>().filter(ClanId.eq(clan.1)).for_update();
    let known = known.one().await?.ok_or(Error::NotFound)?;
    if gives == known.revoked_at.is_none() {
        return Ok(false);
    }
    let change = tx.update::<clan_grant::Entity>();
    let change = if gives {
        change
            .set(GrantedBy, by)
            .set(GrantedAt, now)
            .set(RevokedBy, None::<uuid::Uuid>)
            .set(RevokedAt, None::<chrono::DateTime<chrono::Utc>>)
    } else {
        change.set(RevokedBy, by.0).set(RevokedAt, now)
    };
    change.filter(ClanId.eq(clan.1)).run().await?;
    Ok(true)
}

/// Keeps what other associations told of a clan in a year. What one told that has taken its leave back goes.
///
/// # Errors
/// What the database answers.
pub async fn keep_told(tx: &Writer<'_>, (clan, year): (CollectiveId, i32), told: &[CountedFamilies]) -> Result<()> {
    use clan_count::Column::{ClanId, Year};
    let scope = tx.scope();
    // two who count at once wait for each other
    let find = tx.find::<collective::Entity>().filter(collective::Column::Id.eq(clan));
    find.for_update().one().await?.ok_or(Error::NotFound)?;
    tx.delete::<clan_count::Entity>()
        .filter(ClanId.eq(clan))
        .filter(Year.eq(year))
        .run()
        .await?;
    let rows = told.iter().map(|told| clan_count::Model {
        tenant_id: scope.tenant(),
        clan_id: clan,
        association_id: told.association,
        year,
        families: told.families,
        recognised: told.recognised,
        counted_at: scope.now(),
    });
    Ok(tx.insert_all::<clan_count::Entity>(rows.collect()).await?)
}
