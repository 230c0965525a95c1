//! Removing the second factor of somebody who has lost it: who may, who may not, and what is left of it.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint, appoint_account, ask, create_account, lost_factor, mutate};
use tests::operation;
use tests::process;
use uuid::Uuid;

const PHONE: &str = "0977000111";
const PASSWORD: &str = "một hai ba bốn năm sáu";
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);

/// Somebody with a password, a post and a factor that is lost.
async fn holder(world: &World, (tenant, unit): (entity::id::TenantId, &str), role: Role) -> Person {
    let account = create_account(&world.app, "Cao Thị Mất", Some(PHONE), Some(PASSWORD)).await;
    lost_factor(&world.app, account).await;
    appoint_account(&world.app, tenant, unit, role, account, ALWAYS).await
}

async fn remove(client: &Client, whose: &Person) -> Answer {
    let input = json!({"accountId": account_id(whose.account), "reason": "PHONE_LOST"});
    mutate(client, "removeSecondFactorOf", input).await
}

async fn sign_in(app: &TestApp) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

async fn counted(app: &TestApp, what: &str) -> String {
    let rows = app.database.sql(&format!("SELECT COUNT(*) FROM {what}")).await;
    rows[0][0].clone().expect("a count")
}

async fn in_force(app: &TestApp) -> String {
    counted(app, "second_factor WHERE secret IS NOT NULL").await
}

