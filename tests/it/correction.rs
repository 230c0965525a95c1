//! What a correction must not be used for.

use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household, decide, mutate};

on_both! {
    async fn a_family_does_not_change_what_is_being_decided_on(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let correct = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 9"});
        let waiting = mutate(&branch.family.client, "updateHousehold", correct.clone()).await;
        assert_eq!(waiting.rule(), Some("HOUSEHOLD_IS_REGISTERED"), "{}", waiting.json);
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        let approved = mutate(&branch.family.client, "updateHousehold", correct.clone()).await;
        assert_eq!(approved.rule(), Some("HOUSEHOLD_IS_REGISTERED"), "{}", approved.json);
        // the branch head may
        let by_head = mutate(&branch.head.client, "updateHousehold", correct).await.ok();
        assert_eq!(by_head.text("updateHousehold.outcome"), "APPLIED");
    }

    async fn a_draft_on_a_phone_is_the_familys(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head) = (&branch.family.client, &branch.head.client);
        let household = create_household(family, json!({"headName": "Tạ Văn Hai", "address": "Số 8"})).await;
        let register = json!({"householdId": household, "year": YEAR});
        let mut draft = register.clone();
        draft["asDraft"] = json!(true);
        let drafted = mutate(family, "registerHousehold", draft).await.ok();
        let id = drafted.text("registerHousehold.registration.id");
        let step = json!({"id": id, "expectedVersion": 1});
        assert_eq!(mutate(head, "submitRegistration", step.clone()).await.code(), Some("NOT_FOUND"));
        assert_eq!(mutate(head, "withdrawRegistration", step.clone()).await.code(), Some("NOT_FOUND"));
        let again = mutate(head, "registerHousehold", register).await.ok();
        assert_eq!(again.text("registerHousehold.outcome"), "ALREADY_REGISTERED");
        assert_eq!(again.text("registerHousehold.registration.state"), "DRAFT");
        let sent = mutate(family, "submitRegistration", step).await.ok();
        assert_eq!(sent.text("submitRegistration.registration.state"), "SUBMITTED");
    }

    async fn a_draft_is_of_whoever_wrote_it_last(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head) = (&branch.family.client, &branch.head.client);
        let household = create_household(family, json!({"headName": "Tạ Văn Hai", "address": "Số 8"})).await;
        let draft = json!({"householdId": household, "year": YEAR, "asDraft": true});
        let on_paper = mutate(head, "registerHousehold", draft.clone()).await.ok();
        let id = on_paper.text("registerHousehold.registration.id");
        // the family writes on in it: it is theirs now
        mutate(family, "registerHousehold", draft.clone()).await.ok();
        let step = |version: i32| json!({"id": id, "expectedVersion": version});
        assert_eq!(mutate(head, "submitRegistration", step(2)).await.code(), Some("NOT_FOUND"));
        // it is taken back, and the head begins anew for them on paper
        mutate(family, "withdrawRegistration", step(2)).await.ok();
        mutate(head, "registerHousehold", draft).await.ok();
        let sent = mutate(head, "submitRegistration", step(4)).await.ok();
        assert_eq!(sent.text("submitRegistration.registration.state"), "SUBMITTED");
        assert_eq!(sent.text("submitRegistration.registration.channel"), "PAPER");
    }

    async fn a_returned_registration_can_be_corrected(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        let correct = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 9"});
        let corrected = mutate(&branch.family.client, "updateHousehold", correct.clone()).await.ok();
        assert_eq!(corrected.text("updateHousehold.outcome"), "APPLIED");
        let stale = mutate(&branch.family.client, "updateHousehold", correct).await.ok();
        assert_eq!(stale.text("updateHousehold.outcome"), "STALE");
    }

    async fn one_family_enters_five_households_however_many_it_sends_at_once(kind) {
        let world = World::build(kind).await;
        let family = world.branch(0, 0, 0).family.client.clone();
        let sendings = (0..12).map(|number| {
            let family = family.clone();
            tokio::spawn(async move {
                let input = json!({
                    "headName": "Tạ Văn Một",
                    "address": format!("Số {number}"),
                    "members": [],
                    "confirmDistinct": true,
                });
                mutate(&family, "createHousehold", input).await.json
            })
        });
        let mut made = 0;
        for sending in sendings.collect::<Vec<_>>() {
            let answer = sending.await.expect("an answer");
            if answer["data"]["createHousehold"]["outcome"] == "APPLIED" {
                made += 1;
            }
        }
        // it has one already
        assert_eq!(made, 4);
        world.app.assert_counters().await;
    }
}
