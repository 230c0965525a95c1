//! The ways to try the later steps of a registration.

use entity::vocabulary::Role;
use khuyenhoc::access::policy::Reach;
use serde_json::json;
use tests::factory::YEAR;

use super::{Try, YES, covers_unit, covers_unit_found, found, input, on_families, on_units, plain};
use crate::access::place::Place;

/// All ways to try a field about the later steps of a registration; none for a field nobody has thought about.
pub(super) fn on_titles(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    let somebody = families.first().map(|place| &place.registration);
    let items = json!([{ "id": somebody }]);
    let of_ward = |_: Role, _: Reach, place: &Place| found(place.in_my_ward() && place.branch.is_none());
    match field {
        "assessments" => on_units(
            units,
            None,
            |place| json!({"unitId": place.unit, "year": YEAR}),
            covers_unit_found,
        ),
        "submissions" | "decisions" => on_units(
            units,
            None,
            |place| json!({"unitId": place.unit, "year": YEAR}),
            |_, reach, place| found(covers_unit(reach, place) && place.branch.is_none()),
        ),
        "complaints" => {
            let mut all = on_units(units, None, |place| json!({"unitId": place.unit}), covers_unit_found);
            all.extend(plain(json!({}), |_, _| YES));
            all
        }
        "enterAssessment" => on_units(
            units,
            None,
            |place| {
                input(
                    json!({"branchId": place.unit, "year": YEAR, "heldOn": "2026-03-01", "place": "Nhà văn hoá",
                    "chairName": "Vũ Thị Chi", "secretaryName": "Lê Văn Ghi", "present": 40,
                    "items": [{"registrationId": somebody, "votesFor": 40, "votesAgainst": 0}]}),
                )
            },
            |_, _, place| found(place.in_my_branch()),
        ),
        "submitProposal" => on_units(
            units,
            None,
            |place| {
                input(
                    json!({"wardId": place.unit, "year": YEAR, "number": "1", "submittedOn": "2026-03-01",
                    "signerName": "Đỗ Văn Phường", "signerTitle": "Chủ tịch Hội", "items": items}),
                )
            },
            of_ward,
        ),
        "printCertificates" => on_families(families, None, |place| {
            input(json!({"registrationIds": [place.registration]}))
        }),
        "enterRecognition" | "revokeTitles" => {
            let variables = |place: &Place| {
                let mut fields = json!({"wardId": place.unit, "year": YEAR, "number": "1", "decidedOn": "2026-03-01",
                    "authority": "UBND phường", "signerName": "Trịnh Văn Ký", "signerTitle": "Chủ tịch", "items": items});
                if field == "revokeTitles" {
                    fields["reason"] = json!("Thử");
                }
                input(fields)
            };
            on_units(units, None, variables, of_ward)
        }
        "addToProposal" => on_families(families, None, |place| {
            input(json!({"submissionId": place.submission, "items": [{"id": place.registration}]}))
        }),
        "addToRecognition" => on_families(families, None, |place| {
            input(json!({"decisionId": place.decision, "items": [{"id": place.registration}]}))
        }),
        "undoDecision" => on_families(families, None, |place| {
            input(json!({"items": [{"id": place.registration}]}))
        }),
        "sendBackRegistrations" | "declineRegistrations" => on_families(families, None, |place| {
            input(json!({"items": [{"id": place.registration}], "reason": "Thử"}))
        }),
        "enterComplaint" => on_families(families, None, |place| {
            input(json!({"registrationId": place.registration, "words": "Chưa đúng"}))
        }),
        "answerComplaint" => on_families(families, None, |place| {
            input(json!({"complaintId": place.complaint, "upheld": false, "answer": "Đúng", "expectedState": "OPEN"}))
        }),
        _ => Vec::new(),
    }
}
