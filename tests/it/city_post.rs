//! Posts of the city end, and go over, by two officers; the city keeps one.

use entity::vocabulary::Role;
use khuyenhoc::clock::Clock as _;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, appoint_account, ask, create_account, mutate};

const PASSWORD: &str = "một hai ba bốn năm sáu";
const FROM: &str = "2026-01-01T00:00:00+07:00";

/// An officer of the city who can sign in.
async fn officer(world: &World, phone: &str, until: Option<&str>) -> Person {
    let account = create_account(&world.app, "Tống Thị Hai", Some(phone), Some(PASSWORD)).await;
    appoint_account(
        &world.app,
        world.city,
        &world.unit,
        Role::CityOfficer,
        account,
        (FROM, until),
    )
    .await
}

async fn end(by: &Person, whose: &Person) -> Answer {
    mutate(
        &by.client,
        "endPost",
        json!({"postId": whose.post_id, "reason": "Nghỉ hưu"}),
    )
    .await
}

/// Proposes an end; the proposal.
async fn proposed(by: &Person, whose: &Person) -> String {
    let answer = end(by, whose).await.ok();
    assert_eq!(answer.data("endPost.post"), &Value::Null);
    assert_eq!(answer.text("endPost.proposal.kind"), "END");
    assert_eq!(answer.text("endPost.proposal.endsPostId"), whose.post_id);
    answer.text("endPost.proposal.id")
}

async fn decide(field: &str, by: &Person, id: &str) -> Answer {
    mutate(&by.client, field, json!({ "proposalId": id })).await
}

async fn role_of(client: &Client) -> Value {
    let answer = ask(client, "viewer", json!({})).await.ok();
    answer.data("viewer.actingPost.role").clone()
}

async fn counted(app: &TestApp, what: &str) -> String {
    let rows = app.database.sql(&format!("SELECT COUNT(*) FROM {what}")).await;
    rows[0][0].clone().expect("a count")
}

