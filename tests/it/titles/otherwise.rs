//! What a meeting or a ward marks otherwise than the sheet before it, and what follows from that.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, family_marks, mutate, publish_shipped, score};
use tests::titles::{AUTUMN, assess, decision, list, minutes, propose, recognise, self_score, words};

use super::registration;

/// One line, marked otherwise.
fn line(indicator: &str, points: f64) -> Value {
    json!([{"indicator": indicator, "points": points}])
}

/// The newest sheet that somebody sees.
async fn newest(client: &Client, id: &str) -> Value {
    registration(client, id).await["scoreSheets"]
        .as_array()
        .and_then(|sheets| sheets.last())
        .cloned()
        .expect("a sheet")
}

fn stands(sheet: &Value) -> Value {
    json!([sheet["kind"], sheet["round"], sheet["total"], sheet["passes"]])
}

/// The first family, assessed by its branch with all lines at their most.
async fn assessed(kind: Kind) -> (World, Vec<String>) {
    let world = World::build(kind).await;
    let branch = world.branch(0, 0, 0);
    let ids = vec![branch.registration.clone()];
    mutate(
        &branch.head.client,
        "approveRegistrations",
        json!({"items": [{"id": ids[0]}]}),
    )
    .await
    .ok();
    world.app.clock.set(moment(AUTUMN));
    self_score(&world, &branch.head, &ids).await;
    assess(branch, &ids, Value::Null).await.ok();
    (world, ids)
}

on_both! {
    async fn a_meeting_signs_its_own_sheet_with_what_it_marks_otherwise(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, family) = (&branch.head.client, &branch.family.client);
        let ids = vec![branch.registration.clone()];
        mutate(head, "approveRegistrations", json!({"items": [{"id": ids[0]}]})).await.ok();
        world.app.clock.set(moment(AUTUMN));
        publish_shipped(&world.officer.client, "family-448-2015").await;
        score(family, &ids[0], &family_marks(9.0)).await.ok();
        let mut met = minutes(&branch.unit, &ids);
        for (marks, rule) in [(line("9.9", 1.0), "NOT_AN_INDICATOR"), (line("2.2", 11.0), "ABOVE_MAXIMUM")] {
            met["items"][0]["marks"] = marks;
            let refused = mutate(head, "enterAssessment", met.clone()).await;
            let (path, told) = refused.problems().remove(0);
            assert!(path.starts_with("items.0.marks.0"), "{path}");
            assert_eq!(told, rule);
        }
        met["items"][0]["marks"] = line("2.2", 4.0);
        mutate(head, "enterAssessment", met).await.ok();
        let sheet = newest(family, &ids[0]).await;
        assert_eq!(stands(&sheet), json!(["BRANCH", 1, 85.0, true]));
        assert_eq!((&sheet["actorRole"], &sheet["channel"]), (&json!("BRANCH_HEAD"), &json!("PAPER")));
        assert!(!sheet["signedAt"].is_null());

        // a second meeting begins with what the family signed, in the next round
        let back = json!({"items": [{"id": ids[0]}], "reason": "Bổ sung minh chứng"});
        mutate(&ward.officer.client, "sendBackRegistrations", back).await.ok();
        assess(branch, &ids, Value::Null).await.ok();
        assert_eq!(stands(&newest(family, &ids[0]).await), json!(["BRANCH", 2, 90.0, true]));
    }

    async fn a_ward_signs_a_sheet_for_each_of_its_list(kind) {
        let (world, ids) = assessed(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let mut listed = list(&ward.unit, "05/TTr-HKH", &ids);
        listed["items"][0]["marks"] = line("9.9", 1.0);
        let refused = mutate(officer, "submitProposal", listed.clone()).await;
        assert_eq!(refused.problems(), [("items.0.marks.0".to_owned(), "NOT_AN_INDICATOR".to_owned())]);
        assert_eq!(registration(officer, &ids[0]).await["state"], "BRANCH_ASSESSED");

        listed["items"][0]["marks"] = line("2.2", 5.0);
        let done = mutate(officer, "submitProposal", listed).await.ok();
        assert_eq!(words("submitProposal", &done), ["APPLIED"]);
        for client in [officer, &branch.head.client, &branch.family.client] {
            let sheet = newest(client, &ids[0]).await;
            assert_eq!(stands(&sheet), json!(["WARD", 1, 95.0, true]));
            assert_eq!(sheet["actorRole"], "WARD_OFFICER");
        }
        let form = json!({"registrationIds": ids, "kind": "WARD", "format": "XLSX"});
        tests::factory::ask(officer, "scoreSheetForms", form).await.ok();

        // what comes back is marked by the ward anew, from the meeting's sheet
        let back = json!({"items": [{"id": ids[0]}], "reason": "Xem lại"});
        mutate(officer, "sendBackRegistrations", back).await.ok();
        propose(officer, &ward.unit, "06/TTr-HKH", &ids).await.ok();
        assert_eq!(stands(&newest(officer, &ids[0]).await), json!(["WARD", 2, 100.0, true]));
        let recognised = recognise(officer, &ward.unit, "123/QĐ-UBND", &ids).await.ok();
        assert_eq!(words("enterRecognition", &recognised), ["APPLIED"]);
    }

    async fn nothing_goes_on_a_list_that_does_not_pass_by_the_wards_sheet(kind) {
        let (world, ids) = assessed(kind).await;
        let ward = world.ward(0, 0);
        let officer = &ward.officer.client;
        let mut listed = list(&ward.unit, "05/TTr-HKH", &ids);
        let lower = ["1.1", "1.2", "1.3"].map(|indicator| json!({"indicator": indicator, "points": 0.0}));
        listed["items"][0]["marks"] = json!(lower);
        let refused = mutate(officer, "submitProposal", listed).await.ok();
        assert_eq!(words("submitProposal", &refused), ["DOES_NOT_PASS"]);
        assert!(refused.data("submitProposal.submission").is_null());
        assert_eq!(registration(officer, &ids[0]).await["state"], "BRANCH_ASSESSED");
        assert_eq!(stands(&newest(officer, &ids[0]).await), json!(["BRANCH", 1, 100.0, true]), "nothing is kept");
        // the number is still free, and the ward may think better of it
        propose(officer, &ward.unit, "05/TTr-HKH", &ids).await.ok();
        let decided = mutate(officer, "enterRecognition", decision(&ward.unit, "1/QĐ", &ids)).await.ok();
        assert_eq!(words("enterRecognition", &decided), ["APPLIED"]);
        world.app.assert_counters().await;
    }
}
