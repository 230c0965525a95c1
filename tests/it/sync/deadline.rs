//! Which clock counts at a deadline.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, mutate};

use super::{item, outcomes, send_off};

/// The window of registering closes at midnight before the first of May.
const BEFORE: &str = "2026-04-30T21:00:00+07:00";

fn registering(household: &str, device_time: &str) -> Value {
    item(
        "registerHousehold",
        json!({"householdId": household, "year": YEAR, "deviceTime": device_time}),
    )
}

async fn entered(head: &Client, address: &str) -> String {
    create_household(head, json!({"headName": "Lý Thị Muộn", "address": address})).await
}

on_both! {
    async fn what_was_recorded_before_the_window_closed_counts_within_the_grace(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (first, second) = (entered(head, "Số 1").await, entered(head, "Số 2").await);
        // two days after
        world.app.clock.set(moment("2026-05-03T00:00:00+07:00"));
        let plain = json!({"householdId": first, "year": YEAR, "deviceTime": BEFORE});
        assert_eq!(mutate(head, "registerHousehold", plain).await.rule(), Some("WINDOW_CLOSED"));
        let answer = send_off(&world, head, &[registering(&first, BEFORE)], TimeDelta::zero()).await.ok();
        assert_eq!(outcomes(&answer), ["CREATED"], "{}", answer.json);
        assert_eq!(answer.data("syncBatch.results.0.payload.registration.late"), &json!(false));
        assert_eq!(answer.data("syncBatch.clockIsOff"), &json!(false));
        let id = answer.text("syncBatch.results.0.payload.registration.id");
        let journal = "query ($id: ID!) { registration(id: $id) { journal { at deviceAt late inTimeByDevice skewSeconds } } }";
        let seen = head.run(journal, json!({ "id": id })).await.ok();
        let line = seen.data("registration.journal.0");
        assert_eq!((&line["inTimeByDevice"], &line["late"], &line["skewSeconds"]), (&json!(true), &json!(false), &json!(0)));
        assert_eq!(line["deviceAt"], BEFORE);
        // three days after, the grace is over
        world.app.clock.set(moment("2026-05-04T00:00:00+07:00"));
        let answer = send_off(&world, head, &[registering(&second, BEFORE)], TimeDelta::zero()).await.ok();
        assert_eq!(outcomes(&answer), ["REFUSED"]);
        assert_eq!(answer.text("syncBatch.results.0.rule"), "WINDOW_CLOSED");
        world.app.assert_counters().await;
    }

    async fn a_clock_that_is_off_is_put_right_and_told(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (first, second) = (entered(head, "Số 1").await, entered(head, "Số 2").await);
        world.app.clock.set(moment("2026-05-01T12:00:00+07:00"));
        // six hours behind: it said nine in the evening at three in the morning
        let behind = TimeDelta::hours(6);
        let answer = send_off(&world, head, &[registering(&first, BEFORE)], behind).await.ok();
        assert_eq!(outcomes(&answer), ["REFUSED"]);
        assert_eq!(answer.number("syncBatch.skewSeconds"), 6 * 3600);
        assert_eq!(answer.data("syncBatch.clockIsOff"), &json!(true));
        // six hours ahead: it said three in the morning at nine in the evening
        let after = registering(&second, "2026-05-01T03:00:00+07:00");
        let answer = send_off(&world, head, &[after], -behind).await.ok();
        assert_eq!(outcomes(&answer), ["CREATED"], "{}", answer.json);
        assert_eq!(answer.number("syncBatch.skewSeconds"), -6 * 3600);
    }

    async fn nothing_counts_before_the_window_opens(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        mutate(&branch.head.client, "approveRegistrations", json!({"items": [{"id": branch.registration}]})).await.ok();
        let sheet = json!({"registrationId": branch.registration, "marks": [], "deviceTime": "2026-11-01T00:00:00+07:00"});
        let answer = send_off(&world, &branch.family.client, &[item("saveScoreSheet", sheet)], TimeDelta::zero()).await.ok();
        assert_eq!(answer.text("syncBatch.results.0.rule"), "WINDOW_NOT_OPEN");
        let seen = ask(&branch.family.client, "registration", json!({"id": branch.registration})).await.ok();
        assert_eq!(seen.text("registration.state"), "APPROVED");
    }
}
