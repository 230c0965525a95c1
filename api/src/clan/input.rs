//! What the families of clans are entered from.

use async_graphql::{ID, InputObject};
use entity::id::{CollectiveId, HouseholdId, TenantId};
use entity::value::{ProgrammeYear, Rule};
use serde::Serialize;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// The most families of one request.
const MAX_FAMILIES: usize = 200;

/// Families that are entered into a clan, or taken out of it.
#[derive(InputObject)]
pub struct ClanFamiliesInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The clan; it may be at home in another association.
    pub clan_id: ID,
    /// The families, 1 to 200.
    pub household_ids: Vec<ID>,
}

/// A clan of another association that may count the families it has in this one, or may no longer.
#[derive(InputObject)]
pub struct ClanGrantInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The clan.
    pub clan_id: ID,
}

/// A clan whose families elsewhere are to be counted.
#[derive(InputObject)]
pub struct CountClanFamiliesInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The clan.
    pub clan_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
}

/// Association and id of a clan.
pub type Clan = (TenantId, CollectiveId);

/// Families of a clan, parsed.
#[derive(Serialize)]
pub struct ClanFamilies {
    /// The clan.
    pub clan: Clan,
    /// Associations and ids of the families, as they were sent.
    pub households: Vec<(TenantId, HouseholdId)>,
}

impl ClanFamiliesInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<ClanFamilies> {
        if self.household_ids.is_empty() {
            return Err(Error::invalid("householdIds", Rule::Required));
        }
        if self.household_ids.len() > MAX_FAMILIES {
            return Err(Error::invalid("householdIds", Rule::TooMany { max: MAX_FAMILIES }));
        }
        let household = |(at, id): (usize, &ID)| decode_as(NodeKind::Household, id, &format!("householdIds.{at}"));
        Ok(ClanFamilies {
            clan: decode_as(NodeKind::Collective, &self.clan_id, "clanId")?,
            households: self
                .household_ids
                .iter()
                .enumerate()
                .map(household)
                .collect::<Result<_>>()?,
        })
    }
}

impl ClanGrantInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Clan> {
        decode_as(NodeKind::Collective, &self.clan_id, "clanId")
    }
}

impl CountClanFamiliesInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<(Clan, ProgrammeYear)> {
        let clan = decode_as(NodeKind::Collective, &self.clan_id, "clanId")?;
        let year = ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?;
        Ok((clan, year))
    }
}
