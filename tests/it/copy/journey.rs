//! What comes, what goes, and what is told of it.

use serde_json::json;
use tests::app::moment;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, decide, family_marks, mutate, publish_shipped, register};
use tests::titles::{AUTUMN, assessed, propose, recognise};
use uuid::Uuid;

use super::phone::{Phone, Pulled};

on_both! {
    async fn a_copy_holds_what_the_post_sees_and_the_frame_around_it(kind) {
        let world = World::build(kind).await;
        let set = publish_shipped(&world.officer.client, "family-448-2015").await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        for (client, units, records) in [
            (&branch.family.client, 3, 2),
            (&branch.head.client, 3, 2),
            (&ward.officer.client, 4, 4),
        ] {
            let phone = Phone::new(client).await;
            assert_eq!(phone.store.records.len(), records, "{:?}", phone.store.records);
            let [told_units, sets, years] = &phone.store.frame;
            assert_eq!(told_units.as_array().map(Vec::len), Some(units), "{told_units}");
            assert_eq!(told_units[0]["id"], json!(world.district(0).unit));
            assert_eq!(told_units[1]["id"], json!(ward.unit));
            assert_eq!(told_units[2]["id"], json!(branch.unit));
            assert_eq!(sets[0]["id"], json!(set));
            assert_eq!((&years[0]["year"], years[0]["windows"].as_array().map(Vec::len)), (&json!(YEAR), Some(5)));
            let household = &phone.store.records[&branch.household];
            assert_eq!((&household["name"], &household["members"][0]["relation"]), (&json!("Nguyễn Văn Nhà"), &json!("HEAD")));
            let registration = &phone.store.records[&branch.registration];
            assert_eq!((&registration["state"], &registration["subject"]["id"]), (&json!("SUBMITTED"), &json!(branch.household)));
        }
    }

    async fn the_frame_comes_again_only_when_it_has_changed(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let mut phone = Phone::new(&branch.head.client).await;
        let told = async |phone: &mut Phone| {
            let answer = phone.page(&branch.head.client, 200).await.ok();
            phone.take(&answer, &mut Pulled::default());
            ["units", "criteriaSets", "programmeYears"].map(|name| !answer.data(&format!("changes.{name}")).is_null())
        };
        assert_eq!(told(&mut phone).await, [false, false, false]);
        publish_shipped(&world.officer.client, "family-448-2015").await;
        assert_eq!(told(&mut phone).await, [false, true, false]);
        let narrower = json!({"unitId": ward.unit, "year": YEAR, "phase": "REGISTRATION",
            "opensAt": "2026-01-06T00:00:00+07:00", "closesAt": "2026-04-20T00:00:00+07:00"});
        mutate(&ward.officer.client, "narrowWindow", narrower).await.ok();
        assert_eq!(told(&mut phone).await, [false, false, true]);
        assert_eq!(phone.store.frame[2][0]["windows"][0]["closesAt"], json!("2026-04-20T00:00:00+07:00"));
        assert_eq!(told(&mut phone).await, [false, false, false]);
        // a part that is not asked for comes when it is
        let bare = "query { changes { cursor } }";
        let cursor = branch.head.client.run(bare, json!({})).await.ok().text("changes.cursor");
        let mut bare = Phone { cursor: Some(cursor), ..Phone::default() };
        assert_eq!(told(&mut bare).await, [true, true, true]);
    }

    async fn what_moves_away_is_told_to_the_one_and_comes_to_the_other(kind) {
        let world = World::build(kind).await;
        let (here, there, ward) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.ward(0, 0));
        let input = json!({"householdId": here.household, "name": "Lê Thị Lớn", "birth": "1990", "variant": "FARMER"});
        let citizen = mutate(&here.head.client, "createCitizen", input).await.ok().text("createCitizen.citizen.id");
        let mut all = Vec::new();
        for client in [&here.head.client, &there.head.client, &ward.officer.client] {
            all.push((client, Phone::new(client).await));
        }
        let input = json!({"id": here.household, "branchId": there.unit, "expectedVersion": 1});
        mutate(&ward.officer.client, "moveHousehold", input).await.ok();
        let mut moved = vec![here.household.clone(), here.registration.clone(), citizen];
        moved.sort();
        for (at, (client, phone)) in all.iter_mut().enumerate() {
            let mut pulled = phone.pull(client, 200).await;
            assert!(pulled.resets.is_empty());
            pulled.came.sort();
            pulled.gone.sort();
            let gone = |how: &str| -> Vec<(String, String)> { moved.iter().map(|id| (id.clone(), how.to_owned())).collect() };
            if at == 0 {
                assert_eq!((pulled.came, pulled.gone), (Vec::new(), gone("LEFT_SCOPE")));
            } else {
                // the ward, which sees both branches, is told once
                assert_eq!((pulled.came, pulled.gone), (moved.clone(), Vec::new()), "{at}");
            }
            assert_eq!(phone.store, Phone::new(client).await.store, "{at}");
        }
        // and back again
        let input = json!({"id": here.household, "branchId": here.unit, "expectedVersion": 2});
        mutate(&ward.officer.client, "moveHousehold", input).await.ok();
        for (client, phone) in &mut all {
            phone.pull(client, 1).await;
            assert_eq!(phone.store, Phone::new(client).await.store);
        }
        assert!(all[0].1.store.records.contains_key(&here.household) && !all[1].1.store.records.contains_key(&here.household));
    }

    async fn what_is_removed_is_told_and_a_copy_begun_later_is_not(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut phone = Phone::new(&branch.head.client).await;
        let household = create_household(&branch.head.client, json!({"headName": "Lý Thị Xoá", "address": "Số 9"})).await;
        phone.pull(&branch.head.client, 200).await;
        let sql = "DELETE FROM household_word WHERE word = 'ly thi xoa' OR word = 'thi xoa' OR word = 'xoa';
            DELETE FROM household WHERE head_key = 'ly thi xoa'";
        world.app.database.sql(sql).await;
        let pulled = phone.pull(&branch.head.client, 200).await;
        assert_eq!((pulled.came.len(), pulled.gone), (0, vec![(household, "REMOVED".to_owned())]));
        let mut fresh = Phone::default();
        let pulled = fresh.pull(&branch.head.client, 200).await;
        assert!(pulled.gone.is_empty() && pulled.resets.is_empty());
        assert_eq!(fresh.store, phone.store);
    }

    async fn every_step_of_the_year_comes_to_the_copy(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut phone = Phone::new(&branch.head.client).await;
        let ids = assessed(&world, branch, 1).await;
        let registration = ids.first().expect("a registration");
        phone.pull(&branch.head.client, 200).await;
        assert_eq!(phone.store.records[registration]["state"], "BRANCH_ASSESSED");
        assert_eq!(phone.store.records[registration]["scoreSheets"][0]["total"], 100.0);
        let ward = world.ward(0, 0);
        propose(&ward.officer.client, &ward.unit, "1", &ids).await.ok();
        recognise(&ward.officer.client, &ward.unit, "2", &ids).await.ok();
        phone.pull(&branch.head.client, 200).await;
        assert_eq!(phone.store.records[registration]["state"], "RECOGNISED");
        assert!(phone.store.records[registration]["certificate"]["number"].is_string());
        assert_eq!(phone.store, Phone::new(&branch.head.client).await.store);
    }

    async fn a_draft_sheet_sends_its_registration_again(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        publish_shipped(&world.officer.client, "family-448-2015").await;
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        world.app.clock.set(moment(AUTUMN));
        let mut phones = [Phone::new(&branch.head.client).await, Phone::new(&branch.family.client).await];
        let draft = json!({"registrationId": branch.registration, "marks": family_marks(4.0)});
        mutate(&branch.family.client, "saveScoreSheet", draft).await.ok();
        for (phone, client) in phones.iter_mut().zip([&branch.head.client, &branch.family.client]) {
            let pulled = phone.pull(client, 200).await;
            assert_eq!(pulled.came, std::slice::from_ref(&branch.registration));
            assert_eq!(phone.store.records[&branch.registration]["scoreSheets"][0]["lines"][0]["points"], 4.0);
        }
    }

    async fn another_association_and_another_branch_send_nothing(kind) {
        let world = World::build(kind).await;
        let (branch, neighbour, abroad) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0));
        let mut phone = Phone::new(&branch.head.client).await;
        for head in [&neighbour.head.client, &abroad.head.client] {
            let household = create_household(head, json!({"headName": "Mai Thị Ngoài", "address": "Số 3"})).await;
            register(head, &household, Uuid::new_v4()).await.ok();
        }
        let pulled = phone.pull(&branch.head.client, 200).await;
        assert_eq!((pulled.came.len(), pulled.gone.len()), (0, 0));
        let refused = ask(&world.district(0).officer.client, "changes", json!({})).await;
        assert_eq!(refused.code(), Some("FORBIDDEN"));
    }
}