on_both! {
    async fn an_officer_removes_what_somebody_below_has_lost(kind) {
        let world = World::build(kind).await;
        let (app, ward, district) = (&world.app, world.ward(0, 0), world.district(0));
        let head = holder(&world, (district.tenant, &world.branch(0, 0, 0).unit), Role::BranchHead).await;
        assert_eq!(sign_in(app).await.rule(), Some("SECOND_FACTOR_NEEDED"));
        let input = json!({"idempotencyKey": Uuid::new_v4(), "accountId": account_id(head.account), "reason": "PHONE_LOST"});
        let (one, two) = tokio::join!(
            mutate(&ward.officer.client, "removeSecondFactorOf", input.clone()),
            mutate(&ward.officer.client, "removeSecondFactorOf", input.clone()),
        );
        let outcome = |answer: Answer| answer.ok().text("removeSecondFactorOf.outcome");
        let mut outcomes = [outcome(one), outcome(two)];
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        let mut other = input.clone();
        other["reason"] = json!("OTHER");
        assert_eq!(outcome(mutate(&ward.officer.client, "removeSecondFactorOf", other).await), "KEY_REUSED");
        assert_eq!(remove(&ward.officer.client, &head).await.code(), Some("NOT_FOUND"));
        // all sessions are over; the password is as it was
        assert_eq!(in_force(app).await, "0");
        assert_eq!(ask(&head.client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        let back = sign_in(app).await.ok();
        let own = app.anonymous().with_token(&back.text("signIn.accessToken"));
        let told = ask(&own, "notices", json!({})).await.ok();
        assert_eq!(told.text("notices.edges.0.node.kind"), "SECOND_FACTOR_REMOVED");
        let entry = "security_event WHERE kind = 'SECOND_FACTOR_REMOVED' AND detail = 'PHONE_LOST' AND by_post_id IS NOT NULL";
        assert_eq!(counted(app, entry).await, "1");
        assert_eq!(counted(app, "session WHERE ended_because = 'SECOND_FACTOR_REMOVED'").await, "1");
    }

    async fn a_role_that_needs_one_enrols_again(kind) {
        let world = World::build(kind).await;
        let district = world.district(0);
        let officer = holder(&world, (district.tenant, &district.unit), Role::DistrictOfficer).await;
        remove(&world.officer.client, &officer).await.ok();
        let back = sign_in(&world.app).await.ok();
        let own = world.app.anonymous().with_token(&back.text("signIn.accessToken"));
        let list = ask(&own, "accountsBelow", json!({})).await;
        assert_eq!((list.code(), list.rule()), (Some("FORBIDDEN"), Some("SECOND_FACTOR_NEEDED")));
        ask(&own, "beginSecondFactor", json!({})).await.ok();
    }

    async fn nobody_else_does(kind) {
        let world = World::build(kind).await;
        let (app, district) = (&world.app, world.district(0));
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let head = holder(&world, (district.tenant, &branch.unit), Role::BranchHead).await;
        let equal = appoint(app, district.tenant, &branch.unit, Role::BranchHead, "Đỗ Thị Ngang", None).await;
        for (officer, expected) in [
            // oneself, an equal, those below, leadership; another ward, another district
            (&head, "FORBIDDEN"),
            (&equal, "FORBIDDEN"),
            (&branch.family, "FORBIDDEN"),
            (&world.leader, "FORBIDDEN"),
            (&world.ward(0, 1).officer, "NOT_FOUND"),
            (&world.ward(1, 0).officer, "NOT_FOUND"),
            (&world.district(1).officer, "NOT_FOUND"),
        ] {
            assert_eq!(remove(&officer.client, &head).await.code(), Some(expected));
        }
        // a session whose proof is old
        let owner = create_account(app, "Bùi Thị Cũ", Some("0977000222"), Some(PASSWORD)).await;
        appoint_account(app, district.tenant, &ward.unit, Role::WardOfficer, owner, ALWAYS).await;
        let signed = json!({"input": {"login": "0977000222", "password": PASSWORD}});
        let signed = app.anonymous().run(&operation::of("signIn"), signed).await.ok();
        let client = app.anonymous().with_token(&signed.text("signIn.accessToken"));
        app.clock.advance(chrono::TimeDelta::minutes(5));
        assert_eq!(remove(&client, &head).await.rule(), Some("STEP_UP_NEEDED"));
        // with a post elsewhere the account is not below one any more
        let elsewhere = &world.branch(1, 0, 0).unit;
        appoint_account(app, world.district(1).tenant, elsewhere, Role::Family, head.account, ALWAYS).await;
        assert_eq!(remove(&ward.officer.client, &head).await.code(), Some("FORBIDDEN"));
        assert_eq!(in_force(app).await, "1");
        assert_eq!(counted(app, "security_event WHERE kind = 'SECOND_FACTOR_REMOVED'").await, "0");
        // a reason is one of a few words, because it stays for ever
        let input = json!({"accountId": account_id(head.account), "reason": "bà Mất đánh rơi ở chợ"});
        assert_eq!(mutate(&ward.officer.client, "removeSecondFactorOf", input).await.code(), Some("INVALID"));
    }

    async fn a_city_officers_is_the_operators(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        let officer = holder(&world, (world.city, &world.unit), Role::CityOfficer).await;
        assert_eq!(remove(&world.officer.client, &officer).await.code(), Some("FORBIDDEN"));
        let operate = async |arguments: &[&str]| {
            process::run(arguments, &[("KHUYENHOC_DATABASE_URL", app.database.url())], "").await
        };
        let reset = ["account", "reset", PHONE, "--second-factor"];
        let done = operate(&reset).await;
        assert!(done.status.success(), "{}", done.stderr);
        assert!(done.stdout.contains("has no second factor now; 1 session has ended"), "{}", done.stdout);
        let again = operate(&reset).await;
        assert!(again.stderr.contains("has no second factor"), "{}", again.stderr);
        let both = operate(&["account", "reset", PHONE, "--second-factor", "--password-stdin"]).await;
        assert!(!both.status.success());
        // the password is as it was, and the owner reads who did it
        app.clock.set(khuyenhoc::clock::Clock::now(&khuyenhoc::clock::SystemClock) + chrono::TimeDelta::seconds(1));
        let back = sign_in(app).await.ok();
        let own = app.anonymous().with_token(&back.text("signIn.accessToken"));
        let events = ask(&own, "securityEvents", json!({})).await.ok();
        let by_other = |kind: &str| {
            let events = events.list("securityEvents.edges");
            let event = events.iter().find(|edge| edge["node"]["kind"] == kind);
            event.map_or(Value::Null, |edge| edge["node"]["byOther"].clone())
        };
        assert_eq!((by_other("SECOND_FACTOR_REMOVED"), by_other("SESSION_ENDED")), (json!(true), json!(true)));
        let told = ask(&own, "notices", json!({})).await.ok();
        assert_eq!(told.text("notices.edges.0.node.kind"), "SECOND_FACTOR_REMOVED");
    }
}
