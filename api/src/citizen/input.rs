//! What citizens are entered from.

use async_graphql::{ID, InputObject};
use chrono::{Datelike, NaiveDate};
use entity::id::{CitizenId, CollectiveId, HouseholdId, TenantId};
use entity::value::{PartialDate, PersonName, PhoneNumber, Rule};
use entity::vocabulary::{self, SubjectKind};
use uuid::Uuid;

use crate::criteria::CriteriaVariant;
use crate::error::{Problems, Result};
use crate::global_id::{NodeKind, decode_as, made_on_device};

/// The age from which somebody is an adult: reached in the year, because titles are for a year.
pub const ADULT: i32 = 18;

/// A citizen to be entered.
#[derive(InputObject)]
pub struct CreateCitizenInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Its id, made on the device (UUID version 7), so that what is done offline next can name it; the server's unless said.
    pub id: Option<Uuid>,
    /// The household they live in. This or the institution is needed.
    pub household_id: Option<ID>,
    /// The institution they work or learn in.
    pub institution_id: Option<ID>,
    /// Name, up to 100 characters.
    pub name: String,
    /// Birth date as far as it is known: `1958`, `1958-07` or `1958-07-21`. Citizens are adults.
    pub birth: String,
    /// Phone number as people write it.
    pub phone: Option<String>,
    /// The form of the criteria they are marked by: FARMER, WORKER, OFFICIAL or STUDENT.
    pub variant: CriteriaVariant,
    /// Insist that it is another person than those shown as candidates.
    #[graphql(default)]
    pub confirm_distinct: bool,
}

/// A citizen to be corrected. What is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateCitizenInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Which one.
    pub id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// Name.
    pub name: Option<String>,
    /// Birth date as far as it is known.
    pub birth: Option<String>,
    /// Phone number; an empty text removes it.
    pub phone: Option<String>,
    /// The form of the criteria they are marked by.
    pub variant: Option<CriteriaVariant>,
}

/// A citizen, parsed.
pub struct CreateCitizen {
    /// The id made on the device.
    pub id: Option<Uuid>,
    /// Association and id of the household.
    pub household: Option<(TenantId, HouseholdId)>,
    /// Association and id of the institution.
    pub institution: Option<(TenantId, CollectiveId)>,
    /// Name.
    pub name: PersonName,
    /// Birth date as far as known.
    pub birth: PartialDate,
    /// Phone number.
    pub phone: Option<PhoneNumber>,
    /// The form of the criteria.
    pub variant: vocabulary::CriteriaVariant,
    /// Whether to insist.
    pub confirm_distinct: bool,
}

/// A correction, parsed.
pub struct UpdateCitizen {
    /// Association and id of the citizen.
    pub citizen: (TenantId, CitizenId),
    /// The version read.
    pub expected_version: i32,
    /// Name, if it changes.
    pub name: Option<PersonName>,
    /// Birth date, if it changes.
    pub birth: Option<PartialDate>,
    /// Phone number, if it changes; none inside removes it.
    pub phone: Option<Option<PhoneNumber>>,
    /// The form of the criteria, if it changes.
    pub variant: Option<vocabulary::CriteriaVariant>,
}

fn adult(text: &str, today: NaiveDate) -> std::result::Result<PartialDate, Rule> {
    let birth = PartialDate::parse(text, today)?;
    if today.year() - birth.year() < ADULT {
        return Err(Rule::NotAnAdult);
    }
    Ok(birth)
}

fn variant(variant: CriteriaVariant) -> std::result::Result<vocabulary::CriteriaVariant, Rule> {
    let variant = vocabulary::CriteriaVariant::from(variant);
    if SubjectKind::Citizen.variants().contains(&variant) {
        Ok(variant)
    } else {
        Err(Rule::NotOfThisKind)
    }
}

impl CreateCitizenInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self, today: NaiveDate) -> Result<CreateCitizen> {
        let household = self.household_id.as_ref();
        let household = household.map(|id| decode_as(NodeKind::Household, id, "householdId"));
        let institution = self.institution_id.as_ref();
        let institution = institution.map(|id| decode_as(NodeKind::Collective, id, "institutionId"));
        let (household, institution) = (household.transpose()?, institution.transpose()?);
        let mut problems = Problems::default();
        if household.is_none() && institution.is_none() {
            problems.push("householdId", Rule::Required);
        }
        let id = problems.take("id", made_on_device(self.id));
        let name = problems.take("name", PersonName::parse(&self.name));
        let birth = problems.take("birth", adult(&self.birth, today));
        let phone = problems.take(
            "phone",
            PhoneNumber::parse_or_none(self.phone.as_deref().unwrap_or_default()),
        );
        let variant = problems.take("variant", variant(self.variant));
        let parsed = name.zip(birth).zip(phone).zip(variant).zip(id);
        problems.none_or(parsed.map(|((((name, birth), phone), variant), id)| CreateCitizen {
            id,
            household,
            institution,
            name,
            birth,
            phone,
            variant,
            confirm_distinct: self.confirm_distinct,
        }))
    }
}

impl UpdateCitizenInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self, today: NaiveDate) -> Result<UpdateCitizen> {
        let citizen = decode_as(NodeKind::Citizen, &self.id, "id")?;
        let mut problems = Problems::default();
        let name = problems.take("name", self.name.as_deref().map(PersonName::parse).transpose());
        let birth = self.birth.as_deref().map(|text| adult(text, today)).transpose();
        let birth = problems.take("birth", birth);
        let phone = self.phone.as_deref().map(PhoneNumber::parse_or_none).transpose();
        let phone = problems.take("phone", phone);
        let variant = problems.take("variant", self.variant.map(variant).transpose());
        let parsed = name.zip(birth).zip(phone).zip(variant);
        problems.none_or(parsed.map(|(((name, birth), phone), variant)| UpdateCitizen {
            citizen,
            expected_version: self.expected_version,
            name,
            birth,
            phone,
            variant,
        }))
    }
}
