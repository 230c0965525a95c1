//! Units as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use entity::id::{TenantId, UnitId};
use entity::scope::View;

use super::store::{Below, Part, UnitRow};
use crate::access::{Access, Permission};
use crate::error::Error;
use crate::global_id::{NodeKind, encode};
use crate::loader::{PostsOf, RootAbove, Shared};
use crate::page::{Page, Window};
use crate::post::HeldPost;

/// The level of a unit.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::UnitKind")]
pub enum UnitKind {
    /// The city.
    City,
    /// Quận, huyện, thị xã: a district's association.
    District,
    /// Phường, xã, thị trấn.
    Ward,
    /// Chi hội khuyến học.
    Branch,
}

/// Where a branch works.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::BranchKind")]
pub enum BranchKind {
    /// A residential group: tổ dân phố, thôn, địa bàn dân cư.
    Residential,
    /// A school.
    School,
    /// A public agency.
    Agency,
    /// An enterprise.
    Enterprise,
    /// Armed forces.
    ArmedForces,
    /// A clan.
    Clan,
}

/// A place in the association's tree: city, district, ward or branch, as it is today.
pub struct Unit {
    row: UnitRow,
    view: View,
    alone: bool,
}

impl Unit {
    /// A unit as a view sees it.
    pub fn new(row: UnitRow, view: &View) -> Self {
        let view = view.turned_to(Some(row.tenant));
        let alone = false;
        Self { row, view, alone }
    }

    /// A unit without those around it: where the post of somebody is, who has not brought the second factor it needs.
    pub fn alone(row: UnitRow, view: &View) -> Self {
        let alone = true;
        Self {
            alone,
            ..Self::new(row, view)
        }
    }

    fn look_around(&self) -> Result<(), Error> {
        if self.alone {
            Err(Error::SecondFactorNeeded)
        } else {
            Ok(())
        }
    }
}

/// A place in the association's tree: city, district, ward or branch, as it is today. Name and code are attributes with
/// dates; only the id stays.
#[Object]
impl Unit {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Unit, self.row.tenant, self.row.id.0)
    }

    /// Its level.
    async fn kind(&self) -> UnitKind {
        self.row.kind.into()
    }

    /// Where the branch works; null for other levels.
    async fn branch_kind(&self) -> Option<BranchKind> {
        self.row.branch_kind.map(Into::into)
    }

    /// Its name today.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Code of the administrative unit today. Codes are given again to other units: never use one as a key.
    async fn official_code(&self) -> Option<&str> {
        self.row.official_code.as_deref()
    }

    /// The unit above it; null at the top of what the viewer sees.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Unit>, Shared> {
        self.look_around()?;
        let units = ctx.units(&self.view);
        let parent = match self.row.parent {
            Some(id) => units.load_one(id).await?,
            None => units.load_one(RootAbove(self.row.tenant)).await?,
        };
        Ok(parent.map(|row| Unit::new(row, &self.view)))
    }

    /// The units right below it, in Vietnamese order of names, numbers by value.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Unit>, Shared> {
        self.look_around()?;
        let cursors = &ctx.app().cursors;
        let list = format!("children {}", self.row.id);
        let window = Window::<(Vec<u8>, UnitId)>::parse(cursors, list, first, after.as_deref())?;
        let part = Part {
            after: window.after.clone(),
            limit: window.limit(),
        };
        let below = Below::new(&self.row, part);
        let rows = ctx.units(&self.view).load_one(below).await?.unwrap_or_default();
        let key = |row: &UnitRow| (row.sort_key.clone(), row.id);
        Ok(window.page(cursors, rows, None, key, |row| Unit::new(row, &self.view))?)
    }

    /// The officers and branch heads in office here now, oldest appointment first; null for those who may not see who
    /// they are. Families are not among them.
    async fn posts(&self, ctx: &Context<'_>) -> Result<Option<Vec<HeldPost>>, Shared> {
        let loader = match ctx.rows(Permission::PostRead, self.row.tenant) {
            Ok(loader) => loader,
            Err(error) if is_unseen(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let rows = loader.load_one(PostsOf(self.row.id)).await?;
        Ok(rows.map(|rows| rows.into_iter().map(HeldPost).collect()))
    }
}

/// Whether an error says that the viewer may not see something, and nothing worse.
fn is_unseen(error: &Error) -> bool {
    matches!(error, Error::Forbidden | Error::NotFound | Error::PostNeeded)
}

/// The unit a row names, through the request's loader.
///
/// # Errors
/// INTERNAL when it is not there: a foreign key says it is.
pub async fn unit_of(ctx: &Context<'_>, tenant: TenantId, id: UnitId) -> Result<Unit, Shared> {
    let view = ctx.view_in(Permission::UnitRead, tenant)?;
    let row = ctx.units(&view).load_one(id).await?;
    let row = row.ok_or_else(|| Error::Internal("a unit is missing".to_owned()))?;
    Ok(Unit::new(row, &view))
}
