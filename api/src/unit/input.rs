//! What a new unit is made from.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use entity::id::{TenantId, UnitId};
use entity::value::{Rule, ShortText, UnitName};
use uuid::Uuid;

use super::model::{BranchKind, UnitKind};
use crate::error::{Error, Problem, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::scalar::Date;

/// A new unit.
#[derive(InputObject)]
pub struct CreateUnitInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The unit above: a district goes below the city, a ward below a district, a branch below a ward.
    pub parent_id: ID,
    /// Its level.
    pub kind: UnitKind,
    /// Where the branch works; RESIDENTIAL unless said. Only for branches.
    pub branch_kind: Option<BranchKind>,
    /// Its name, up to 120 characters.
    pub name: String,
    /// Code of the administrative unit, up to 200 characters.
    pub official_code: Option<String>,
    /// First day it exists, in Hanoi, not after today; today unless said.
    pub valid_from: Option<Date>,
}

/// A new unit, parsed.
pub struct CreateUnit {
    /// Association and id of the unit above.
    pub parent: (TenantId, UnitId),
    /// Its level.
    pub kind: entity::vocabulary::UnitKind,
    /// Where the branch works.
    pub branch_kind: Option<entity::vocabulary::BranchKind>,
    /// Its name.
    pub name: UnitName,
    /// Its official code.
    pub official_code: Option<ShortText>,
    /// First day it exists.
    pub valid_from: Option<NaiveDate>,
}

impl CreateUnitInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self, today: NaiveDate) -> Result<CreateUnit> {
        let mut problems = Vec::new();
        let mut note = |path: &str, rule| {
            problems.push(Problem {
                path: path.to_owned(),
                rule,
            });
        };
        let parent = decode_as(NodeKind::Unit, &self.parent_id, "parentId")?;
        let name = UnitName::parse(&self.name).map_err(|rule| note("name", rule)).ok();
        let official_code = self
            .official_code
            .as_deref()
            .map(ShortText::parse)
            .transpose()
            .map_err(|rule| note("officialCode", rule));
        if self.valid_from.is_some_and(|day| day.0 > today) {
            note("validFrom", Rule::DateInFuture);
        }
        let kind: entity::vocabulary::UnitKind = self.kind.into();
        let branch_kind = (kind == entity::vocabulary::UnitKind::Branch).then(|| {
            self.branch_kind
                .map_or(entity::vocabulary::BranchKind::Residential, Into::into)
        });
        match (name, official_code) {
            (Some(name), Ok(official_code)) if problems.is_empty() => Ok(CreateUnit {
                parent,
                kind,
                branch_kind,
                name,
                official_code,
                valid_from: self.valid_from.map(|day| day.0),
            }),
            _ => Err(Error::Invalid(problems)),
        }
    }
}
