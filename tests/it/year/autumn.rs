//! November: families mark themselves, the branches meet, somebody complains, and the ward sends one back.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::client::Client;
use tests::factory::{YEAR, family_marks, mutate, score};
use tests::titles::{assess, items, minutes, propose, words};

use super::{CHILDLESS, FAILING, SENT_BACK, Year, desk, registration, stands};

/// From approved to assessed.
pub(super) async fn everybody_marks_and_meets(year: &Year) {
    year.comes("2026-11-14");
    families_mark_themselves(year).await;
    the_branches_meet(year).await;
    one_complains_and_one_is_sent_back(year).await;
}

/// What a family on paper writes on its sheet.
fn marks_of(place: usize) -> Vec<Value> {
    match place {
        CHILDLESS => {
            let mut marks = family_marks(8.0);
            for mark in &mut marks[..4] {
                *mark = json!({"indicator": mark["indicator"], "notApplicable": true});
            }
            marks
        }
        FAILING => family_marks(7.0),
        _ => family_marks(10.0),
    }
}

/// The newest sheet of a registration as somebody sees it.
async fn sheet(client: &Client, id: &str) -> Value {
    registration(client, id).await["scoreSheets"][0].clone()
}

async fn families_mark_themselves(year: &Year) {
    let (branch, next) = (year.branch(), year.neighbour());
    let head = &branch.head.client;
    assert!(desk(head, YEAR).await.is_empty(), "it is the families' turn");
    let waiting = ["CITIZEN", "CLAN", "FAMILY"].map(|title| format!("LEARNING_{title} APPROVED 1"));
    assert_eq!(desk(&branch.family.client, YEAR).await, waiting);
    for own in [branch, next] {
        let signed = score(&own.family.client, &own.registration, &family_marks(9.0))
            .await
            .ok();
        assert_eq!(signed.text("submitScoreSheet.registration.state"), "SELF_SCORED");
    }
    let paper: Vec<(usize, &str)> = year
        .paper
        .iter()
        .map(|family| family.registration.as_str())
        .enumerate()
        .collect();
    for some in paper.chunks(8) {
        let signing = some
            .iter()
            .map(|(place, id)| async move { score(head, id, &marks_of(*place)).await.ok() });
        join_all(signing).await;
    }
    score(head, &year.late.registration, &family_marks(10.0)).await.ok();

    // 48 of the 60 points that are left
    let childless = sheet(head, &year.on_paper(CHILDLESS)).await;
    assert_eq!(
        (&childless["total"], &childless["passes"]),
        (&json!(80.0), &json!(true))
    );
    assert_eq!(childless["lines"][0]["notApplicable"], true);
    let vietnamese = head.with_header("accept-language", "vi");
    let failing = sheet(&vietnamese, &year.on_paper(FAILING)).await;
    let short = json!({"kind": "TOTAL", "indicator": null, "reached": 70.0, "needed": 80.0,
        "message": "Tổng điểm 70, cần ít nhất 80 điểm."});
    assert_eq!(
        (&failing["passes"], &failing["shortfalls"]),
        (&json!(false), &json!([short]))
    );
    year.hears(head, &["WAITING_FOR_MEETING"]).await;
    assert_eq!(desk(head, YEAR).await, ["LEARNING_FAMILY SELF_SCORED 159"]);
}

async fn the_branches_meet(year: &Year) {
    let posted = json!("2026-11-17");
    let all = year.families();
    let met = assess(year.branch(), &all, posted.clone()).await.ok();
    assert_eq!(words("enterAssessment", &met), vec!["APPLIED"; 159]);
    let next = year.neighbour();
    assess(next, std::slice::from_ref(&next.registration), posted)
        .await
        .ok();
    let seen = registration(&year.branch().family.client, &all[0]).await;
    let expected =
        json!({"heldOn": "2026-11-14", "present": 40, "votesFor": 40, "votesAgainst": 0, "postedUntil": "2026-11-17"});
    assert_eq!(
        (&seen["state"], &seen["assessment"]),
        (&json!("BRANCH_ASSESSED"), &expected)
    );
    year.hears(&year.branch().family.client, &["REGISTRATION_ASSESSED"])
        .await;
    let officer = &year.officer().client;
    year.hears(officer, &["WAITING_FOR_LIST 160"]).await;
    assert_eq!(desk(officer, YEAR).await, ["LEARNING_FAMILY BRANCH_ASSESSED 160"]);
}

async fn one_complains_and_one_is_sent_back(year: &Year) {
    let branch = year.branch();
    let (head, family, officer) = (&branch.head.client, &branch.family.client, &year.officer().client);
    let (complained, sent_back) = (branch.registration.clone(), year.on_paper(SENT_BACK));
    year.comes("2026-11-15");
    let early = propose(officer, year.ward(), "1", std::slice::from_ref(&complained))
        .await
        .ok();
    assert_eq!(words("submitProposal", &early), ["POSTING_RUNS"]);
    let complaint = json!({"registrationId": complained, "words": "Chấm cao quá", "complainantName": "Hàng Thị Xóm"});
    let entered = mutate(head, "enterComplaint", complaint).await.ok();
    year.hears(family, &["COMPLAINT_ENTERED"]).await;
    year.hears(officer, &["COMPLAINTS_WAITING"]).await;
    assert_eq!(
        desk(officer, YEAR).await,
        ["COMPLAINTS 1", "LEARNING_FAMILY BRANCH_ASSESSED 160"]
    );
    let answer = json!({"complaintId": entered.text("enterComplaint.complaint.id"), "upheld": true,
        "answer": "Chi hội họp lại", "expectedState": "OPEN"});
    mutate(officer, "answerComplaint", answer).await.ok();
    assert_eq!(
        stands(family, &complained).await,
        ("SELF_SCORED".to_owned(), json!("Chi hội họp lại"))
    );
    year.hears(family, &["COMPLAINT_ANSWERED"]).await;
    let back = json!({"items": items(std::slice::from_ref(&sent_back)), "reason": "Thiếu chữ ký của thư ký"});
    mutate(officer, "sendBackRegistrations", back).await.ok();
    assert_eq!(
        stands(head, &sent_back).await,
        ("SELF_SCORED".to_owned(), json!("Thiếu chữ ký của thư ký"))
    );
    year.hears(head, &["SENT_BACK_TO_BRANCH 2"]).await;
    assert_eq!(desk(head, YEAR).await, ["LEARNING_FAMILY SELF_SCORED 2"]);

    // the branch meets again, and marks the family a little lower
    let mut again = minutes(&branch.unit, &[complained.clone(), sent_back]);
    again["heldOn"] = json!("2026-11-15");
    again["postedUntil"] = json!("2026-11-18");
    again["items"][0]["marks"] = json!([{"indicator": "1.1", "points": 7}]);
    let met = mutate(head, "enterAssessment", again).await.ok();
    assert_eq!(words("enterAssessment", &met), ["APPLIED", "APPLIED"]);
    let sheets = registration(family, &complained).await["scoreSheets"].clone();
    let of_meetings = sheets
        .as_array()
        .expect("sheets")
        .iter()
        .filter(|sheet| sheet["kind"] == "BRANCH");
    let mut totals: Vec<f64> = of_meetings.filter_map(|sheet| sheet["total"].as_f64()).collect();
    totals.sort_by(f64::total_cmp);
    assert_eq!(totals, [88.0, 90.0]);
    assert!(desk(head, YEAR).await.is_empty());
    assert_eq!(desk(officer, YEAR).await, ["LEARNING_FAMILY BRANCH_ASSESSED 160"]);
    year.world.app.assert_counters().await;
}
