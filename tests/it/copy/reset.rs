//! When a copy has to begin anew, and when it has not.

use std::sync::Arc;

use entity::vocabulary::Role;
use khuyenhoc::clock::SystemEntropy;
use khuyenhoc::database::rotate::rotate_cursors;
use serde_json::json;
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::{World, appoint_account, ask, create_household, mutate, register};
use uuid::Uuid;

use super::phone::Phone;

on_both! {
    async fn a_cursor_that_is_none_begins_a_new_copy(kind) {
        let world = World::build(kind).await;
        let client = &world.branch(0, 0, 0).head.client;
        let known = Phone::new(client).await;
        let cursor = known.cursor.clone().expect("a cursor");
        let middle = cursor.len() / 2;
        let other = if cursor.as_bytes()[middle] == b'A' { "B" } else { "A" };
        let tampered = format!("{}{other}{}", &cursor[..middle], &cursor[middle + 1..]);
        for wrong in [tampered, String::new(), "x".repeat(5_000), cursor[1..].to_owned()] {
            let mut phone = Phone { cursor: Some(wrong), ..known.clone() };
            let pulled = phone.pull(client, 200).await;
            assert_eq!(pulled.resets, ["UNKNOWN_CURSOR"]);
            assert_eq!(phone.store, known.store);
        }
        for first in [0, -1, 501] {
            let answer = ask(client, "changes", json!({"first": first})).await;
            assert_eq!(answer.problems(), [("first".to_owned(), "OUT_OF_RANGE".to_owned())], "{}", answer.json);
        }
    }

    async fn with_another_key_for_cursors_every_copy_begins_anew(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head;
        let known = Phone::new(&head.client).await;
        let (config, clock) = (&world.app.app.config, world.app.clock.as_ref());
        rotate_cursors(config, clock, &SystemEntropy).await.expect("a new key");
        // a server reads it when it starts
        let other = TestApp::open(Arc::clone(&world.app.database), &[], 2).await;
        let client = other.client(head.account, Some(head.post));
        let mut phone = known.clone();
        assert_eq!(phone.pull(&client, 200).await.resets, ["UNKNOWN_CURSOR"]);
        assert_eq!(phone.store, known.store);
        assert_eq!(phone.pull(&client, 200).await.resets, [""; 0]);
    }

    async fn each_post_has_a_copy_of_its_own(kind) {
        let world = World::build(kind).await;
        let (mine, other, abroad) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0));
        let known = Phone::new(&mine.head.client).await;
        let second = appoint_account(&world.app, world.district(0).tenant, &other.unit, Role::BranchHead, mine.head.account,
            ("2026-01-01T00:00:00+07:00", None)).await;
        for client in [&second.client, &mine.family.client, &abroad.head.client, &world.ward(0, 0).officer.client] {
            let mut phone = known.clone();
            let pulled = phone.pull(client, 200).await;
            assert_eq!(pulled.resets, ["OTHER_POST"]);
            assert_eq!(phone.store, Phone::new(client).await.store);
        }
    }

    async fn a_lost_post_gives_nothing_more(kind) {
        let world = World::build(kind).await;
        let (district, ward) = (world.district(0), world.ward(0, 0));
        let until = "2026-03-10T10:00:00+07:00";
        let head = appoint_account(&world.app, district.tenant, &world.branch(0, 0, 0).unit, Role::BranchHead,
            ward.officer.account, ("2026-01-01T00:00:00+07:00", Some(until))).await;
        let phone = Phone::new(&head.client).await;
        world.app.clock.set(tests::app::moment(until));
        let refused = phone.page(&head.client, 200).await;
        assert_eq!(refused.code(), Some("FORBIDDEN"), "{}", refused.json);
    }

    async fn a_database_that_was_restored_begins_new_copies(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut phone = Phone::new(&branch.head.client).await;
        let before = phone.clone();
        let sql = "SELECT kind, record_id, branch_id, xid FROM record_change WHERE xid = (SELECT MAX(xid) FROM record_change)";
        assert!(!world.app.database.sql(sql).await.is_empty());
        let household = create_household(&branch.head.client, json!({"headName": "Lý Thị Quên", "address": "Số 9"})).await;
        register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
        phone.pull(&branch.head.client, 200).await;
        // what the last backup knows of that evening: nothing
        world.app.database.sql("DELETE FROM record_change WHERE xid > (SELECT MAX(xid) - 4 FROM record_change)").await;
        let pulled = phone.pull(&branch.head.client, 200).await;
        assert_eq!(pulled.resets, ["DATABASE_WENT_BACK"]);
        // a copy that is older than the backup goes on
        let mut before = before;
        assert!(before.pull(&branch.head.client, 200).await.resets.is_empty());
    }

    async fn a_family_is_told_what_it_comes_to_manage_and_begins_anew_when_it_loses_some(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let client = &branch.family.client;
        // entered by the branch head before the family's copy is begun
        let household = create_household(&branch.head.client, json!({"headName": "Lý Thị Mẹ", "address": "Số 9"})).await;
        let answer = register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
        let registration = answer.text("registerHousehold.registration.id");
        let mut phone = Phone::new(client).await;
        assert_eq!(phone.store.records.len(), 2);
        let invited = mutate(&branch.head.client, "createInvitations", json!({"householdIds": [household]})).await.ok();
        let code = invited.text("createInvitations.results.0.code");
        let accept = "mutation ($code: String!) { acceptInvitation(input: {code: $code}) { viewer { id } } }";
        client.run(accept, json!({"code": code})).await.ok();
        let pulled = phone.pull(client, 1).await;
        assert!(pulled.resets.is_empty(), "{pulled:?}");
        let mut expected = vec![household.clone(), registration.clone()];
        let mut came = pulled.came;
        came.sort();
        expected.sort();
        assert_eq!(came, expected);
        assert!(phone.pull(client, 1).await.came.is_empty());
        assert_eq!(phone.store, Phone::new(client).await.store);
        // a link that is gone takes the household away, and the phone learns it at once
        let row = match kind {
            Kind::Postgres => format!("'{}'", branch.family.account),
            Kind::Sqlite => format!("x'{}'", branch.family.account.0.simple()),
        };
        let latest = format!("SELECT MAX(id::text)::uuid FROM household_account WHERE account_id = {row}");
        let latest = if kind == Kind::Sqlite { latest.replace("MAX(id::text)::uuid", "MAX(id)") } else { latest };
        world.app.database.sql(&format!("DELETE FROM household_account WHERE id = ({latest})")).await;
        let pulled = phone.pull(client, 200).await;
        assert_eq!(pulled.resets, ["OWN_CHANGED"]);
        assert_eq!(phone.store.records.len(), 2);
        assert!(!phone.store.records.contains_key(&household));
    }
}
