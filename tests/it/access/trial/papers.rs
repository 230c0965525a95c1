//! The ways to try the papers that are printed.

use entity::vocabulary::Role;
use khuyenhoc::access::policy::Reach;
use serde_json::json;
use tests::factory::YEAR;

use super::{Try, covers_unit_found, found, on_families, on_units};
use crate::access::place::Place;

/// All ways to try a field whose answer is a paper; none for a field nobody has thought about.
pub(super) fn on_papers(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    // a ward's papers are for those who see all of the ward, and a branch's for those who see all of the branch
    let of_ward = |_: Role, reach: Reach, place: &Place| match reach {
        Reach::Never | Reach::Own | Reach::Branch => found(false),
        Reach::Ward => found(place.in_my_ward()),
        Reach::Tenant => found(place.district == Some(0)),
        Reach::City => found(true),
    };
    let of_branch = move |role: Role, reach: Reach, place: &Place| match reach {
        Reach::Branch => found(place.in_my_branch()),
        _ => of_ward(role, reach, place),
    };
    let wards_and_branches: Vec<Place> = units.iter().filter(|place| place.ward.is_some()).cloned().collect();
    match field {
        "registrationForms" => on_families(families, None, |place| json!({"registrationIds": [place.registration]})),
        "scoreSheetForms" => on_families(
            families,
            None,
            |place| json!({"registrationIds": [place.registration], "blank": true}),
        ),
        "blankForms" | "registrationListPaper" => on_units(
            &wards_and_branches,
            None,
            |place| json!({"unitId": place.unit, "year": YEAR}),
            covers_unit_found,
        ),
        "assessmentPaper" => on_units(
            families,
            None,
            |place| json!({"assessmentId": place.assessment}),
            of_branch,
        ),
        "submissionPaper" => on_units(
            families,
            None,
            |place| json!({"submissionId": place.submission}),
            of_ward,
        ),
        "decisionPaper" => on_units(families, None, |place| json!({"decisionId": place.decision}), of_ward),
        _ => Vec::new(),
    }
}
