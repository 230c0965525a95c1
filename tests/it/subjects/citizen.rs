//! Citizens: adults of households and institutions.

use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, decide, mutate, publish_shipped};
use uuid::Uuid;

use super::{citizen, create, create_citizen, register_subject, registered};

on_both! {
    async fn an_adult_of_a_household_is_registered_by_the_family(kind) {
        let world = World::build(kind).await;
        publish_shipped(&world.officer.client, "citizen-pilot").await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        let id = create_citizen(family, "Nguyễn Văn Nhà", json!({"householdId": branch.household, "birth": "1970"})).await;
        let registration = registered(family, &id).await;
        let seen = ask(family, "citizen", json!({"id": id})).await.ok();
        let expected = json!([{"id": registration, "year": YEAR, "model": "LEARNING_CITIZEN", "state": "SUBMITTED",
            "variant": "WORKER", "criteriaSet": {"code": "citizen-pilot"}}]);
        assert_eq!(seen.data("citizen.registrations"), &expected);
        let of_home = ask(family, "citizens", json!({"householdId": branch.household})).await.ok();
        assert_eq!(of_home.list("citizens.edges").len(), 1);
        let done = decide(&branch.head.client, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(done.data("approveRegistrations.results")[0]["outcome"], "APPLIED");
        let counted = ask(&world.ward(0, 0).officer.client, "citizens", json!({})).await.ok();
        assert_eq!(counted.number("citizens.totalCount"), 1);
        world.app.assert_counters().await;
    }

    async fn a_citizen_belongs_to_somebody_in_reach_and_is_an_adult(kind) {
        let world = World::build(kind).await;
        let (branch, other, foreign) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0));
        let family = &branch.family.client;
        let school = create(&branch.head.client, "INSTITUTION", "Trường THCS", json!({})).await;
        let clan = create(&branch.head.client, "CLAN", "Dòng họ Lê", json!({})).await;
        for (who, home) in [
            (family, json!({"householdId": other.household})),
            (family, json!({"householdId": foreign.household})),
            (family, json!({"householdId": branch.household, "institutionId": school})),
            (&branch.head.client, json!({"institutionId": clan})),
            (&branch.head.client, json!({"householdId": other.household})),
        ] {
            assert_eq!(mutate(who, "createCitizen", citizen("Lê Thị Xa", home.clone())).await.code(), Some("NOT_FOUND"), "{home}");
        }
        for (input, problems) in [
            (json!({"birth": "2009", "householdId": branch.household}), vec![("birth", "NOT_AN_ADULT")]),
            (json!({}), vec![("householdId", "REQUIRED")]),
            (json!({"variant": "WARD_MANAGED", "householdId": branch.household}), vec![("variant", "NOT_OF_THIS_KIND")]),
        ] {
            let answer = mutate(family, "createCitizen", citizen("Lê Thị Trẻ", input)).await;
            let expected: Vec<_> = problems.into_iter().map(|(path, rule)| (path.to_owned(), rule.to_owned())).collect();
            assert_eq!(answer.problems(), expected);
        }
        // eighteen in the course of the year is old enough: titles are for a year
        create_citizen(family, "Lê Thị Lớn", json!({"birth": "2008-12-31", "householdId": branch.household})).await;
        let both = create_citizen(&branch.head.client, "Lê Văn Thầy", json!({"householdId": branch.household, "institutionId": school})).await;
        assert_eq!(ask(&other.head.client, "citizen", json!({"id": both})).await.code(), Some("NOT_FOUND"));
        assert_eq!(register_subject(&foreign.head.client, &both).await.code(), Some("NOT_FOUND"));
        let of_school = ask(&branch.head.client, "citizens", json!({"institutionId": school})).await.ok();
        assert_eq!(of_school.list("citizens.edges").len(), 1);
    }

    async fn the_same_person_is_shown_before_they_are_entered_again(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let school = create(head, "INSTITUTION", "Trường THCS", json!({})).await;
        let id = create_citizen(head, "Đào Thị Hoà", json!({"householdId": branch.household, "birth": "1980-05-01"})).await;
        for (input, reason) in [
            (citizen("ĐÀO THỊ HOÀ", json!({"householdId": branch.household, "birth": "1979"})), Some("NAME_AND_HOME")),
            (citizen("Dao Thi Hoa", json!({"institutionId": school, "birth": "1980"})), Some("NAME_AND_BIRTH")),
            (citizen("Đào Thị Hoà", json!({"institutionId": school, "birth": "1965"})), None),
        ] {
            let answer = mutate(head, "createCitizen", input).await.ok();
            let shown = &answer.data("createCitizen.duplicates")[0];
            assert_eq!(shown["reason"].as_str(), reason);
            assert!(reason.is_none() || shown["citizen"]["id"] == json!(id));
        }
        let insists = citizen("Đào Thị Hoà", json!({"householdId": branch.household, "confirmDistinct": true, "idempotencyKey": Uuid::new_v4()}));
        for outcome in ["APPLIED", "REPLAYED"] {
            let answer = mutate(head, "createCitizen", insists.clone()).await.ok();
            assert_eq!(answer.text("createCitizen.outcome"), outcome);
        }
        world.app.assert_counters().await;
    }

    async fn two_phones_that_enter_the_same_citizen_at_once_make_one(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let input = || citizen("Đào Thị Hoà", json!({"householdId": branch.household, "birth": "1980-05-01"}));
        let (first, second) = tokio::join!(
            mutate(&branch.head.client, "createCitizen", input()),
            mutate(&branch.family.client, "createCitizen", input())
        );
        let mut outcomes = [first.ok().text("createCitizen.outcome"), second.ok().text("createCitizen.outcome")];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["APPLIED", "DUPLICATE_CANDIDATES"]);
        world.app.assert_counters().await;
    }

    async fn nobody_decides_on_themselves_or_their_family(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let phone = "0912999888";
        let tenant = world.district(0).tenant;
        let head = tests::factory::appoint(&world.app, tenant, &branch.unit, entity::vocabulary::Role::BranchHead, "Hồ Thị Chi", Some(phone)).await;
        let home = json!({"headName": "Hồ Văn Nhà", "address": "Số 9", "phone": phone});
        let home = tests::factory::create_household(&branch.head.client, home).await;
        let school = create(&branch.head.client, "INSTITUTION", "Trường THCS", json!({})).await;
        for more in [json!({"householdId": home}), json!({"institutionId": school, "phone": phone})] {
            let id = create_citizen(&branch.head.client, &format!("Hồ Thị {}", if more["phone"].is_null() { "Con" } else { "Chi" }), more).await;
            let registration = registered(&branch.head.client, &id).await;
            let refused = decide(&head.client, "approveRegistrations", &[&registration]).await.ok();
            assert_eq!(refused.data("approveRegistrations.results")[0]["rule"], "OWN_HOUSEHOLD");
            let done = decide(&branch.head.client, "approveRegistrations", &[&registration]).await.ok();
            assert_eq!(done.data("approveRegistrations.results")[0]["outcome"], "APPLIED");
        }
    }

    async fn a_citizen_is_corrected_once(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let id = create_citizen(head, "Đào Thị Hoà", json!({"householdId": branch.household})).await;
        let change = json!({"id": id, "expectedVersion": 1, "name": "Đào Thị Hoa", "phone": "0912345678", "variant": "FARMER", "birth": "1981"});
        let changed = mutate(head, "updateCitizen", change.clone()).await.ok();
        let expected = json!({"id": id, "name": "Đào Thị Hoa", "birth": "1981", "phone": "+84912345678", "variant": "FARMER", "version": 2});
        assert_eq!(changed.data("updateCitizen.citizen"), &expected);
        assert_eq!(mutate(head, "updateCitizen", change).await.ok().text("updateCitizen.outcome"), "STALE");
        let registration = registered(&branch.family.client, &id).await;
        decide(head, "approveRegistrations", &[&registration]).await.ok();
        let change = json!({"id": id, "expectedVersion": 2, "name": "Đào Thị Khác"});
        assert_eq!(mutate(&branch.family.client, "updateCitizen", change).await.rule(), Some("SUBJECT_IS_REGISTERED"));
        let change = json!({"id": id, "expectedVersion": 2, "variant": "OFFICIAL"});
        assert_eq!(mutate(head, "updateCitizen", change).await.rule(), Some("SUBJECT_IS_REGISTERED"));
        assert_eq!(mutate(&world.branch(1, 0, 0).head.client, "updateCitizen", json!({"id": id, "expectedVersion": 2, "birth": "1970"})).await.code(), Some("NOT_FOUND"));
    }

    async fn citizens_move_with_their_household(kind) {
        let world = World::build(kind).await;
        let (from, to) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let id = create_citizen(&from.family.client, "Nguyễn Văn Nhà", json!({"householdId": from.household})).await;
        let registration = registered(&from.family.client, &id).await;
        let input = json!({"id": from.household, "branchId": to.unit, "expectedVersion": 1});
        mutate(&world.ward(0, 0).officer.client, "moveHousehold", input).await.ok();
        assert_eq!(ask(&from.head.client, "citizen", json!({"id": id})).await.code(), Some("NOT_FOUND"));
        let seen = ask(&to.head.client, "citizen", json!({"id": id})).await.ok();
        assert_eq!(seen.number("citizen.version"), 2);
        let done = decide(&to.head.client, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(done.data("approveRegistrations.results")[0]["outcome"], "APPLIED");
        let family = tests::client::Client::of(&world.app, from.family.account, None);
        assert_eq!(ask(&family, "citizen", json!({"id": id})).await.code(), None);
        world.app.assert_counters().await;
    }

    async fn a_phone_learns_nothing_of_others_and_keeps_nothing_it_was_put_out_of(kind) {
        let world = World::build(kind).await;
        let (branch, other) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        create_citizen(&other.head.client, "Đào Thị Hoà", json!({"householdId": other.household, "birth": "1980"})).await;
        // a branch head is asked whether it is the same person, a family is not told that there is one
        let same = citizen("Đào Thị Hoà", json!({"householdId": branch.household, "birth": "1980"}));
        let asked = mutate(&branch.head.client, "createCitizen", same.clone()).await.ok();
        assert_eq!(asked.text("createCitizen.outcome"), "DUPLICATE_CANDIDATES");
        let made = mutate(&branch.family.client, "createCitizen", same).await.ok();
        assert_eq!(made.text("createCitizen.outcome"), "APPLIED");
        // whoever is put out of the household is put out of its citizens
        let end = json!({"postId": branch.family.post_id, "reason": "Chuyển đi"});
        mutate(&world.ward(0, 0).officer.client, "endPost", end).await.ok();
        let again = tests::factory::appoint(&world.app, world.district(0).tenant, &other.unit, entity::vocabulary::Role::Family, "Nguyễn Văn Nhà", None).await;
        let account = tests::factory::appoint_account(&world.app, world.district(0).tenant, &other.unit, entity::vocabulary::Role::Family, branch.family.account, ("2026-01-01T00:00:00+07:00", None)).await;
        for client in [&account.client, &again.client] {
            let seen = ask(client, "citizens", json!({})).await.ok();
            assert_eq!(seen.list("citizens.edges").len(), 0);
        }
    }

    async fn nobody_changes_under_a_post_what_their_own_marks_are_computed_from(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let phone = "0912999888";
        let tenant = world.district(0).tenant;
        let head = tests::factory::appoint(&world.app, tenant, &branch.unit, entity::vocabulary::Role::BranchHead, "Hồ Thị Chi", Some(phone)).await;
        let home = json!({"headName": "Hồ Văn Nhà", "address": "Số 9", "phone": phone});
        let home = tests::factory::create_household(&branch.head.client, home).await;
        tests::factory::register(&branch.head.client, &home, Uuid::new_v4()).await.ok();
        let fewer = json!({"id": home, "expectedVersion": 1, "members": []});
        assert_eq!(mutate(&head.client, "updateHousehold", fewer.clone()).await.rule(), Some("HOUSEHOLD_IS_REGISTERED"));
        mutate(&branch.head.client, "updateHousehold", fewer).await.ok();
        let school = create(&branch.head.client, "INSTITUTION", "Trường THCS", json!({"phone": phone, "people": 40})).await;
        registered(&branch.head.client, &school).await;
        let smaller = json!({"id": school, "expectedVersion": 1, "people": 1});
        assert_eq!(mutate(&head.client, "updateCollective", smaller).await.rule(), Some("SUBJECT_IS_REGISTERED"));
        // nor does a school's head decide on its citizens
        let person = create_citizen(&branch.head.client, "Lê Thị Thầy", json!({"institutionId": school})).await;
        let registration = registered(&branch.head.client, &person).await;
        let refused = decide(&head.client, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(refused.data("approveRegistrations.results")[0]["rule"], "OWN_HOUSEHOLD");
    }
}
