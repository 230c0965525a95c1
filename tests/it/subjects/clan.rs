//! The families of clans, in one association and across several.

use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Branch, World, YEAR, ask, mutate};
use tests::titles::{AUTUMN, items, propose, recognise, self_score};
use uuid::Uuid;

use super::{create, registered};

/// Brings the registration of a branch's family to its title.
async fn recognised(world: &World, branch: &Branch, district: usize) {
    let ids = vec![branch.registration.clone()];
    mutate(
        &branch.head.client,
        "approveRegistrations",
        json!({"items": items(&ids)}),
    )
    .await
    .ok();
    self_score(world, &branch.head, &ids).await;
    tests::titles::assess(branch, &ids, Value::Null).await.ok();
    let ward = world.ward(district, 0);
    propose(&ward.officer.client, &ward.unit, "1", &ids).await.ok();
    recognise(&ward.officer.client, &ward.unit, "1", &ids).await.ok();
}

async fn add(client: &Client, clan: &str, households: &[&str]) -> Answer {
    mutate(
        client,
        "addClanFamilies",
        json!({"clanId": clan, "householdIds": households}),
    )
    .await
}

async fn outcomes(client: &Client, clan: &str, households: &[&str]) -> Vec<String> {
    let answer = add(client, clan, households).await.ok();
    let results = answer.list("addClanFamilies.results");
    results
        .iter()
        .map(|row| row["outcome"].as_str().expect("an outcome").to_owned())
        .collect()
}

/// Recognised and all families of a clan, as its figures show them.
async fn figures(client: &Client, clan: &str) -> (i64, i64) {
    let answer = ask(client, "collective", json!({"id": clan, "year": YEAR})).await.ok();
    (
        answer.number("collective.familyFigures.numerator"),
        answer.number("collective.familyFigures.denominator"),
    )
}

async fn count(client: &Client, clan: &str) -> Answer {
    mutate(client, "countClanFamilies", json!({"clanId": clan, "year": YEAR})).await
}

