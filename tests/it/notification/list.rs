//! The list in the app: both kinds of notices, newest first, in the reader's language, with read marks.

use chrono::TimeDelta;
use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, account_id, appoint, appoint_account, ask, create_household, decide, mutate, register};
use uuid::Uuid;

use super::{everybody_reads, kinds, read, unread, unread_in};

async fn enter(head: &Client, many: usize) {
    for _ in 0..many {
        let input = json!({"headName": "Lý Thị Danh", "address": Uuid::new_v4().to_string()});
        let household = create_household(head, input).await;
        register(head, &household, Uuid::new_v4()).await.ok();
    }
}

on_both! {
    async fn a_notice_says_in_the_readers_language_what_and_why(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        everybody_reads(&world).await;
        decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        world.app.relay().await;
        let seen = &unread(family).await[0];
        assert_eq!(seen["title"], "Bản đăng ký cần bổ sung");
        assert_eq!(seen["text"], "Chi hội trưởng gửi lại bản đăng ký danh hiệu “Gia đình học tập” năm 2026 để bổ sung. \
            Hãy sửa rồi gửi lại nhé. Lý do: Xin bổ sung địa chỉ");
        assert_eq!(seen["registrationId"], branch.registration);
        assert_eq!((&seen["model"], &seen["year"]), (&json!("LEARNING_FAMILY"), &json!(2026)));
        let seen = &unread_in(family, "en").await[0];
        assert_eq!(seen["title"], "The registration needs a correction");
        assert!(seen["text"].as_str().expect("a text").ends_with("The reason: Xin bổ sung địa chỉ"));
        // under another post of the same person the registration is out of sight, and so is the reason
        let tenant = world.district(1).tenant;
        let dates = ("2026-01-01T00:00:00+07:00", None);
        let elsewhere =
            appoint_account(&world.app, tenant, &world.branch(1, 0, 0).unit, Role::BranchHead, branch.family.account, dates).await;
        let seen = &unread(&elsewhere.client).await[0];
        assert_eq!((&seen["kind"], &seen["registrationId"]), (&json!("REGISTRATION_RETURNED"), &Value::Null));
        assert!(!seen["text"].as_str().expect("a text").contains("Lý do"));
    }

    async fn what_waits_on_a_desk_is_one_notice_until_it_is_read(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let second = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        everybody_reads(&world).await;
        read(&second.client).await;
        enter(&branch.head.client, 2).await;
        world.app.relay().await;
        let first = unread(&second.client).await;
        assert_eq!(first.len(), 1);
        assert_eq!((&first[0]["count"], &first[0]["unitId"]), (&json!(2), &json!(branch.unit)));
        assert_eq!(first[0]["text"], "Có 2 bản đăng ký mới danh hiệu “Gia đình học tập” năm 2026 chờ chi hội duyệt.");
        enter(&branch.head.client, 1).await;
        world.app.relay().await;
        assert_eq!(kinds(&second.client).await, ["WAITING_FOR_APPROVAL 3"]);
        // what the phone showed were two: the third has not been read by that
        let mark = json!({"input": {"ids": [first[0]["id"]]}});
        assert_eq!(ask(&second.client, "markNoticesRead", mark).await.ok().number("markNoticesRead.marked"), 0);
        let now = json!({"input": {"ids": [unread(&second.client).await[0]["id"]]}});
        // nobody reads for another
        assert_eq!(ask(&branch.head.client, "markNoticesRead", now.clone()).await.ok().number("markNoticesRead.marked"), 0);
        assert_eq!(ask(&second.client, "markNoticesRead", now.clone()).await.ok().number("markNoticesRead.marked"), 1);
        assert_eq!(ask(&second.client, "markNoticesRead", now).await.ok().number("markNoticesRead.marked"), 0);
        enter(&branch.head.client, 1).await;
        world.app.relay().await;
        assert_eq!(kinds(&second.client).await, ["WAITING_FOR_APPROVAL"]);
    }

    async fn notices_of_both_kinds_are_one_list_with_pages(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        everybody_reads(&world).await;
        for field in ["returnRegistrations", "undoDecision", "approveRegistrations"] {
            world.app.clock.advance(TimeDelta::minutes(1));
            let mut input = json!({"items": [{"id": branch.registration}]});
            if field == "returnRegistrations" {
                input["reason"] = json!("Xin xem lại");
            }
            mutate(&branch.head.client, field, input).await.ok();
            world.app.relay().await;
            world.app.clock.advance(TimeDelta::minutes(1));
            let end = json!({"input": {"idempotencyKey": Uuid::new_v4(), "accountId": account_id(branch.family.account)}});
            ask(&branch.head.client, "issueRecoveryCode", end).await.ok();
        }
        let expected = ["RECOVERY_ISSUED", "REGISTRATION_APPROVED", "RECOVERY_ISSUED", "DECISION_UNDONE", "RECOVERY_ISSUED",
            "REGISTRATION_RETURNED"];
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ask(family, "notices", json!({"unread": true, "first": 4, "after": after})).await.ok();
            assert_eq!(page.number("notices.totalCount"), 6);
            seen.extend(page.list("notices.edges").iter().map(|edge| edge["node"]["kind"].as_str().expect("a kind").to_owned()));
            if page.data("notices.pageInfo.hasNextPage") == &json!(false) {
                break;
            }
            after = page.data("notices.pageInfo.endCursor").clone();
        }
        assert_eq!(seen, expected);
        // a cursor of one list does not open in the other
        let other = ask(family, "notices", json!({"first": 4, "after": after})).await;
        assert_eq!(other.code(), Some("INVALID"));
        assert_eq!(read(family).await, 6);
        assert!(unread(family).await.is_empty());
        let all = ask(family, "notices", json!({"first": 100})).await.ok();
        assert!(all.list("notices.edges").len() >= 6 && all.data("notices.totalCount").is_null());
        assert!(all.list("notices.edges").iter().all(|edge| edge["node"]["readAt"].is_string()));
    }
}
