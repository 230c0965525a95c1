//! Where a post is: a unit that fits its role, or the city that is still to be founded.

use async_graphql::ID;
use entity::id::{TenantId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::{CityScope, Db};
use entity::table::unit;
use entity::value::{Language, UnitName};
use entity::vocabulary::{Role, UnitKind};
use uuid::Uuid;

use crate::access::below::level;
use crate::clock::{Clock, SystemClock};
use crate::command::Failure;
use crate::global_id::{NodeKind, decode_as};

/// The city's name where none is said.
const CITY: &str = "Thành phố Hà Nội";

/// Where a post is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a unit that is there.
    Unit(TenantId, UnitId),
    /// In the city, which is to be founded under this name.
    NewCity(UnitName),
}

/// Finds the place of a post.
///
/// # Errors
/// There is no such unit, it is of the wrong level, or there is no city yet and this is not its first officer.
pub(super) async fn find(db: &Db, role: Role, wanted: Option<&str>, name: Option<&str>) -> Result<Place, Failure> {
    let city = db.city().await?;
    if name.is_some() && city.is_some() {
        return Err(Failure::new("there is a city association already; leave --city out"));
    }
    let Some(city) = city else {
        if role != Role::CityOfficer || wanted.is_some() {
            return Err(Failure::new(
                "there is no city association yet; make its first officer with --role CITY_OFFICER and without --unit",
            ));
        }
        let name = UnitName::parse(name.unwrap_or(CITY));
        return name
            .map(Place::NewCity)
            .map_err(|rule| Failure::new(format!("--city: {}", rule.message(Language::En))));
    };
    match wanted {
        Some(wanted) => known(db, role, wanted).await,
        None if level(role) == UnitKind::City => Ok(Place::Unit(city.id, city.root_unit_id)),
        None => Err(Failure::new(format!(
            "say by --unit which {} the {} is for",
            level(role).as_str(),
            role.as_str()
        ))),
    }
}

/// A unit's id as the operator writes it.
///
/// # Errors
/// It is no such id.
pub(super) fn unit_id(wanted: &str) -> Result<UnitId, Failure> {
    match Uuid::try_parse(wanted) {
        Ok(uuid) => Ok(uuid.into()),
        Err(_) => decode_as(NodeKind::Unit, &ID(wanted.to_owned()), "unit")
            .map(|(_, id)| id)
            .map_err(|_| Failure::new("--unit: neither the id of a unit in the API nor a UUID")),
    }
}

async fn known(db: &Db, role: Role, wanted: &str) -> Result<Place, Failure> {
    let id = unit_id(wanted)?;
    let units = CityScope::grant(db, SystemClock.now());
    let found = units
        .find::<unit::Entity>()
        .filter(unit::Column::Id.eq(id))
        .one()
        .await?;
    let found = found.ok_or_else(|| Failure::new(format!("--unit: there is no unit {wanted}")))?;
    if found.kind != level(role) {
        return Err(Failure::new(format!(
            "--unit: this is a {}, but a {} belongs to a {}",
            found.kind.as_str(),
            role.as_str(),
            level(role).as_str()
        )));
    }
    Ok(Place::Unit(found.tenant_id, found.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_level() {
        let levels: Vec<_> = Role::ALL.iter().map(|role| level(*role).as_str()).collect();
        assert_eq!(levels, ["BRANCH", "BRANCH", "WARD", "DISTRICT", "CITY", "CITY"]);
    }
}