on_both! {
    async fn one_proposes_an_end_and_another_confirms_it(kind) {
        let world = World::build(kind).await;
        let (one, two) = (officer(&world, "0977000101", None).await, officer(&world, "0977000102", None).await);
        let going = officer(&world, "0977000103", None).await;
        let id = proposed(&one, &going).await;
        // nothing has happened yet
        assert_eq!(role_of(&going.client).await, "CITY_OFFICER");
        assert_eq!(counted(&world.app, "security_event WHERE kind = 'POST_END_PROPOSED'").await, "1");
        assert_eq!(decide("confirmPost", &one, &id).await.rule(), Some("OWN_PROPOSAL"));
        // whoever is to go does not stop it
        assert_eq!(decide("refusePost", &going, &id).await.rule(), Some("OWN_POST"));
        for outsider in [&world.leader, &world.district(0).officer, &world.ward(1, 0).officer] {
            assert_eq!(decide("confirmPost", outsider, &id).await.code(), Some("FORBIDDEN"));
        }
        let listed = ask(&two.client, "postProposals", json!({})).await.ok();
        assert_eq!(listed.text("postProposals.0.endingReason"), "Nghỉ hưu");
        assert_eq!(listed.text("postProposals.0.holderName"), "Tống Thị Hai");
        let done = decide("confirmPost", &two, &id).await.ok();
        assert_eq!(done.text("confirmPost.post.id"), going.post_id);
        assert_eq!(role_of(&going.client).await, Value::Null);
        assert_eq!(decide("confirmPost", &two, &id).await.rule(), Some("PROPOSAL_CLOSED"));
        assert_eq!(counted(&world.app, "security_event WHERE kind = 'POST_ENDED'").await, "1");
        assert_eq!(counted(&world.app, "notice WHERE kind = 'POST_ENDED'").await, "1");
        // refused by another it does not happen; a leader's post ends the same way
        let id = proposed(&one, &two).await;
        decide("refusePost", &world.officer, &id).await.ok();
        assert_eq!(role_of(&two.client).await, "CITY_OFFICER");
        let id = proposed(&one, &world.leader).await;
        decide("confirmPost", &two, &id).await.ok();
        assert_eq!(role_of(&world.leader.client).await, Value::Null);
        // nor does one propose one's own end, or an officer of a district the city's
        assert_eq!(end(&one, &one).await.rule(), Some("OWN_POST"));
        assert_eq!(end(&world.district(0).officer, &one).await.code(), Some("NOT_FOUND"));
        assert_eq!(end(&world.leader, &one).await.code(), Some("FORBIDDEN"));
    }

    async fn of_two_the_one_who_goes_agrees(kind) {
        let world = World::build(kind).await;
        let (one, two) = (officer(&world, "0977000101", None).await, officer(&world, "0977000102", None).await);
        let id = proposed(&one, &two).await;
        decide("confirmPost", &two, &id).await.ok();
        assert_eq!(role_of(&two.client).await, Value::Null);
    }

    async fn the_last_one_stays(kind) {
        let world = World::build(kind).await;
        let now = world.app.clock.now();
        // the one that proposes is an officer for this year, or cannot sign in any more by the time of the end
        let short = officer(&world, "0977000101", Some("2026-12-31T00:00:00+07:00")).await;
        let last = officer(&world, "0977000102", None).await;
        let id = proposed(&short, &last).await;
        assert_eq!(decide("confirmPost", &last, &id).await.rule(), Some("LAST_CITY_OFFICER"));
        // one without a password, as the city's first officer is here, cannot do the work
        assert_eq!(decide("confirmPost", &world.officer, &id).await.rule(), Some("LAST_CITY_OFFICER"));
        assert_eq!(role_of(&last.client).await, "CITY_OFFICER");
        // nor is the post handed to somebody new
        let successor = json!({"newAccount": {"name": "Lưu Thị Mới", "phone": "0977111222"}});
        let input = json!({"postId": last.post_id, "successor": successor, "from": "2026-06-01T00:00:00+07:00", "decisionNumber": "8"});
        let given = mutate(&short.client, "handOverPost", input).await.ok();
        let id = given.text("handOverPost.proposal.id");
        assert_eq!(decide("confirmPost", &last, &id).await.rule(), Some("LAST_CITY_OFFICER"));
        // with one who stays it is well
        officer(&world, "0977000103", None).await;
        decide("confirmPost", &last, &id).await.ok();
        assert_eq!(world.app.clock.now(), now);
    }

    async fn of_two_endings_at_once_one_comes_to_pass(kind) {
        let world = World::build(kind).await;
        let (one, two) = (officer(&world, "0977000101", None).await, officer(&world, "0977000102", None).await);
        let (first, second) = (proposed(&one, &two).await, proposed(&two, &one).await);
        // each agrees to go
        let (a, b) = tokio::join!(decide("confirmPost", &two, &first), decide("confirmPost", &one, &second));
        let won = [&a, &b].into_iter().filter(|answer| answer.code().is_none()).count();
        assert_eq!(won, 1, "{} {}", a.json, b.json);
        let refused = if a.code().is_none() { &b } else { &a };
        // by the journal, by the lock or by the session of who is no officer any more
        assert!(matches!(refused.rule(), Some("PROPOSAL_CLOSED" | "LAST_CITY_OFFICER") | None), "{}", refused.json);
        let left = "post WHERE role = 'CITY_OFFICER' AND valid_until IS NULL AND decision_number = '12/QĐ-HKH'";
        // the two, and the one without a password
        assert_eq!(counted(&world.app, left).await, "2");
    }

    async fn a_post_goes_over_by_two(kind) {
        let world = World::build(kind).await;
        let (one, two) = (officer(&world, "0977000101", None).await, officer(&world, "0977000102", None).await);
        let going = officer(&world, "0977000103", None).await;
        let next = create_account(&world.app, "Hà Thị Ba", Some("0977000104"), Some(PASSWORD)).await;
        let successor = json!({"newAccount": {"name": "Hà Thị Ba", "phone": "0977000104"}});
        let input = json!({"postId": going.post_id, "successor": successor, "from": "2026-03-20T00:00:00+07:00", "decisionNumber": "8"});
        let given = mutate(&one.client, "handOverPost", input).await.ok();
        assert_eq!(given.data("handOverPost.post"), &Value::Null);
        assert_eq!(given.text("handOverPost.proposal.kind"), "HAND_OVER");
        let id = given.text("handOverPost.proposal.id");
        assert_eq!(decide("refusePost", &going, &id).await.rule(), Some("OWN_POST"));
        let done = decide("confirmPost", &two, &id).await.ok();
        assert_eq!(done.text("confirmPost.post.holderName"), "Hà Thị Ba");
        let later = tests::app::moment("2026-03-20T00:00:00+07:00");
        assert_eq!(role_of(&going.client).await, "CITY_OFFICER");
        world.app.clock.set(later);
        assert_eq!(role_of(&going.client).await, Value::Null);
        assert_eq!(role_of(&world.app.client(next, None)).await, "CITY_OFFICER");
        assert_eq!(counted(&world.app, "post_proposal WHERE state = 'CONFIRMED' AND ends_post_id IS NOT NULL").await, "1");
    }
}