on_both! {
    async fn families_are_entered_by_those_who_answer_for_them(kind) {
        let world = World::build(kind).await;
        let (branch, other) = (world.branch(0, 0, 0), world.branch(0, 1, 0));
        let clan = create(&branch.family.client, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let unknown = khuyenhoc::global_id::encode(khuyenhoc::global_id::NodeKind::Household, world.district(0).tenant, Uuid::new_v4()).0;
        // a family enters itself and nobody else; the branch head those of the branch
        let sent = [branch.household.as_str(), &other.household, &unknown];
        assert_eq!(outcomes(&branch.family.client, &clan, &sent).await, ["APPLIED", "NOT_FOUND", "NOT_FOUND"]);
        assert_eq!(outcomes(&branch.head.client, &clan, &[&branch.household]).await, ["UNCHANGED"]);
        assert_eq!(outcomes(&other.head.client, &clan, &[&other.household]).await, ["APPLIED"]);
        assert_eq!(figures(&branch.family.client, &clan).await, (0, 2));
        // its head sees numbers, the branch head the families of the branch, the district all of them
        for (who, names) in [(&branch.head.client, 1), (&world.ward(0, 0).officer.client, 1), (&world.district(0).officer.client, 2)] {
            let seen = ask(who, "collective", json!({"id": clan})).await.ok();
            assert_eq!(seen.list("collective.families.edges").len(), names);
        }
        let gone = mutate(&other.head.client, "removeClanFamilies", json!({"clanId": clan, "householdIds": [other.household]})).await.ok();
        assert_eq!(gone.data("removeClanFamilies.results")[0]["outcome"], "APPLIED");
        assert_eq!(figures(&branch.family.client, &clan).await, (0, 1));
        let no_clan = create(&branch.head.client, "COMMUNITY", "Tổ 5", json!({})).await;
        assert_eq!(add(&branch.head.client, &no_clan, &[&branch.household]).await.code(), Some("NOT_FOUND"));
        let community = ask(&branch.head.client, "collective", json!({"id": no_clan})).await.ok();
        assert_eq!((community.data("collective.families"), community.data("collective.familyFigures")), (&Value::Null, &Value::Null));
        let none = add(&branch.head.client, &clan, &[]).await;
        assert_eq!(none.problems(), [("householdIds".to_owned(), "REQUIRED".to_owned())]);
    }

    async fn another_association_tells_numbers_and_only_by_its_leave(kind) {
        let world = World::build(kind).await;
        let (branch, there) = (world.branch(0, 0, 0), world.branch(1, 0, 0));
        let head = &branch.head.client;
        let clan = create(head, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        add(head, &clan, &[&branch.household]).await.ok();
        assert_eq!(outcomes(&there.head.client, &clan, &[&there.household]).await, ["APPLIED"]);
        world.app.clock.set(tests::app::moment(AUTUMN));
        recognised(&world, branch, 0).await;
        recognised(&world, there, 1).await;
        // without leave nothing comes across
        let alone = count(head, &clan).await.ok();
        assert_eq!(alone.data("countClanFamilies.figures.elsewhere"), &json!([]));
        assert_eq!(figures(head, &clan).await, (1, 1));
        let grant = json!({"clanId": clan});
        let officer = &world.district(1).officer.client;
        mutate(officer, "grantClanCount", grant.clone()).await.ok();
        // leave is given to the clan's own association: nobody else asks after it
        assert_eq!(count(&there.head.client, &clan).await.code(), Some("NOT_FOUND"));
        assert_eq!(count(&world.branch(0, 0, 1).head.client, &clan).await.code(), Some("NOT_FOUND"));
        let counted = count(head, &clan).await.ok();
        let elsewhere = counted.list("countClanFamilies.figures.elsewhere");
        assert_eq!(elsewhere.len(), 1);
        assert_eq!((&elsewhere[0]["families"], &elsewhere[0]["recognised"]), (&json!(1), &json!(1)));
        assert_eq!(figures(head, &clan).await, (2, 2));
        // names stay where they are
        let seen = ask(&world.district(0).officer.client, "collective", json!({"id": clan})).await.ok();
        assert_eq!(seen.list("collective.families.edges").len(), 1);
        mutate(officer, "revokeClanCount", grant.clone()).await.ok();
        count(head, &clan).await.ok();
        assert_eq!(figures(head, &clan).await, (1, 1));
        // given again, it counts again
        mutate(officer, "grantClanCount", grant).await.ok();
        count(head, &clan).await.ok();
        assert_eq!(figures(head, &clan).await, (2, 2));
    }

    async fn two_who_count_at_once_keep_one_figure_for_each_association(kind) {
        let world = World::build(kind).await;
        let (branch, there) = (world.branch(0, 0, 0), world.branch(1, 0, 0));
        let head = &branch.head.client;
        let clan = create(head, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        add(&there.head.client, &clan, &[&there.household]).await.ok();
        mutate(&world.district(1).officer.client, "grantClanCount", json!({"clanId": clan})).await.ok();
        let (first, second) = tokio::join!(count(head, &clan), count(head, &clan));
        for counted in [first.ok(), second.ok()] {
            assert_eq!(counted.list("countClanFamilies.figures.elsewhere").len(), 1);
        }
        assert_eq!(figures(head, &clan).await, (0, 1));
    }

    async fn leave_is_the_districts_to_give_and_for_clans_of_others(kind) {
        let world = World::build(kind).await;
        let clan = create(&world.branch(0, 0, 0).head.client, "CLAN", "Dòng họ Nguyễn", json!({})).await;
        let grant = || json!({"clanId": clan});
        for (who, code) in [
            (&world.ward(1, 0).officer.client, "FORBIDDEN"),
            (&world.branch(1, 0, 0).head.client, "FORBIDDEN"),
            (&world.officer.client, "FORBIDDEN"),
            (&world.district(0).officer.client, "NOT_FOUND"),
        ] {
            assert_eq!(mutate(who, "grantClanCount", grant()).await.code(), Some(code));
        }
        let officer = &world.district(1).officer.client;
        assert_eq!(mutate(officer, "revokeClanCount", grant()).await.code(), Some("NOT_FOUND"));
        let unknown = khuyenhoc::global_id::encode(khuyenhoc::global_id::NodeKind::Collective, world.district(0).tenant, Uuid::new_v4()).0;
        assert_eq!(mutate(officer, "grantClanCount", json!({"clanId": unknown})).await.code(), Some("NOT_FOUND"));
        let key = Uuid::new_v4();
        for outcome in ["APPLIED", "REPLAYED"] {
            let answer = mutate(officer, "grantClanCount", json!({"clanId": clan, "idempotencyKey": key})).await.ok();
            assert_eq!(answer.text("grantClanCount.outcome"), outcome);
        }
    }

    async fn an_officer_fills_no_clan_of_their_own_and_nobody_one_that_is_being_marked(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let phone = "0912999888";
        let tenant = world.district(0).tenant;
        let head = tests::factory::appoint(&world.app, tenant, &branch.unit, entity::vocabulary::Role::BranchHead, "Hồ Thị Chi", Some(phone)).await;
        let clan = create(&branch.head.client, "CLAN", "Dòng họ Hồ", json!({"phone": phone})).await;
        assert_eq!(add(&head.client, &clan, &[&branch.household]).await.rule(), Some("OWN_HOUSEHOLD"));
        assert_eq!(outcomes(&branch.head.client, &clan, &[&branch.household]).await, ["APPLIED"]);
        tests::factory::publish_shipped(&world.officer.client, "clan-448-2015").await;
        let registration = registered(&branch.head.client, &clan).await;
        tests::factory::decide(&branch.head.client, "approveRegistrations", &[&registration]).await.ok();
        world.app.clock.set(tests::app::moment(AUTUMN));
        let marks: Vec<Value> = ["2.1", "2.2", "3.1", "3.2"].iter().map(|code| json!({"indicator": code, "points": 10.0})).collect();
        tests::factory::score(&branch.head.client, &registration, &marks).await.ok();
        let gone = json!({"clanId": clan, "householdIds": [branch.household]});
        assert_eq!(mutate(&branch.head.client, "removeClanFamilies", gone).await.rule(), Some("SUBJECT_IS_REGISTERED"));
    }
}
