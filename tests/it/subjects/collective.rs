//! Clans, institutions and communities: entering, finding and correcting them.

use serde_json::{Value, json};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, decide, mutate};
use tests::file::{Book, bytes};
use uuid::Uuid;

use super::{collective, create, create_citizen, register_subject, registered};

const PROGRESS: &str = "query Progress($year: Int!, $model: LearningModel) { progress(year: $year, model: $model) { counts { accepted } } }";

on_both! {
    async fn each_kind_is_registered_for_its_own_title_and_counted(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        for (kind, model, variant) in [
            ("CLAN", "LEARNING_CLAN", Value::Null),
            ("INSTITUTION", "LEARNING_UNIT", json!("WARD_MANAGED")),
            ("COMMUNITY", "LEARNING_COMMUNITY", Value::Null),
        ] {
            let id = create(head, kind, "Tổ dân phố số 5", json!({})).await;
            let answer = register_subject(head, &id).await.ok();
            let registration = answer.data("registerSubject.registration");
            assert_eq!((&registration["model"], &registration["variant"]), (&json!(model), &variant));
            assert_eq!((&registration["state"], &registration["household"]), (&json!("SUBMITTED"), &Value::Null));
            let subject = &registration["subject"];
            assert_eq!((&subject["__typename"], &subject["name"]), (&json!("Collective"), &json!("Tổ dân phố số 5")));
            assert_eq!(subject["registrations"], json!([{"id": registration["id"]}]));
            let id = answer.text("registerSubject.registration.id");
            let again = register_subject(head, subject["id"].as_str().expect("an id")).await.ok();
            assert_eq!(again.text("registerSubject.outcome"), "ALREADY_REGISTERED");
            decide(head, "approveRegistrations", &[&id]).await.ok();
            let figures = world.district(0).officer.client.run(PROGRESS, json!({"year": YEAR, "model": model})).await.ok();
            assert_eq!(figures.number("progress.counts.accepted"), 1, "{model}");
            let listed = ask(&world.ward(0, 0).officer.client, "collectives", json!({"kind": kind})).await.ok();
            assert_eq!(listed.number("collectives.totalCount"), 1, "{kind}");
        }
        world.app.assert_counters().await;
    }

    async fn a_clan_head_sees_on_the_phone_what_they_entered_and_nothing_else(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let mine = create(&branch.family.client, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let others = create(&branch.head.client, "CLAN", "Dòng họ Trần", json!({})).await;
        let listed = ask(&branch.family.client, "collectives", json!({"kind": "CLAN"})).await.ok();
        let ids: Vec<&Value> = listed.list("collectives.edges").iter().map(|edge| &edge["node"]["id"]).collect();
        assert_eq!(ids, [&json!(mine)]);
        let registration = registered(&branch.family.client, &mine).await;
        let seen = ask(&branch.family.client, "registration", json!({"id": registration})).await.ok();
        assert_eq!(seen.text("registration.state"), "SUBMITTED");
        assert_eq!(register_subject(&branch.family.client, &others).await.code(), Some("NOT_FOUND"));
        // and nobody outside the branch sees either
        for stranger in [&world.branch(0, 0, 1).head.client, &world.branch(1, 0, 0).head.client, &world.branch(0, 0, 1).family.client] {
            for id in [&mine, &others] {
                assert_eq!(ask(stranger, "collective", json!({"id": id})).await.code(), Some("NOT_FOUND"));
                assert_eq!(register_subject(stranger, id).await.code(), Some("NOT_FOUND"));
                let change = json!({"id": id, "expectedVersion": 1, "name": "Dòng họ Lê"});
                assert_eq!(mutate(stranger, "updateCollective", change).await.code(), Some("NOT_FOUND"));
            }
        }
        let elsewhere = collective("CLAN", "Dòng họ Vũ", json!({"branchId": world.branch(0, 0, 1).unit}));
        assert_eq!(mutate(&branch.family.client, "createCollective", elsewhere).await.code(), Some("NOT_FOUND"));
    }

    async fn what_does_not_go_with_the_kind_is_refused_with_every_fault_at_once(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for (input, problems) in [
            (collective("INSTITUTION", "Trường THCS", json!({"variant": null, "people": 0})), vec![("people", "OUT_OF_RANGE"), ("variant", "REQUIRED")]),
            (collective("INSTITUTION", "Trường THCS", json!({"variant": "FARMER"})), vec![("variant", "NOT_OF_THIS_KIND")]),
            (collective("CLAN", " ", json!({"variant": "WARD_MANAGED", "people": 5})), vec![("name", "REQUIRED"), ("variant", "NOT_OF_THIS_KIND"), ("people", "NOT_OF_THIS_KIND")]),
        ] {
            let answer = mutate(head, "createCollective", input).await;
            let expected: Vec<_> = problems.into_iter().map(|(path, rule)| (path.to_owned(), rule.to_owned())).collect();
            assert_eq!(answer.problems(), expected);
        }
        let clan = create(head, "CLAN", "Dòng họ Lê", json!({})).await;
        let change = json!({"id": clan, "expectedVersion": 1, "people": 5});
        assert_eq!(mutate(head, "updateCollective", change).await.problems(), [("people".to_owned(), "NOT_OF_THIS_KIND".to_owned())]);
    }

    async fn one_very_like_another_is_shown_before_it_is_made(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let id = create(head, "CLAN", "Dòng họ Nguyễn Đình", json!({"phone": "0912345678"})).await;
        for (input, reason) in [
            (json!({"name": "DONG HO NGUYEN DINH"}), "NAME_IN_WARD"),
            (json!({"name": "Dòng họ Nguyễn", "phone": "0912345678"}), "PHONE"),
        ] {
            let mut like = collective("CLAN", "", input);
            like["confirmDistinct"] = json!(false);
            let answer = mutate(head, "createCollective", like.clone()).await.ok();
            assert_eq!(answer.text("createCollective.outcome"), "DUPLICATE_CANDIDATES");
            assert_eq!(answer.data("createCollective.duplicates")[0]["reason"], reason);
            assert_eq!(answer.data("createCollective.duplicates")[0]["collective"]["id"], json!(id));
            // the neighbours are told that there is one, and not which
            let neighbour = mutate(&world.branch(0, 0, 1).head.client, "createCollective", like.clone()).await.ok();
            assert_eq!(neighbour.data("createCollective.duplicates")[0]["collective"], Value::Null);
            // another kind of the same name is no duplicate, nor is one in another ward
            like["kind"] = json!("COMMUNITY");
            assert_eq!(mutate(head, "createCollective", like).await.ok().text("createCollective.outcome"), "APPLIED");
        }
        // a family asks after no other phone number than its own
        let asks = json!({"kind": "CLAN", "name": "Dòng họ Phan", "headName": "Phan Văn Hỏi", "address": "Số 2", "phone": "0912345678"});
        let answer = mutate(&world.branch(0, 1, 0).family.client, "createCollective", asks).await.ok();
        assert_eq!(answer.text("createCollective.outcome"), "APPLIED");
        world.app.assert_counters().await;
    }

    async fn a_phone_sends_twice_and_one_is_made(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let input = collective("COMMUNITY", "Tổ dân phố số 7", json!({"idempotencyKey": Uuid::new_v4()}));
        let (first, second) = tokio::join!(mutate(head, "createCollective", input.clone()), mutate(head, "createCollective", input.clone()));
        let (first, second) = (first.ok(), second.ok());
        let mut outcomes = [first.text("createCollective.outcome"), second.text("createCollective.outcome")];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        assert_eq!(first.text("createCollective.collective.id"), second.text("createCollective.collective.id"));
        let mut other = input.clone();
        other["name"] = json!("Tổ dân phố số 8");
        assert_eq!(mutate(head, "createCollective", other).await.ok().text("createCollective.outcome"), "KEY_REUSED");
        let id = first.text("createCollective.collective.id");
        let change = json!({"id": id, "expectedVersion": 1, "name": "Tổ dân phố số 9", "phone": ""});
        let changed = mutate(head, "updateCollective", change.clone()).await.ok();
        assert_eq!(changed.text("updateCollective.outcome"), "APPLIED");
        assert_eq!(changed.number("updateCollective.collective.version"), 2);
        assert_eq!(mutate(head, "updateCollective", change).await.ok().text("updateCollective.outcome"), "STALE");
        let listed = ask(head, "collectives", json!({"kind": "COMMUNITY"})).await.ok();
        assert_eq!(listed.list("collectives.edges").len(), 1);
        world.app.assert_counters().await;
    }

    async fn a_subject_is_registered_once_however_often_it_is_sent(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let clan = create(head, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let input = json!({"idempotencyKey": Uuid::new_v4(), "subjectId": clan, "year": YEAR});
        let (first, second) = tokio::join!(mutate(head, "registerSubject", input.clone()), mutate(head, "registerSubject", input));
        let (first, second) = (first.ok(), second.ok());
        let mut outcomes = [first.text("registerSubject.outcome"), second.text("registerSubject.outcome")];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        assert_eq!(first.text("registerSubject.registration.id"), second.text("registerSubject.registration.id"));
        world.app.assert_counters().await;
    }

    async fn nobody_decides_on_what_they_head(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let phone = "0912999888";
        let head = tests::factory::appoint(&world.app, world.district(0).tenant, &branch.unit, entity::vocabulary::Role::BranchHead, "Hồ Thị Chi", Some(phone)).await;
        let clan = create(&branch.head.client, "CLAN", "Dòng họ Hồ", json!({"phone": phone})).await;
        let registration = registered(&branch.head.client, &clan).await;
        let refused = decide(&head.client, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(refused.data("approveRegistrations.results")[0]["rule"], "OWN_HOUSEHOLD");
        // taking the number off first helps nobody
        let change = json!({"id": clan, "expectedVersion": 1, "phone": "0912777666"});
        assert_eq!(mutate(&head.client, "updateCollective", change).await.rule(), Some("OWN_HOUSEHOLD"));
        let done = decide(&branch.head.client, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(done.data("approveRegistrations.results")[0]["outcome"], "APPLIED");
    }

    async fn the_form_of_the_criteria_changes_only_before_approval(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let id = create(&branch.family.client, "INSTITUTION", "Trường Tiểu học Trưng Vương", json!({"people": 40})).await;
        let registration = registered(&branch.family.client, &id).await;
        // what waits for a decision is not changed by its own people
        let change = |version: i32, variant: &str| json!({"id": id, "expectedVersion": version, "variant": variant});
        assert_eq!(mutate(&branch.family.client, "updateCollective", change(1, "STATE_MANAGED")).await.rule(), Some("SUBJECT_IS_REGISTERED"));
        mutate(head, "updateCollective", change(1, "STATE_MANAGED")).await.ok();
        let seen = ask(head, "collective", json!({"id": id})).await.ok();
        assert_eq!(seen.text("collective.variant"), "STATE_MANAGED");
        let answer = register_subject(head, &id).await.ok();
        assert_eq!(answer.text("registerSubject.registration.variant"), "STATE_MANAGED");
        decide(head, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(mutate(head, "updateCollective", change(2, "WARD_MANAGED")).await.rule(), Some("SUBJECT_IS_REGISTERED"));
    }

    async fn one_phone_enters_thirty_and_no_more(kind) {
        let world = World::build(kind).await;
        let family = &world.branch(0, 0, 0).family.client;
        for number in 0..30 {
            create(family, "CLAN", &format!("Dòng họ số {number}"), json!({})).await;
        }
        let more = collective("CLAN", "Dòng họ Đỗ", json!({}));
        assert_eq!(mutate(family, "createCollective", more).await.rule(), Some("TOO_MANY_SUBJECTS"));
        // pages go on where they ended
        let first = ask(family, "collectives", json!({"kind": "CLAN", "first": 20})).await.ok();
        let after = first.text("collectives.pageInfo.endCursor");
        let second = ask(family, "collectives", json!({"kind": "CLAN", "first": 20, "after": after})).await.ok();
        assert_eq!((first.list("collectives.edges").len(), second.list("collectives.edges").len()), (20, 10));
        assert_eq!(first.data("collectives.edges")[2]["node"]["name"], "Dòng họ số 2");
    }

    async fn a_clan_is_registered_again_and_its_head_hears_of_every_step(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        let clan = create(family, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let registration = registered(family, &clan).await;
        decide(&branch.head.client, "approveRegistrations", &[&registration]).await.ok();
        world.app.relay().await;
        let heard = ask(family, "notices", json!({"unread": true})).await.ok();
        let kinds: Vec<&str> = heard.list("notices.edges").iter()
            .filter(|edge| edge["node"]["registrationId"] == json!(registration))
            .filter_map(|edge| edge["node"]["kind"].as_str()).collect();
        assert_eq!(kinds, ["REGISTRATION_APPROVED"], "and not of what they did themselves");
        tests::factory::open_year(&world.officer.client, YEAR + 1).await.ok();
        world.app.clock.set(tests::app::moment("2027-02-01T09:00:00+07:00"));
        let items = json!({"items": [{"id": clan, "expectedVersion": 1}], "year": YEAR + 1});
        let again = mutate(family, "registerAgain", items).await.ok();
        assert_eq!(again.data("registerAgain.results")[0]["outcome"], "APPLIED");
        assert_eq!(again.data("registerAgain.results")[0]["registration"]["year"], YEAR + 1);
        // one that was never registered has nothing to go on from, one out of reach is not there
        let other = create(family, "CLAN", "Dòng họ Trần", json!({})).await;
        let foreign = create(&world.branch(1, 0, 0).head.client, "CLAN", "Dòng họ Lê", json!({})).await;
        let items = json!({"items": [{"id": other}, {"id": foreign}, {"id": clan, "expectedVersion": 9}], "year": YEAR + 1});
        let refused = mutate(family, "registerAgain", items).await.ok();
        assert_eq!(tests::titles::words("registerAgain", &refused), ["NOTHING_LAST_YEAR", "NOT_FOUND", "STALE"]);
        world.app.assert_counters().await;
    }

    async fn papers_name_whoever_is_registered(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let school = create(head, "INSTITUTION", "Trường THCS Trưng Vương", json!({"people": 40})).await;
        let clan = create(head, "CLAN", "Dòng họ Nguyễn Đình", json!({"phone": "0912345678"})).await;
        let person = create_citizen(head, "Đào Thị Hoà", json!({"householdId": branch.household})).await;
        let mut ids = Vec::new();
        for subject in [&school, &clan, &person] {
            ids.push(registered(head, subject).await);
        }
        let forms = json!({"registrationIds": ids, "format": "XLSX"});
        let answer = ask(head, "registrationForms", forms).await.ok();
        let book = Book::read(&bytes(&answer, "registrationForms"));
        assert_eq!(book.column("Bản đăng ký", "Tên"), ["Trường THCS Trưng Vương", "Dòng họ Nguyễn Đình", "Đào Thị Hoà"]);
        let titles = book.column("Bản đăng ký", "Danh hiệu");
        assert_eq!(titles, ["Đơn vị học tập", "Dòng họ học tập", "Công dân học tập"]);
        // a citizen's address is the household's
        assert_eq!(book.column("Bản đăng ký", "Địa chỉ")[2], "Số 0 phố Huế");
    }
}
