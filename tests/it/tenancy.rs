//! The application's filter, with nothing behind it; and answers that do not tell whether a foreign row exists.
//!
//! Row-level security without the filter is in `locks.rs`.

use async_graphql::ID;
use entity::query::{ColumnTrait, Condition};
use entity::scope::{Reach, Scope};
use entity::table::{household, registration};
use entity::vocabulary::Role;
use khuyenhoc::global_id::{NodeKind, decode, encode};
use serde_json::{Value, json};
use tests::database::{Kind, sql_at};
use tests::factory::{World, YEAR, appoint_account, ask, create_account, decide, mutate, operator, register};
use tests::lock::{Bound, sql_as_tenant, switch_row_level_security_off};
use uuid::Uuid;

/// What a stranger is answered for an id of another association, beside what they are answered for a random one.
async fn assert_alike(world: &World, field: &str, ids: [Value; 2], place: impl Fn(Value) -> Value) {
    for (role, person) in world.roles() {
        if matches!(role.as_str(), "CITY_OFFICER" | "CITY_LEADER") {
            continue;
        }
        let [foreign, random] = ids.clone();
        let foreign = person.client.run(&tests::operation::of(field), place(foreign)).await;
        let random = person.client.run(&tests::operation::of(field), place(random)).await;
        assert_eq!(
            foreign.comparable(),
            random.comparable(),
            "{field} as {}",
            role.as_str()
        );
        assert!(
            !foreign.errors().is_empty(),
            "{field} as {}: {}",
            role.as_str(),
            foreign.json
        );
    }
}

