//! Targets: who sets them, how they come down, and what of them has been reached.

use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, decide, mutate};
use tests::titles::{assessed, propose, recognise};
use tokio::task::JoinSet;
use uuid::Uuid;

async fn set(client: &Client, unit: &str, basis_points: i32) -> Answer {
    let input = json!({"unitId": unit, "year": YEAR, "basisPoints": basis_points});
    mutate(client, "setTarget", input).await
}

/// How many got it and how many kept their own.
async fn cascade(client: &Client, unit: &str, basis_points: i32, overwrite: bool) -> (i64, i64) {
    let input = json!({"unitId": unit, "year": YEAR, "basisPoints": basis_points, "overwrite": overwrite});
    let answer = mutate(client, "cascadeTarget", input).await.ok();
    (answer.number("cascadeTarget.set"), answer.number("cascadeTarget.kept"))
}

/// A unit's target as somebody sees it: the share, and whose it is if inherited.
async fn target(client: &Client, unit: &str) -> Value {
    let answer = ask(client, "progress", json!({"unitId": unit, "year": YEAR}))
        .await
        .ok();
    let target = answer.data("progress.target");
    json!([target["basisPoints"], target["inheritedFrom"]["name"]])
}

on_both! {
    async fn a_unit_without_its_own_has_that_of_the_nearest_unit_above(kind) {
        let world = World::build(kind).await;
        let (city, district, ward) = (&world.officer.client, world.district(0), world.ward(0, 0));
        let (own, other) = (&world.branch(0, 0, 0).unit, &world.branch(0, 0, 1).unit);
        assert_eq!(target(city, own).await, json!([null, null]));
        set(city, &world.unit, 9000).await.ok();
        for unit in [own, &ward.unit, &district.unit] {
            assert_eq!(target(city, unit).await, json!([9000, "Hà Nội"]));
        }
        // the city's own row is the city's to see; what is to hold in an association is cascaded into it
        assert_eq!(target(&ward.officer.client, own).await, json!([null, null]));
        set(city, &district.unit, 8800).await.ok();
        set(&district.officer.client, &ward.unit, 8600).await.ok();
        for client in [city, &district.officer.client, &ward.officer.client] {
            assert_eq!(target(client, own).await, json!([8600, "Phường 1"]));
        }
        assert_eq!(target(&district.officer.client, &world.ward(0, 1).unit).await, json!([8800, "Hoàn Kiếm"]));
        assert_eq!(target(&world.branch(0, 1, 0).head.client, &world.branch(0, 1, 0).unit).await, json!([8800, "Hoàn Kiếm"]));
        set(&ward.officer.client, own, 8000).await.ok();
        assert_eq!(target(&world.branch(0, 0, 0).head.client, own).await, json!([8000, null]));
        assert_eq!(target(&ward.officer.client, other).await, json!([8600, "Phường 1"]));
        // in the lists too, and in the overview of the city
        let below = ask(&ward.officer.client, "progress", json!({"year": YEAR})).await.ok();
        let shown: Vec<&Value> = below.list("progress.children.edges").iter().map(|edge| &edge["node"]["target"]).collect();
        assert_eq!(shown, [&json!({"basisPoints": 8000, "inheritedFrom": null}), &json!({"basisPoints": 8600, "inheritedFrom": {"name": "Phường 1"}})]);
        let overview = ask(&world.leader.client, "cityOverview", json!({"year": YEAR})).await.ok();
        assert_eq!(overview.number("cityOverview.target.basisPoints"), 9000);
        let districts: Vec<&Value> = overview.list("cityOverview.districts").iter().map(|row| &row["target"]["inheritedFrom"]["name"]).collect();
        assert_eq!(districts, [&json!("Hà Nội"), &Value::Null]);
    }

    async fn each_level_sets_those_below_and_never_its_own(kind) {
        let world = World::build(kind).await;
        let (district, ward, branch) = (world.district(0), world.ward(0, 0), world.branch(0, 0, 0));
        set(&ward.officer.client, &branch.unit, 100).await.ok();
        assert_eq!(set(&ward.officer.client, &ward.unit, 100).await.code(), Some("FORBIDDEN"));
        assert_eq!(set(&district.officer.client, &district.unit, 100).await.code(), Some("FORBIDDEN"));
        assert_eq!(set(&branch.head.client, &branch.unit, 100).await.code(), Some("FORBIDDEN"));
        let foreign = [&world.ward(0, 1).unit, &world.branch(0, 1, 0).unit, &world.branch(1, 0, 0).unit, &district.unit, &world.district(1).unit];
        for unit in foreign {
            assert_eq!(set(&ward.officer.client, unit, 100).await.code(), Some("NOT_FOUND"));
            let input = json!({"unitId": unit, "year": YEAR, "basisPoints": 100});
            assert_eq!(mutate(&ward.officer.client, "cascadeTarget", input).await.code(), Some("NOT_FOUND"));
        }
        assert_eq!(set(&district.officer.client, &world.ward(1, 0).unit, 100).await.code(), Some("NOT_FOUND"));
        let wrong = set(&ward.officer.client, &branch.unit, 10_001).await;
        assert_eq!(wrong.problems(), [("basisPoints".to_owned(), "OUT_OF_RANGE".to_owned())]);
        let input = json!({"unitId": branch.unit, "year": YEAR, "basisPoints": 100});
        assert_eq!(mutate(&ward.officer.client, "cascadeTarget", input).await.rule(), Some("NO_UNITS_BELOW"));
    }

    async fn a_cascade_leaves_what_was_set_by_hand_unless_asked(kind) {
        let world = World::build(kind).await;
        let (ward, officer) = (world.ward(0, 0), &world.ward(0, 0).officer.client);
        let (first, second) = (&world.branch(0, 0, 0).unit, &world.branch(0, 0, 1).unit);
        set(officer, first, 7000).await.ok();
        assert_eq!(cascade(officer, &ward.unit, 8000, false).await, (1, 1));
        assert_eq!((target(officer, first).await, target(officer, second).await), (json!([7000, null]), json!([8000, null])));
        // what was cascaded is cascaded over
        assert_eq!(cascade(officer, &ward.unit, 8100, false).await, (1, 1));
        assert_eq!(target(officer, second).await, json!([8100, null]));
        assert_eq!(cascade(officer, &ward.unit, 8200, true).await, (2, 0));
        assert_eq!(cascade(officer, &ward.unit, 8300, false).await, (2, 0));
        // by hand again, which holds again
        set(officer, second, 6000).await.ok();
        assert_eq!(cascade(officer, &ward.unit, 8400, false).await, (1, 1));
        assert_eq!((target(officer, first).await, target(officer, second).await), (json!([8400, null]), json!([6000, null])));
        // a district sets its wards, whose branches keep what they have
        assert_eq!(cascade(&world.district(0).officer.client, &world.district(0).unit, 9000, false).await, (2, 0));
        assert_eq!(target(officer, first).await, json!([8400, null]));
        assert_eq!(target(officer, &ward.unit).await, json!([9000, null]));
    }

    async fn the_city_cascades_into_every_association_once(kind) {
        let world = World::build(kind).await;
        let city = &world.officer.client;
        set(city, &world.district(1).unit, 5000).await.ok();
        let mut input = json!({"unitId": world.unit, "year": YEAR, "basisPoints": 8700, "measure": "APPROVED", "idempotencyKey": Uuid::new_v4()});
        let first = mutate(city, "cascadeTarget", input.clone()).await.ok();
        assert_eq!(first.data("cascadeTarget"), &json!({"outcome": "APPLIED", "set": 1, "kept": 1}));
        for (district, expected) in [(0, json!([8700, null])), (1, json!([5000, null]))] {
            assert_eq!(target(&world.district(district).officer.client, &world.district(district).unit).await, expected);
        }
        // lost and sent again, after somebody has set one by hand: nothing is done twice
        set(city, &world.district(0).unit, 8750).await.ok();
        let again = mutate(city, "cascadeTarget", input.clone()).await.ok();
        assert_eq!(again.number("cascadeTarget.set"), 1);
        assert_eq!(target(city, &world.district(0).unit).await, json!([8750, null]));
        input["basisPoints"] = json!(1);
        let reused = mutate(city, "cascadeTarget", input).await.ok();
        assert_eq!(reused.data("cascadeTarget.outcome"), "KEY_REUSED");
    }

    async fn a_target_says_what_it_is_of_and_what_of_that_is_reached(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, officer) = (&branch.head.client, &ward.officer.client);
        let ids = assessed(&world, branch, 2).await;
        decide(head, "approveRegistrations", &[&branch.registration]).await.ok();
        propose(officer, &ward.unit, "1", &ids[..1]).await.ok();
        recognise(officer, &ward.unit, "2", &ids[..1]).await.ok();
        // three households, three accepted, one recognised
        set(officer, &branch.unit, 9000).await.ok();
        let shown = ask(head, "progress", json!({"year": YEAR})).await.ok();
        let reached = json!({"numerator": 1, "denominator": 3, "basisPoints": 3333, "code": "RECOGNISED_OF_SUBJECTS"});
        assert_eq!((shown.data("progress.target.measure"), shown.data("progress.target.reached")), (&json!("RECOGNISED"), &reached));
        let mut both = Vec::new();
        for name in ["share", "recognisedShare"] {
            let share = shown.data(&format!("progress.{name}"));
            both.push(json!([share["numerator"], share["denominator"], share["basisPoints"], share["code"]]));
            assert!(share["definition"].as_str().is_some_and(|text| text.contains("households known")), "{share}");
        }
        assert_eq!(both, [json!([3, 3, 10_000, "APPROVED_OF_SUBJECTS"]), json!([1, 3, 3333, "RECOGNISED_OF_SUBJECTS"])]);
        let input = json!({"unitId": branch.unit, "year": YEAR, "basisPoints": 9500, "measure": "APPROVED"});
        let answer = mutate(officer, "setTarget", input).await.ok();
        assert_eq!(answer.text("setTarget.target.measure"), "APPROVED");
        let shown = ask(&head.with_header("accept-language", "vi"), "progress", json!({"year": YEAR})).await.ok();
        assert_eq!(shown.data("progress.target.reached.numerator"), 3);
        assert!(shown.text("progress.share.definition").contains("số hộ"));
        // a title whose subjects nobody has counted has no share, and no target of another's
        let clans = ask(head, "progress", json!({"year": YEAR, "model": "LEARNING_CLAN"})).await.ok();
        assert_eq!(clans.data("progress.share"), &json!({"numerator": 0, "denominator": 0, "basisPoints": null,
            "code": "APPROVED_OF_SUBJECTS", "definition": "registrations accepted / subjects of this title known today"}));
        assert!(clans.data("progress.target").is_null());
        // revoked is not recognised
        let mut revoke = tests::titles::decision(&ward.unit, "3", &ids[..1]);
        revoke["reason"] = json!("Nhầm");
        mutate(officer, "revokeTitles", revoke).await.ok();
        let shown = ask(head, "progress", json!({"year": YEAR})).await.ok();
        assert_eq!(shown.number("progress.recognisedShare.numerator"), 0);
    }

    async fn targets_of_before_are_for_what_branches_accept(kind) {
        let world = World::build(kind).await;
        let ward = world.ward(0, 0);
        set(&world.district(0).officer.client, &ward.unit, 8000).await.ok();
        // as the program before this one wrote it
        let sql = "INSERT INTO target (tenant_id, id, unit_id, model, year, basis_points, set_at)
            SELECT tenant_id, unit_id, unit_id, model, year - 1, basis_points, set_at FROM target";
        world.app.database.sql(sql).await;
        let shown = ask(&ward.officer.client, "progress", json!({"year": YEAR - 1})).await.ok();
        let target = shown.data("progress.target");
        assert_eq!((&target["measure"], &target["cascaded"]), (&json!("APPROVED"), &json!(false)));
    }

    async fn of_two_who_cascade_at_once_both_get_through(kind) {
        let world = World::build(kind).await;
        let (district, ward) = (world.district(0), world.ward(0, 0));
        let mut tries = JoinSet::new();
        for (client, points) in [(&district.officer.client, 8000), (&ward.officer.client, 8500)] {
            let (client, unit) = (client.clone(), ward.unit.clone());
            tries.spawn(async move { cascade(&client, &unit, points, false).await });
        }
        assert_eq!(tries.join_all().await, [(2, 0), (2, 0)]);
        let own = target(&ward.officer.client, &world.branch(0, 0, 0).unit).await;
        assert_eq!(own, target(&ward.officer.client, &world.branch(0, 0, 1).unit).await);
        assert!([json!([8000, null]), json!([8500, null])].contains(&own));
    }
}
