//! Households as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::{household, household_member};

use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::loader::{HistoryOf, MembersOf, RegistrationsOf, Shared};
use crate::registration::{Registration, TitleYear};
use crate::unit::{Unit, unit_of};

/// A member's relation to the head of the household.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[graphql(remote = "entity::vocabulary::Relation")]
pub enum Relation {
    /// The head of the household.
    Head,
    /// Husband or wife.
    Spouse,
    /// Son or daughter.
    Child,
    /// Father or mother, also by marriage.
    Parent,
    /// Grandchild.
    Grandchild,
    /// Any other.
    Other,
}

/// A person of a household.
#[derive(SimpleObject)]
pub struct Member {
    /// Name as it is written.
    pub name: String,
    /// Birth date as far as it is known: `1958`, `1958-07` or `1958-07-21`.
    pub birth: Option<String>,
    /// Relation to the head.
    pub relation: Relation,
}

impl From<household_member::Model> for Member {
    fn from(row: household_member::Model) -> Self {
        Self {
            name: row.name,
            birth: row.birth,
            relation: row.relation.into(),
        }
    }
}

/// A family.
pub struct Household(pub household::Model);

/// A family, belonging to a branch.
#[Object]
impl Household {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Household, self.0.tenant_id, self.0.id.0)
    }

    /// Its name, as papers show it: that of its head.
    pub async fn name(&self) -> String {
        self.0.head_name.clone()
    }

    /// Name of the head of the household.
    async fn head_name(&self) -> &str {
        &self.0.head_name
    }

    /// Phone number, E.164; families share them.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Address inside the ward.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// The people of the household, in the order of the form.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>, Shared> {
        let rows = ctx.rows(Permission::HouseholdRead, self.0.tenant_id)?;
        let members = rows.load_one(MembersOf(self.0.id)).await?.unwrap_or_default();
        Ok(members.into_iter().map(Member::from).collect())
    }

    /// Its branch.
    pub async fn branch(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.branch_id).await
    }

    /// Its branch's ward.
    pub async fn ward(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.ward_id).await
    }

    /// Its registrations, newest year first.
    pub async fn registrations(&self, ctx: &Context<'_>) -> Result<Vec<Registration>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let registrations = rows
            .load_one(RegistrationsOf(self.0.id.into()))
            .await?
            .unwrap_or_default();
        Ok(registrations.into_iter().map(Registration).collect())
    }

    /// Its titles over the years, newest first, also those it was registered for in another branch. Drafts and what was taken
    /// back are left out.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<TitleYear>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let history = rows.load_one(HistoryOf(self.0.id.into())).await?;
        Ok(history.map_or_else(Vec::new, |years| years.to_vec()))
    }

    /// Raised with every change; send it back as `expectedVersion`.
    pub async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }
}

/// Why a household may be the same family.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DuplicateReason {
    /// The same phone number.
    Phone,
    /// The same name and address in the ward, whatever the marks and capitals.
    NameAndAddress,
}

/// A household that may be the same family.
#[derive(SimpleObject)]
pub struct DuplicateCandidate {
    /// Why.
    pub reason: DuplicateReason,
    /// The household; null when the viewer may not see it, as for a family's phone.
    pub household: Option<Household>,
}
