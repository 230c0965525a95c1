//! November to January: the ward's list and the decision, certificates, the other titles, the end of the year and the next.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::factory::{
    YEAR, appoint_account, ask, create_account, create_household, mutate, open_year, register, score,
};
use tests::file::{Book, bytes, pages};
use tests::titles::{decision, items, list, minutes, propose, recognise, words};
use uuid::Uuid;

use super::{DECLINED, FAILING, PASSWORD, REVOKED, Year, desk, registration, sign_in, stands};

/// The phone number that the ward's clerk signs in with.
const CLERK: &str = "0966000112";

/// The numbers of the certificates of a ward.
const CERTIFICATES: &str = "query ($unit: ID!, $year: Int!, $after: String) {
    registrations(unitId: $unit, year: $year, state: RECOGNISED, first: 50, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { certificate { number } } } }";

/// A family's years, as it sees them on its phone.
const HISTORY: &str =
    "query ($id: ID!) { household(id: $id) { history { year state yearsRunning certificateNumber } } }";

/// The families: list, decision, certificates.
pub(super) async fn titles_are_given(year: &Year) {
    year.comes("2026-11-20");
    let (branch, officer) = (year.branch(), &year.officer().client);
    decline(year, &year.on_paper(FAILING), "Chưa đạt 80 điểm").await;
    let mut ids = year.families();
    ids.retain(|id| *id != year.on_paper(FAILING));
    ids.push(year.neighbour().registration.clone());
    let listed = propose(officer, year.ward(), "05/TTr-HKH", &ids).await.ok();
    assert_eq!(words("submitProposal", &listed), vec!["APPLIED"; 159]);
    year.hears(&branch.family.client, &["REGISTRATION_PROPOSED"]).await;
    year.hears(officer, &[]).await;
    assert_eq!(desk(officer, YEAR).await, ["LEARNING_FAMILY WARD_PROPOSED 159"]);
    let paper = json!({"submissionId": listed.text("submitProposal.submission.id")});
    let proposed = names(officer, "submissionPaper", paper, "Danh sách đề nghị").await;
    let mut expected: Vec<String> = year
        .paper
        .iter()
        .chain([&year.late])
        .map(|family| family.name.clone())
        .collect();
    expected.remove(FAILING);
    expected.extend(["Nguyễn Văn Nhà".to_owned(), "Nguyễn Văn Nhà".to_owned()]);
    expected.sort_unstable();
    assert_eq!(proposed, expected);

    decline(year, &year.on_paper(DECLINED), "Vi phạm quy ước của tổ").await;
    ids.retain(|id| *id != year.on_paper(DECLINED));
    let clerk = clerk(year).await;
    let refused = recognise(&clerk, year.ward(), "215/QĐ-UBND", &ids).await;
    assert_eq!(refused.rule(), Some("STEP_UP_NEEDED"));
    ask(&clerk, "stepUp", json!({"input": {"password": PASSWORD}}))
        .await
        .ok();
    let recognised = recognise(&clerk, year.ward(), "215/QĐ-UBND", &ids).await.ok();
    assert_eq!(words("enterRecognition", &recognised), vec!["APPLIED"; 158]);
    year.hears(&branch.family.client, &["REGISTRATION_RECOGNISED"]).await;
    assert!(desk(officer, YEAR).await.is_empty());
    let paper = json!({"decisionId": recognised.text("enterRecognition.decision.id")});
    let declined = &year.paper[DECLINED].name;
    expected.retain(|name| name != declined);
    assert_eq!(
        names(officer, "decisionPaper", paper, "Danh sách công nhận").await,
        expected
    );
    certificates(year, &ids).await;
}

/// The ward's clerk, who has a post of their own and signed in a while ago.
async fn clerk(year: &Year) -> Client {
    let app = &year.world.app;
    let account = create_account(app, "Phan Thị Mực", Some(CLERK), Some(PASSWORD)).await;
    let (tenant, dates) = (year.world.district(0).tenant, ("2026-01-01T00:00:00+07:00", None));
    appoint_account(app, tenant, year.ward(), Role::WardOfficer, account, dates).await;
    let clerk = sign_in(&year.world, CLERK).await;
    app.clock.advance(TimeDelta::minutes(6));
    clerk
}

