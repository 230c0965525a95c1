//! Units as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use entity::id::{TenantId, UnitId};
use entity::scope::View;

use super::store::{self, UnitRow};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, encode};
use crate::loader::Shared;
use crate::page::{Page, Window};

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
}

impl Unit {
    /// A unit as a view sees it.
    pub fn new(row: UnitRow, view: &View) -> Self {
        let view = view.turned_to(Some(row.tenant));
        Self { row, view }
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
    async fn parent(&self) -> Result<Option<Unit>> {
        let parent = store::parent_of(&self.view, &self.row).await?;
        Ok(parent.map(|row| Unit::new(row, &self.view)))
    }

    /// The units right below it, in Vietnamese order of names, numbers by value.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Unit>> {
        let cursors = &ctx.app().cursors;
        let list = format!("children {}", self.row.id);
        let window = Window::<(Vec<u8>, UnitId)>::parse(cursors, list, first, after.as_deref())?;
        let rows = store::children_of(&self.view, &self.row, window.after.as_ref(), window.limit()).await?;
        let key = |row: &UnitRow| (row.sort_key.clone(), row.id);
        window.page(cursors, rows, None, key, |row| Unit::new(row, &self.view))
    }
}

/// The unit a row names, through the request's loader.
///
/// # Errors
/// INTERNAL when it is not there: a foreign key says it is.
pub async fn unit_of(ctx: &Context<'_>, tenant: TenantId, id: UnitId) -> std::result::Result<Unit, Shared> {
    let rows = ctx.rows(Permission::UnitRead, tenant)?;
    let row = rows
        .load_one(id)
        .await?
        .ok_or_else(|| Error::Internal("a unit is missing".to_owned()))?;
    let view = ctx.view_in(Permission::UnitRead, tenant)?;
    Ok(Unit::new(row, &view))
}
