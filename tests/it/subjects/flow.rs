//! How the results of one title count in another: citizens in families and institutions, families in clans and communities,
//! clans in communities.

use serde_json::{Value, json};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, decide, mutate, publish_shipped, score};
use tests::titles::{AUTUMN, decision, list, minutes};

use super::{create, create_citizen, registered};

/// Marks for lines, the same points on each.
fn marks(codes: &[&str], points: f64) -> Vec<Value> {
    codes
        .iter()
        .map(|code| json!({"indicator": code, "points": points}))
        .collect()
}

/// The points of one line of a registration's own sheet, and its total.
async fn computed(client: &Client, registration: &str, line: &str) -> (Value, Value) {
    let seen = ask(client, "registration", json!({"id": registration})).await.ok();
    let sheet = &seen.data("registration.scoreSheets")[0];
    let found = sheet["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .find(|row| row["indicator"] == line);
    (found.expect("the line")["points"].clone(), sheet["total"].clone())
}

/// The rest of the year for registrations that have marked themselves.
async fn to_the_title(world: &World, model: &str, ids: &[String]) {
    let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
    let of_model = |mut input: Value| {
        input["model"] = json!(model);
        input
    };
    mutate(
        &branch.head.client,
        "enterAssessment",
        of_model(minutes(&branch.unit, ids)),
    )
    .await
    .ok();
    mutate(
        &ward.officer.client,
        "submitProposal",
        of_model(list(&ward.unit, model, ids)),
    )
    .await
    .ok();
    let done = mutate(
        &ward.officer.client,
        "enterRecognition",
        decision(&ward.unit, model, ids),
    )
    .await
    .ok();
    for row in done.list("enterRecognition.results") {
        assert_eq!(row["outcome"], "APPLIED", "{row}");
    }
}

/// A family set whose third part is what its citizens have reached.
const FAMILY: &str = "
code: family-citizens
version: 1
model: LEARNING_FAMILY
sample: true
title: {vi: Gia đình học tập, en: Learning family}
decision: {number: 324/QĐ-KHVN, date: 2022-01-01, issuer: {vi: Hội, en: The association}}
validFrom: 2022-01-01
maximum: 100
groups:
  - code: '1'
    title: {vi: Điều kiện, en: Conditions}
    maximum: 60
    indicators:
      - {code: '1.1', text: {vi: Điều kiện học tập, en: Conditions to learn}, maximum: 60}
  - code: '2'
    title: {vi: Công dân học tập, en: Learning citizens}
    maximum: 40
    indicators:
      - {code: '2.1', text: {vi: Người lớn là công dân học tập, en: Adults are learning citizens}, maximum: 40, from: LEARNING_CITIZEN}
pass: {total: 80}
form:
  introduction: {vi: Tự chấm, en: Mark yourself}
  declaration: {vi: Cam đoan, en: We declare}
";

on_both! {
    async fn five_titles_each_counting_in_the_next(kind) {
        let world = World::build(kind).await;
        let (branch, city) = (world.branch(0, 0, 0), &world.officer.client);
        let head = &branch.head.client;
        mutate(city, "publishCriteriaSet", json!({"document": FAMILY})).await.ok();
        for set in ["citizen-pilot", "clan-448-2015", "community-448-2015", "unit-448-2015"] {
            publish_shipped(city, set).await;
        }
        // two adults, of whom one becomes a learning citizen; the child does not count
        let members = json!([{"name": "Nguyễn Văn Nhà", "birth": "1970", "relation": "HEAD"},
            {"name": "Lê Thị Vợ", "birth": "1972", "relation": "SPOUSE"}, {"name": "Nguyễn Thị Con", "birth": "2015", "relation": "CHILD"}]);
        mutate(head, "updateHousehold", json!({"id": branch.household, "expectedVersion": 1, "members": members})).await.ok();
        let school = create(head, "INSTITUTION", "Trường THCS Trưng Vương", json!({"people": 2})).await;
        let clan = create(head, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let community = create(head, "COMMUNITY", "Tổ dân phố số 5", json!({})).await;
        mutate(head, "addClanFamilies", json!({"clanId": clan, "householdIds": [branch.household]})).await.ok();
        let person = create_citizen(head, "Nguyễn Văn Nhà", json!({"householdId": branch.household, "institutionId": school})).await;
        let mut ids = Vec::new();
        for subject in [&person, &school, &clan, &community] {
            ids.push(registered(head, subject).await);
        }
        let [person, school, clan, community] = <[String; 4]>::try_from(ids).expect("four");
        let all = [&branch.registration, &person, &school, &clan, &community].map(String::as_str);
        decide(head, "approveRegistrations", &all).await.ok();
        world.app.clock.set(tests::app::moment(AUTUMN));

        let lines = ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2"];
        score(head, &person, &marks(&lines, 9.0)).await.ok();
        to_the_title(&world, "LEARNING_CITIZEN", std::slice::from_ref(&person)).await;
        // one of two adults: half of the 40 points
        score(head, &branch.registration, &marks(&["1.1"], 60.0)).await.ok();
        assert_eq!(computed(head, &branch.registration, "2.1").await, (json!(20.0), json!(80.0)));
        to_the_title(&world, "LEARNING_FAMILY", std::slice::from_ref(&branch.registration)).await;
        // one of the two people of the school; its only family for the clan
        score(head, &school, &marks(&["1.1", "1.2", "2.1", "3.1", "3.2"], 10.0)).await.ok();
        assert_eq!(computed(head, &school, "2.2").await.0, json!(10.0), "half of the 20 points");
        let clan_marks = [marks(&["2.1", "2.2"], 15.0), marks(&["3.1", "3.2"], 10.0)].concat();
        score(head, &clan, &clan_marks).await.ok();
        assert_eq!(computed(head, &clan, "1.1").await, (json!(50.0), json!(100.0)));
        to_the_title(&world, "LEARNING_CLAN", std::slice::from_ref(&clan)).await;
        // the branch's only family and only clan
        let seen = ask(head, "registration", json!({"id": community})).await.ok();
        assert_eq!(seen.text("registration.criteriaSet.code"), "community-448-2015");
        score(head, &community, &marks(&["1.1", "1.2", "3.1"], 10.0)).await.ok();
        assert_eq!(computed(head, &community, "2.1").await.0, json!(40.0));
        assert_eq!(computed(head, &community, "2.2").await.0, json!(10.0));
        // each certificate bears the name of its own subject
        let seen = ask(head, "registration", json!({"id": clan})).await.ok();
        assert_eq!(seen.text("registration.certificate.holderName"), "Dòng họ Nguyễn");
        let seen = ask(head, "registration", json!({"id": person})).await.ok();
        assert_eq!(seen.text("registration.certificate.holderName"), "Nguyễn Văn Nhà");
        let overview = "query($year: Int!) { cityOverview(year: $year, model: LEARNING_CLAN) { counts { recognised } } }";
        let figures = world.leader.client.run(overview, json!({"year": YEAR})).await.ok();
        assert_eq!(figures.number("cityOverview.counts.recognised"), 1);
        world.app.assert_counters().await;
    }
}