/// The ward says no, and the branch sees why.
async fn decline(year: &Year, id: &str, reason: &str) {
    let input = json!({"items": [{"id": id}], "reason": reason});
    let declined = mutate(&year.officer().client, "declineRegistrations", input).await.ok();
    assert_eq!(words("declineRegistrations", &declined), ["APPLIED"]);
    let seen = stands(&year.branch().head.client, id).await;
    assert_eq!(seen, ("NOT_RECOGNISED".to_owned(), json!(reason)));
}

/// The names on a list that people sign, in plain order.
async fn names(client: &Client, field: &str, mut paper: Value, sheet: &str) -> Vec<String> {
    paper["format"] = json!("XLSX");
    let answer = ask(client, field, paper).await.ok();
    let mut names = Book::read(&bytes(&answer, field)).column(sheet, "Họ và tên chủ hộ");
    names.sort_unstable();
    names
}

/// Each recognised family has one, numbered without gaps; all are printed at once, and anybody can verify one.
async fn certificates(year: &Year, ids: &[String]) {
    let (officer, family) = (&year.officer().client, &year.branch().family.client);
    let (mut numbers, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = json!({"unit": year.ward(), "year": YEAR, "after": after});
        let answer = officer.run(CERTIFICATES, page).await.ok();
        for node in answer.list("registrations.nodes") {
            numbers.extend(node["certificate"]["number"].as_str().map(str::to_owned));
        }
        after = answer.data("registrations.pageInfo.endCursor").clone();
        if answer.data("registrations.pageInfo.hasNextPage") == false {
            break;
        }
    }
    assert_eq!(numbers.len(), 158);
    let numbers: BTreeSet<String> = numbers.into_iter().collect();
    assert_eq!(numbers, (1..=158).map(|number| format!("{number:04}/2026")).collect());
    let printed = mutate(officer, "printCertificates", json!({ "registrationIds": ids }))
        .await
        .ok();
    assert_eq!(pages(&bytes(&printed, "printCertificates.paper")), 158);
    let (status, page) = verified(year, family, &year.branch().registration).await;
    assert_eq!(status, 200);
    for part in ["Nguyễn Văn Nhà", "215/QĐ-UBND", "có hiệu lực"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// What whoever holds the phone over the QR code reads, without signing in.
async fn verified(year: &Year, owner: &Client, id: &str) -> (u16, String) {
    let url = registration(owner, id).await["certificate"]["verifyUrl"].clone();
    let at = url.as_str().expect("an address").find("/verify/").expect("the page");
    let path = &url.as_str().expect("an address")[at..];
    let reader = year.world.app.anonymous().with_header("accept-language", "vi");
    let (status, _, body) = reader.get(path).await.comparable();
    (status.as_u16(), String::from_utf8(body).expect("text"))
}

/// The citizen, then the school, the clan and the residential group, each with what the ones before have reached.
pub(super) async fn other_titles_follow(year: &Year) {
    year.comes("2026-11-25");
    let (head, family) = (&year.branch().head.client, &year.branch().family.client);
    let citizen = ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2"];
    score(family, &year.citizen, &marks(&citizen, 9.0)).await.ok();
    title(year, "LEARNING_CITIZEN", &year.citizen, "Nguyễn Văn Nhà").await;
    // one of the school's two people
    let school = [
        marks(&["1.1", "1.2"], 15.0),
        marks(&["2.1", "3.1"], 20.0),
        marks(&["3.2"], 10.0),
    ]
    .concat();
    score(head, &year.institution, &school).await.ok();
    assert_eq!(line(head, &year.institution, "2.2").await, json!(10.0));
    // three of the clan's four families: 37.5 of 50 points, rounded down to whole ones as its criteria ask
    let clan = [marks(&["2.1", "2.2"], 15.0), marks(&["3.1", "3.2"], 10.0)].concat();
    let signed = score(family, &year.clan, &clan).await.ok();
    assert_eq!(line(family, &year.clan, "1.1").await, json!(37.0));
    assert_eq!(signed.data("submitScoreSheet.scoreSheet.total"), 87.0);
    title(year, "LEARNING_CLAN", &year.clan, "Dòng họ Nguyễn").await;
    // 157 of the branch's 159 families, and its only clan
    let community = [marks(&["1.1", "1.2"], 15.0), marks(&["3.1"], 20.0)].concat();
    score(head, &year.community, &community).await.ok();
    assert_eq!(line(head, &year.community, "2.1").await, json!(39.0));
    assert_eq!(line(head, &year.community, "2.2").await, json!(10.0));
    title(year, "LEARNING_COMMUNITY", &year.community, "Tổ dân phố số 5").await;
    title(year, "LEARNING_UNIT", &year.institution, "Trường THCS Trưng Vương").await;
}

fn marks(codes: &[&str], points: f64) -> Vec<Value> {
    let mark = |code: &&str| json!({"indicator": code, "points": points});
    codes.iter().map(mark).collect()
}

/// The points of one line of the newest sheet.
async fn line(client: &Client, id: &str, indicator: &str) -> Value {
    let sheet = registration(client, id).await["scoreSheets"][0].clone();
    let lines = sheet["lines"].as_array().expect("lines");
    let found = lines.iter().find(|line| line["indicator"] == indicator);
    found.expect("the line")["points"].clone()
}

/// From marked to recognised, with a certificate for its own name.
async fn title(year: &Year, model: &str, id: &str, holder: &str) {
    let (branch, officer) = (year.branch(), &year.officer().client);
    let ids = vec![id.to_owned()];
    let mut met = minutes(&branch.unit, &ids);
    let mut listed = list(year.ward(), &format!("{model}/TTr"), &ids);
    met["model"] = json!(model);
    listed["model"] = json!(model);
    mutate(&branch.head.client, "enterAssessment", met).await.ok();
    let proposed = mutate(officer, "submitProposal", listed).await.ok();
    assert_eq!(words("submitProposal", &proposed), ["APPLIED"], "{model}");
    let done = recognise(officer, year.ward(), &format!("{model}/QĐ"), &ids).await.ok();
    assert_eq!(words("enterRecognition", &done), ["APPLIED"]);
    assert_eq!(registration(officer, id).await["certificate"]["holderName"], holder);
}

/// A title is taken away by a decision, and the paper on the wall says so to whoever asks it.
pub(super) async fn one_is_taken_away(year: &Year) {
    year.comes("2026-12-02");
    let (head, id) = (&year.branch().head.client, year.on_paper(REVOKED));
    let (_, page) = verified(year, head, &id).await;
    assert!(page.contains("có hiệu lực"), "{page}");
    let mut revoke = decision(year.ward(), "230/QĐ-UBND", std::slice::from_ref(&id));
    revoke["decidedOn"] = json!("2026-12-01");
    revoke["reason"] = json!("Khai không đúng");
    let revoked = mutate(&year.officer().client, "revokeTitles", revoke).await.ok();
    assert_eq!(words("revokeTitles", &revoked), ["APPLIED"]);
    assert_eq!(
        stands(head, &id).await,
        ("REVOKED".to_owned(), json!("Khai không đúng"))
    );
    let (status, page) = verified(year, head, &id).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("đã bị thu hồi") && page.contains("230/QĐ-UBND") && !page.contains("có hiệu lực"),
        "{page}"
    );
}

/// Nothing waits anywhere; the figures say what of what; then the city closes the year, and nothing more is done in it.
pub(super) async fn the_year_is_counted_and_closed(year: &Year) {
    let (world, branch) = (&year.world, year.branch());
    let (head, family, officer) = (&branch.head.client, &branch.family.client, &year.officer().client);
    for client in [
        head,
        family,
        officer,
        &year.neighbour().head.client,
        &year.neighbour().family.client,
    ] {
        assert_eq!(desk(client, YEAR).await, Vec::<String>::new());
    }
    // one failed, one was declined, one was taken away; the district's other ward has two families that only registered
    for (client, recognised, subjects) in [
        (head, 156, 159),
        (officer, 157, 160),
        (&world.district(0).officer.client, 157, 162),
    ] {
        let shown = ask(client, "progress", json!({"year": YEAR})).await.ok();
        let share = shown.data("progress.recognisedShare");
        let expected = (
            &json!(recognised),
            &json!(subjects),
            &json!(recognised * 10_000 / subjects),
        );
        assert_eq!(
            (&share["numerator"], &share["denominator"], &share["basisPoints"]),
            expected
        );
        assert!(
            share["definition"]
                .as_str()
                .is_some_and(|words| words.contains("households known")),
            "{share}"
        );
        let target = shown.data("progress.target");
        let reached = json!({"numerator": recognised, "denominator": subjects, "basisPoints": recognised * 10_000 / subjects,
            "code": "RECOGNISED_OF_SUBJECTS"});
        assert_eq!((&target["basisPoints"], &target["reached"]), (&json!(9000), &reached));
    }
    world.app.assert_counters().await;
    year.comes("2026-12-20");
    mutate(
        &world.officer.client,
        "closeProgrammeYear",
        json!({"year": YEAR, "reason": "Tổng kết xong"}),
    )
    .await
    .ok();
    nothing_more(year).await;
    assert_eq!(stands(family, &branch.registration).await.0, "RECOGNISED");
}

async fn nothing_more(year: &Year) {
    let (branch, officer) = (year.branch(), &year.officer().client);
    let head = &branch.head.client;
    let ids = vec![branch.registration.clone()];
    let reason = json!({"items": items(&ids), "reason": "Muộn rồi"});
    let mut revoke = decision(year.ward(), "300/QĐ-UBND", &ids);
    revoke["reason"] = json!("Muộn rồi");
    let newcomer = json!({"headName": "Hồ Thị Mới", "address": "Số 200, ngõ Huyện"});
    let newcomer = create_household(head, newcomer).await;
    let refusals: [Answer; 6] = [
        register(head, &newcomer, Uuid::new_v4()).await,
        mutate(head, "enterAssessment", minutes(&branch.unit, &ids)).await,
        mutate(
            head,
            "enterComplaint",
            json!({"registrationId": ids[0], "words": "Muộn rồi"}),
        )
        .await,
        propose(officer, year.ward(), "99/TTr", &ids).await,
        recognise(officer, year.ward(), "300/QĐ-UBND", &ids).await,
        mutate(officer, "revokeTitles", revoke).await,
    ];
    for (at, answer) in refusals.iter().enumerate() {
        assert_eq!(answer.rule(), Some("YEAR_CLOSED"), "{at}: {}", answer.json);
    }
    for (client, field, input) in [
        (head, "approveRegistrations", json!({"items": items(&ids)})),
        (head, "undoDecision", json!({"items": items(&ids)})),
        (head, "returnRegistrations", reason.clone()),
        (officer, "declineRegistrations", reason.clone()),
        (officer, "sendBackRegistrations", reason),
    ] {
        let answer = mutate(client, field, input).await.ok();
        assert_eq!(words(field, &answer), ["YEAR_CLOSED"], "{field}");
    }
}

/// January: the branch head registers the whole branch again with one tap, and the families see how long they have been at it.
pub(super) async fn and_begins_again(year: &Year) {
    let branch = year.branch();
    year.comes("2027-01-10");
    open_year(&year.world.officer.client, YEAR + 1).await.ok();
    let clerk = sign_in(&year.world, super::spring::CLERK).await;
    let mut households = vec![branch.household.clone()];
    households.extend(
        year.paper
            .iter()
            .chain([&year.late])
            .map(|family| family.household.clone()),
    );
    let again = json!({"items": items(&households), "year": YEAR + 1});
    let registered = mutate(&clerk, "registerAgain", again).await.ok();
    assert_eq!(words("registerAgain", &registered), vec!["APPLIED"; 159]);
    assert_eq!(
        desk(&branch.head.client, YEAR + 1).await,
        ["LEARNING_FAMILY SUBMITTED 159"]
    );
    let line = |year: i32, state: &str, running: i32, number: Value| json!({"year": year, "state": state, "yearsRunning": running, "certificateNumber": number});
    let answer = branch
        .family
        .client
        .run(HISTORY, json!({"id": branch.household}))
        .await
        .ok();
    let seen = answer.list("household.history");
    let number = seen[1]["certificateNumber"].clone();
    assert!(
        number.as_str().is_some_and(|number| number.ends_with("/2026")),
        "{number}"
    );
    assert_eq!(
        seen,
        [
            line(2027, "SUBMITTED", 0, Value::Null),
            line(2026, "RECOGNISED", 1, number)
        ]
    );
    let revoked = json!({"id": year.paper[REVOKED].household});
    let answer = branch.head.client.run(HISTORY, revoked).await.ok();
    let seen = answer.data("household.history.1");
    assert_eq!((&seen["state"], &seen["yearsRunning"]), (&json!("REVOKED"), &json!(0)));
    year.world.app.assert_counters().await;
}
