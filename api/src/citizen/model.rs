//! Citizens as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::citizen;

use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::collective::Collective;
use crate::criteria::CriteriaVariant;
use crate::global_id::{NodeKind, encode};
use crate::household::Household;
use crate::loader::{RegistrationsOf, Shared};
use crate::registration::Registration;
use crate::unit::{Unit, unit_of};

/// A citizen.
pub struct Citizen(pub citizen::Model);

/// An adult of a household, an institution, or both.
#[Object]
impl Citizen {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Citizen, self.0.tenant_id, self.0.id.0)
    }

    /// Name as it is written.
    pub async fn name(&self) -> String {
        self.0.name.clone()
    }

    /// Birth date as far as it is known: `1958`, `1958-07` or `1958-07-21`.
    async fn birth(&self) -> &str {
        &self.0.birth
    }

    /// Phone number, E.164.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// The form of the criteria they are marked by.
    async fn variant(&self) -> CriteriaVariant {
        self.0.variant.into()
    }

    /// The household they live in; null where there is none, or none the viewer may see.
    async fn household(&self, ctx: &Context<'_>) -> Result<Option<Household>, Shared> {
        let Some(id) = self.0.household_id else {
            return Ok(None);
        };
        let rows = ctx.rows(Permission::HouseholdRead, self.0.tenant_id)?;
        Ok(rows.load_one(id).await?.map(Household))
    }

    /// The institution they work or learn in; null where there is none, or none the viewer may see.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Collective>, Shared> {
        let Some(id) = self.0.institution_id else {
            return Ok(None);
        };
        let rows = ctx.rows(Permission::SubjectRead, self.0.tenant_id)?;
        Ok(rows.load_one(id).await?.map(Collective))
    }

    /// The branch they are registered in: the household's, or the institution's.
    pub async fn branch(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.branch_id).await
    }

    /// That branch's ward.
    pub async fn ward(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.ward_id).await
    }

    /// Their registrations, newest year first.
    pub async fn registrations(&self, ctx: &Context<'_>) -> Result<Vec<Registration>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let registrations = rows.load_one(RegistrationsOf(self.0.id.into())).await?;
        Ok(registrations
            .unwrap_or_default()
            .into_iter()
            .map(Registration)
            .collect())
    }

    /// Raised with every change; send it back as `expectedVersion`.
    pub async fn version(&self) -> i32 {
        self.0.version
    }

    /// When they were entered.
    async fn created_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }
}

/// Why a citizen may be the same person.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CitizenDuplicateReason {
    /// The same name in the same household or institution, whatever the marks and capitals.
    NameAndHome,
    /// The same name and year of birth in the ward.
    NameAndBirth,
}

/// A citizen who may be the same person.
#[derive(SimpleObject)]
pub struct CitizenDuplicate {
    /// Why.
    pub reason: CitizenDuplicateReason,
    /// Them; null when the viewer may not see them.
    pub citizen: Option<Citizen>,
}
