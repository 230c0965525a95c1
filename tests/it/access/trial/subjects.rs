//! The ways to try what is registered for titles beside households.

use serde_json::json;
use tests::factory::YEAR;
use uuid::Uuid;

use super::{Try, YES, covers_unit_found, found, input, on_families, on_units, plain};
use crate::access::place::Place;

/// All ways to try a field about clans, institutions, communities and citizens; none for a field nobody has thought about.
pub(super) fn on_subjects(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    match field {
        "collective" => on_families(families, None, |place| json!({"id": place.clan})),
        "citizen" => on_families(families, None, |place| json!({"id": place.citizen})),
        "collectives" | "citizens" => {
            let mut all = on_units(units, None, |place| json!({"unitId": place.unit}), covers_unit_found);
            all.extend(plain(json!({}), |_, _| YES));
            all
        }
        "createCollective" => {
            let branches: Vec<Place> = units.iter().filter(|place| place.branch.is_some()).cloned().collect();
            let variables = |place: &Place| {
                input(
                    json!({"branchId": place.unit, "kind": "CLAN", "name": Uuid::new_v4(), "headName": "Mai Thị Thử",
                    "address": "Số 1"}),
                )
            };
            on_units(&branches, None, variables, |_, _, place| found(place.in_my_branch()))
        }
        "updateCollective" => on_families(families, None, |place| {
            input(json!({"id": place.clan, "expectedVersion": 1, "address": "Số 1"}))
        }),
        "createCitizen" => on_families(families, None, |place| {
            input(json!({"householdId": place.household, "name": "Mai Thị Thử", "birth": "1970", "variant": "WORKER"}))
        }),
        "updateCitizen" => on_families(families, None, |place| {
            input(json!({"id": place.citizen, "expectedVersion": 1, "birth": "1971"}))
        }),
        "registerSubject" => on_families(families, None, |place| {
            input(json!({"subjectId": place.clan, "year": YEAR}))
        }),
        "countClanFamilies" => on_families(families, None, |place| {
            input(json!({"clanId": place.clan, "year": YEAR}))
        }),
        // a clan is entered by its id wherever it is; what is tried is the family
        "addClanFamilies" | "removeClanFamilies" => {
            let clan = families.first().map(|place| place.clan.clone());
            plain(
                input(
                    json!({"clanId": clan, "householdIds": families.iter().map(|place| &place.household).collect::<Vec<_>>()}),
                ),
                |_, _| YES,
            )
        }
        // one's own clans need no leave, and every other association's may have it
        "grantClanCount" => {
            let one = |place: &Place| {
                let foreign = place.district != Some(0);
                Try {
                    place: place.name.to_owned(),
                    variables: input(json!({"clanId": place.clan})),
                    permission: None,
                    expected: Box::new(move |_, _| found(foreign)),
                }
            };
            families.iter().map(one).collect()
        }
        "revokeClanCount" => plain(
            input(json!({"clanId": families.last().map(|place| &place.clan)})),
            |_, _| YES,
        ),
        _ => Vec::new(),
    }
}
