//! Clans, institutions and communities as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::collective;
use entity::vocabulary::SubjectKind;

use crate::access::{Access, Permission};
use crate::clan::{self, ClanFigures};
use crate::clock::HANOI;
use crate::criteria::CriteriaVariant;
use crate::error;
use crate::global_id::{NodeKind, encode};
use crate::household::Household;
use crate::loader::{RegistrationsOf, Shared};
use crate::page::Page;
use crate::registration::Registration;
use crate::unit::{Unit, unit_of};

/// Which kind of collective.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum CollectiveKind {
    /// Dòng họ: families of one descent. Registered for LEARNING_CLAN.
    Clan,
    /// A school, agency or enterprise. Registered for LEARNING_UNIT.
    Institution,
    /// A residential group. Registered for LEARNING_COMMUNITY.
    Community,
}

impl From<CollectiveKind> for SubjectKind {
    fn from(kind: CollectiveKind) -> Self {
        match kind {
            CollectiveKind::Clan => Self::Clan,
            CollectiveKind::Institution => Self::Institution,
            CollectiveKind::Community => Self::Community,
        }
    }
}

/// A clan, institution or community.
pub struct Collective(pub collective::Model);

/// A clan, institution or community, belonging to a branch.
#[Object]
impl Collective {
    /// Global id. That of a clan is given to its families, also in other associations, so that they can be entered into it.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Collective, self.0.tenant_id, self.0.id.0)
    }

    /// Which of the three it is.
    async fn kind(&self) -> CollectiveKind {
        match self.0.kind {
            SubjectKind::Clan => CollectiveKind::Clan,
            SubjectKind::Institution => CollectiveKind::Institution,
            SubjectKind::Household | SubjectKind::Community | SubjectKind::Citizen => CollectiveKind::Community,
        }
    }

    /// Its name.
    pub async fn name(&self) -> String {
        self.0.name.clone()
    }

    /// Who heads it.
    async fn head_name(&self) -> &str {
        &self.0.head_name
    }

    /// The head's phone number, E.164.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Address inside the ward.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// Of an institution: under whose management it is, WARD_MANAGED or STATE_MANAGED; its criteria depend on it.
    async fn variant(&self) -> Option<CriteriaVariant> {
        self.0.variant.map(CriteriaVariant::from)
    }

    /// Of an institution: how many people work or learn there.
    async fn people(&self) -> Option<i32> {
        self.0.people
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
        let registrations = rows.load_one(RegistrationsOf(self.0.id.into())).await?;
        Ok(registrations
            .unwrap_or_default()
            .into_iter()
            .map(Registration)
            .collect())
    }

    /// Of a clan: its families in this association that the viewer may see; null for others.
    async fn families(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<error::Result<Page<Household>>> {
        if self.0.kind != SubjectKind::Clan {
            return None;
        }
        Some(clan::families(ctx, &self.0, first, after).await)
    }

    /// Of a clan: how many families it has and how many of them are recognised in a year; null for others.
    async fn family_figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
    ) -> Option<error::Result<ClanFigures>> {
        if self.0.kind != SubjectKind::Clan {
            return None;
        }
        Some(clan::figures(ctx, &self.0, year).await)
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

/// Why a collective may be the same.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CollectiveDuplicateReason {
    /// One of the same kind and name in the ward, whatever the marks and capitals.
    NameInWard,
    /// One of the same kind whose head has the same phone number.
    Phone,
}

/// A clan, institution or community that may be the same.
#[derive(SimpleObject)]
pub struct CollectiveDuplicate {
    /// Why.
    pub reason: CollectiveDuplicateReason,
    /// It; null when the viewer may not see it.
    pub collective: Option<Collective>,
}