on_both! {
    async fn a_foreign_id_is_answered_byte_for_byte_like_a_random_one(kind) {
        let world = World::build(kind).await;
        let (mine, theirs) = (world.district(0).tenant, world.district(1).tenant);
        let foreign = world.branch(1, 0, 0);
        let random = |kind, tenant| json!(encode(kind, tenant, Uuid::new_v4()));
        let key = Uuid::new_v4();
        // in their association and in one's own: neither may tell
        for tenant in [theirs, mine] {
            let household = [json!(foreign.household), random(NodeKind::Household, tenant)];
            let registration = [json!(foreign.registration), random(NodeKind::Registration, tenant)];
            let unit = [json!(foreign.unit), random(NodeKind::Unit, tenant)];
            for (field, ids) in [("household", &household), ("registration", &registration), ("unit", &unit)] {
                assert_alike(&world, field, ids.clone(), |id| json!({ "id": id })).await;
                assert_alike(&world, "node", ids.clone(), |id| json!({ "id": id })).await;
            }
            for field in ["households", "registrations", "progress"] {
                assert_alike(&world, field, unit.clone(), |id| json!({"unitId": id, "year": YEAR})).await;
            }
            for field in ["submitRegistration", "withdrawRegistration"] {
                let place = |id| json!({"input": {"idempotencyKey": key, "id": id, "expectedVersion": 1}});
                assert_alike(&world, field, registration.clone(), place).await;
            }
            let place = |id| json!({"input": {"idempotencyKey": key, "householdId": id, "year": YEAR}});
            assert_alike(&world, "registerHousehold", household.clone(), place).await;
            let place = |id| json!({"input": {"idempotencyKey": key, "id": id, "expectedVersion": 1, "address": "x"}});
            assert_alike(&world, "updateHousehold", household.clone(), place).await;
            let place = |id| json!({"input": {"idempotencyKey": key, "branchId": id, "headName": "Lý Thị Xa", "address": "x"}});
            assert_alike(&world, "createHousehold", unit.clone(), place).await;
            let place = |id| json!({"input": {"idempotencyKey": key, "parentId": id, "kind": "BRANCH", "name": "x"}});
            assert_alike(&world, "createUnit", unit.clone(), place).await;
            let place = |id| json!({"input": {"idempotencyKey": key, "unitId": id, "year": YEAR, "basisPoints": 5}});
            assert_alike(&world, "setTarget", unit.clone(), place).await;
        }
    }

    async fn deciding_on_a_foreign_id_finds_nothing_and_changes_nothing(kind) {
        let world = World::build(kind).await;
        let foreign = world.branch(1, 0, 0);
        for tenant in [world.district(0).tenant, world.district(1).tenant] {
            let random = encode(NodeKind::Registration, tenant, Uuid::new_v4()).to_string();
            for field in ["approveRegistrations", "returnRegistrations", "rejectRegistrations"] {
                let answer = decide(&world.branch(0, 0, 0).head.client, field, &[&foreign.registration, &random]).await.ok();
                let results = answer.list(&format!("{field}.results"));
                for result in results {
                    assert_eq!((&result["outcome"], &result["registration"]), (&json!("NOT_FOUND"), &Value::Null));
                }
                assert_eq!(results[0]["message"], results[1]["message"]);
            }
        }
        let seen = ask(&foreign.family.client, "registration", json!({"id": foreign.registration})).await.ok();
        assert_eq!(seen.number("registration.version"), 1);
    }

    async fn a_foreign_row_under_ones_own_associations_name_is_not_found(kind) {
        let world = World::build(kind).await;
        let foreign = world.branch(1, 0, 0);
        let (_, id) = khuyenhoc::global_id::decode_as::<Uuid>(NodeKind::Household, &foreign.household.as_str().into(), "id")
            .expect("an id");
        let disguised = encode(NodeKind::Household, world.district(0).tenant, id);
        let answer = ask(&world.district(0).officer.client, "household", json!({ "id": disguised })).await;
        assert_eq!(answer.code(), Some("NOT_FOUND"));
    }

    async fn the_filter_holds_alone(kind) {
        let world = World::build(kind).await;
        switch_row_level_security_off(&world.app.database).await;
        let (mine, theirs) = (world.district(0).tenant, world.district(1).tenant);
        // a scope that is as wide as can be, asked for everything, and for the other association by name
        let scope: Scope = operator(&world.app, mine);
        assert_eq!(*scope.reach(), Reach::Tenant);
        let rows = scope.find::<household::Entity>().all().await.expect("rows");
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.tenant_id == mine));
        let other = scope.find::<household::Entity>().filter(household::Column::TenantId.eq(theirs));
        assert!(other.all().await.expect("rows").is_empty());
        let either = Condition::any()
            .add(registration::Column::TenantId.eq(theirs))
            .add(registration::Column::TenantId.eq(mine));
        let rows = scope.find::<registration::Entity>().filter(either).all().await.expect("rows");
        assert!(rows.len() == 4 && rows.iter().all(|row| row.tenant_id == mine));
        let written = scope
            .write(async |tx: &entity::scope::Writer<'_>| {
                tx.update::<registration::Entity>()
                    .set(registration::Column::Note, "x")
                    .filter(registration::Column::TenantId.eq(theirs))
                    .run()
                    .await
            })
            .await;
        assert_eq!(written.expect("an update"), 0);
    }

    async fn the_journal_takes_no_change(kind) {
        let world = World::build(kind).await;
        let (database, tenant) = (&world.app.database, world.district(0).tenant);
        for sql in ["UPDATE registration_event SET reason = 'x'", "DELETE FROM registration_event"] {
            let refused = match kind {
                Kind::Postgres => sql_as_tenant(database, tenant, Bound::ToTransaction, sql).await.is_err(),
                Kind::Sqlite => sql_at(database.url(), sql).await.is_err(),
            };
            assert!(refused, "{sql}");
        }
        let rows = database.sql("SELECT COUNT(*) FROM registration_event WHERE reason IS NULL").await;
        assert_eq!(rows, [[Some("8".to_owned())]]);
    }

    async fn lists_hold_ones_own_association_only(kind) {
        let world = World::build(kind).await;
        for (district, other) in [(0, 1), (1, 0)] {
            let officer = &world.district(district).officer.client;
            let list = ask(officer, "households", json!({"first": 100})).await.ok();
            assert_eq!((list.list("households.edges").len(), list.number("households.totalCount")), (4, 4));
            let found = ask(officer, "households", json!({"search": "nguyen"})).await.ok();
            assert_eq!(found.list("households.edges").len(), 4);
            let text = String::from_utf8_lossy(&list.bytes).into_owned() + &String::from_utf8_lossy(&found.bytes);
            assert!(!text.contains(&world.branch(other, 0, 0).household));
        }
    }
}

on_both! {
    async fn an_id_that_two_associations_have_opens_nothing_of_the_other(kind) {
        let world = World::build(kind).await;
        switch_row_level_security_off(&world.app.database).await;
        let victim = world.branch(0, 0, 0);
        let uuid = |id: &str| decode(&ID::from(id), "id").expect("an id").id;
        let (household, registration) = (uuid(&victim.household), uuid(&victim.registration));
        // a family of both associations, which knows the other family's ids and makes its own records with them
        let account = create_account(&world.app, "Người Tò Mò", None, None).await;
        let year = ("2026-01-01T00:00:00+07:00", None);
        let post = async |district: usize| {
            let unit = &world.branch(district, 0, 0).unit;
            appoint_account(&world.app, world.district(district).tenant, unit, Role::Family, account, year).await
        };
        let (there, here) = (post(1).await.client, post(0).await.client);
        let made = json!({"id": household, "headName": "Người Tò Mò", "address": "Số 1"});
        let made = mutate(&there, "createHousehold", made).await.ok();
        let own = made.text("createHousehold.household.id");
        assert_eq!(uuid(&own), household);
        mutate(&there, "registerHousehold", json!({"id": registration, "householdId": own, "year": YEAR})).await.ok();

        assert_eq!(ask(&there, "household", json!({"id": own})).await.ok().text("household.headName"), "Người Tò Mò");
        for (field, id) in [("household", &victim.household), ("registration", &victim.registration)] {
            assert_eq!(ask(&here, field, json!({ "id": id })).await.code(), Some("NOT_FOUND"), "{field}");
        }
        for field in ["households", "registrations"] {
            let list = ask(&here, field, json!({"year": YEAR})).await.ok();
            assert_eq!(list.list(&format!("{field}.edges")).len(), 0, "{field}");
        }
        let copy = ask(&here, "changes", json!({})).await.ok();
        assert_eq!(copy.list("changes.records").len(), 0, "{}", copy.json);
        let corrected = json!({"id": victim.household, "expectedVersion": 1, "address": "Nơi khác"});
        assert_eq!(mutate(&here, "updateHousehold", corrected).await.code(), Some("NOT_FOUND"));
        let withdrawn = json!({"id": victim.registration, "expectedVersion": 1, "reason": "Không phải của mình"});
        assert_eq!(mutate(&here, "withdrawRegistration", withdrawn).await.code(), Some("NOT_FOUND"));
    }
}

/// The suite's journey with the tenant bound to each transaction, as behind `PgBouncer`.
#[tokio::test(flavor = "multi_thread")]
async fn bound_to_the_transaction_the_locks_hold_too() {
    let settings = [("KHUYENHOC_TENANT_BINDING", "transaction")];
    let app = tests::app::TestApp::start_with(Kind::Postgres, &settings).await;
    let world = World::on(app).await;
    for turn in 0..20 {
        let (own, other) = (turn % 2, 1 - turn % 2);
        let officer = &world.district(own).officer.client;
        let list = ask(officer, "households", json!({})).await.ok();
        assert_eq!(list.list("households.edges").len(), 4);
        let foreign = ask(officer, "household", json!({"id": world.branch(other, 0, 0).household})).await;
        assert_eq!(foreign.code(), Some("NOT_FOUND"));
    }
    let branch = world.branch(0, 0, 0);
    let answer = decide(&branch.head.client, "approveRegistrations", &[&branch.registration])
        .await
        .ok();
    assert_eq!(answer.text("approveRegistrations.results.0.outcome"), "APPLIED");
    let again = register(&branch.family.client, &branch.household, Uuid::new_v4())
        .await
        .ok();
    assert_eq!(again.text("registerHousehold.outcome"), "ALREADY_REGISTERED");
    let city = ask(&world.leader.client, "cityOverview", json!({"year": YEAR}))
        .await
        .ok();
    assert_eq!(city.number("cityOverview.counts.approved"), 1);
    world.app.assert_counters().await;
}
