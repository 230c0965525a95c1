//! What `explainAccess` says of anybody, anything and any permission is what happens when they try it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use entity::id::AccountId;
use entity::vocabulary::Role;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy as _};
use serde_json::{Value, json};
use tests::app::START;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, account_id, appoint, appoint_account, ask, create_account, mutate, open_year};
use tests::operation;
use uuid::Uuid;

use super::hold;

const CASES: u32 = 120;
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);
const PAST: (&str, Option<&str>) = (ALWAYS.0, Some("2026-03-10T09:00:00+07:00"));
const NEXT: (&str, Option<&str>) = ("2026-03-10T09:00:01+07:00", None);

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kindred {
    City,
    District,
    Ward,
    Branch,
    Household,
    Registration,
}

/// What can be asked, with the kinds it is asked of.
const UNITS: &[Kindred] = &[Kindred::City, Kindred::District, Kindred::Ward, Kindred::Branch];
const PERMISSIONS: [(&str, &[Kindred]); 14] = [
    ("UNIT_READ", UNITS),
    ("UNIT_CREATE", &[Kindred::City, Kindred::District, Kindred::Ward]),
    ("PROGRESS_READ", UNITS),
    ("TARGET_SET", UNITS),
    ("POST_READ", UNITS),
    ("POST_GRANT", UNITS),
    ("HOUSEHOLD_READ", &[Kindred::Household]),
    ("HOUSEHOLD_WRITE", &[Kindred::Household]),
    ("REGISTRATION_SUBMIT", &[Kindred::Household]),
    ("FAMILY_INVITE", &[Kindred::Household]),
    ("PROGRAMME_YEAR_OPEN", &[Kindred::City]),
    ("REGISTRATION_READ", &[Kindred::Registration]),
    ("REGISTRATION_WITHDRAW", &[Kindred::Registration]),
    ("REGISTRATION_DECIDE", &[Kindred::Registration]),
];

/// People of every role, and some with several posts, posts of other times, or a household of their own.
async fn people(world: &World) -> Vec<AccountId> {
    let (app, tenant) = (&world.app, world.district(0).tenant);
    let (mine, other) = (world.branch(0, 0, 0), world.branch(1, 0, 0));
    let mut people: Vec<AccountId> = world.roles().map(|(_, person)| person.account).to_vec();
    let several = create_account(app, "Đào Thị Nhiều", Some("0966000111"), None).await;
    let times = [
        (tenant, &world.ward(0, 1).unit, Role::WardOfficer, ALWAYS),
        (world.district(1).tenant, &other.unit, Role::BranchHead, ALWAYS),
        (tenant, &mine.unit, Role::BranchHead, PAST),
        (tenant, &world.district(0).unit, Role::DistrictOfficer, NEXT),
    ];
    for (tenant, unit, role, time) in times {
        appoint_account(app, tenant, unit, role, several, time).await;
    }
    people.push(several);
    // a family that heads its own branch: its household is its own
    appoint_account(app, tenant, &mine.unit, Role::BranchHead, mine.family.account, ALWAYS).await;
    let none = create_account(app, "Vô Danh Thị", None, None).await;
    let gone = appoint(app, tenant, &mine.unit, Role::BranchHead, "Lã Thị Khóa", None)
        .await
        .account;
    app.database
        .sql("UPDATE account SET disabled_at = created_at WHERE name = 'Lã Thị Khóa'")
        .await;
    // their sessions were opened with a second factor, so they have one
    let blob = match app.database.kind() {
        Kind::Postgres => "'\\x00'::bytea",
        Kind::Sqlite => "x'00'",
    };
    let columns = "id, secret, confirmed_at, short_password";
    let sql = format!("INSERT INTO second_factor ({columns}) SELECT id, {blob}, created_at, false FROM account");
    app.database.sql(&sql).await;
    people.extend([
        world.branch(0, 1, 1).family.account,
        world.ward(1, 1).officer.account,
        none,
        gone,
    ]);
    people
}

fn nodes(world: &World) -> Vec<(Kindred, String)> {
    let mut nodes = vec![(Kindred::City, world.unit.clone())];
    for district in &world.districts {
        nodes.push((Kindred::District, district.unit.clone()));
        for ward in &district.wards {
            nodes.push((Kindred::Ward, ward.unit.clone()));
            for branch in &ward.branches {
                nodes.push((Kindred::Branch, branch.unit.clone()));
                nodes.push((Kindred::Household, branch.household.clone()));
                nodes.push((Kindred::Registration, branch.registration.clone()));
            }
        }
    }
    nodes
}

/// Does what the permission lets one do, so that a second time finds the same rights.
async fn attempt(client: &Client, permission: &str, (kind, node): (Kindred, &str)) -> Answer {
    let somebody = || json!({"name": "Mai Thị Thử", "userName": format!("thu{}", Uuid::new_v4().simple())});
    let below = match kind {
        Kindred::City => "DISTRICT",
        Kindred::District => "WARD",
        _ => "BRANCH",
    };
    // a version that never was shows who gets as far as to compare it
    let stale = json!({"id": node, "expectedVersion": 9_999});
    match permission {
        "UNIT_READ" => ask(client, "unit", json!({"id": node})).await,
        "UNIT_CREATE" => {
            mutate(
                client,
                "createUnit",
                json!({"parentId": node, "kind": below, "name": "Thử"}),
            )
            .await
        }
        "PROGRESS_READ" => ask(client, "progress", json!({"unitId": node, "year": YEAR})).await,
        "TARGET_SET" => {
            mutate(
                client,
                "setTarget",
                json!({"unitId": node, "year": YEAR, "basisPoints": 5}),
            )
            .await
        }
        "POST_READ" => {
            client
                .run(
                    "query ($id: ID!) { unit(id: $id) { posts { id } } }",
                    json!({"id": node}),
                )
                .await
        }
        "POST_GRANT" => {
            let input = json!({"newAccount": somebody(), "role": "BRANCH_HEAD", "unitId": node,
                "validFrom": START, "decisionNumber": "1"});
            mutate(client, "appointPost", input).await
        }
        "HOUSEHOLD_READ" => ask(client, "household", json!({"id": node})).await,
        "HOUSEHOLD_WRITE" => {
            let mut input = stale;
            input["address"] = json!("Số 1");
            mutate(client, "updateHousehold", input).await
        }
        "REGISTRATION_SUBMIT" => mutate(client, "registerHousehold", json!({"householdId": node, "year": YEAR})).await,
        "FAMILY_INVITE" => mutate(client, "createInvitations", json!({"householdIds": [node]})).await,
        "PROGRAMME_YEAR_OPEN" => open_year(client, YEAR).await,
        "REGISTRATION_READ" => ask(client, "registration", json!({"id": node})).await,
        "REGISTRATION_WITHDRAW" => mutate(client, "withdrawRegistration", stale).await,
        _ => mutate(client, "approveRegistrations", json!({"items": [{"id": node}]})).await,
    }
}

/// What came of it, as far as rights go.
fn seen(permission: &str, answer: &Answer) -> &'static str {
    let item = match permission {
        "FAMILY_INVITE" => answer.data("createInvitations.results.0"),
        _ => answer.data("approveRegistrations.results.0"),
    };
    let word = item["rule"].as_str().or(item["outcome"].as_str()).or(answer.code());
    match word {
        Some("UNAUTHENTICATED") => "NOBODY",
        Some("FORBIDDEN") => "FORBIDDEN",
        Some("NOT_FOUND") => "NOT_FOUND",
        Some("OWN_HOUSEHOLD") => "OWN_HOUSEHOLD",
        // posts that one may not see are null
        _ if permission == "POST_READ" && answer.data("unit.posts").is_null() => "NOT_FOUND",
        _ => "YES",
    }
}

/// What must be seen where this reason was given.
fn expected(permission: &str, reason: &str) -> &'static [&'static str] {
    match reason {
        "WITHIN_REACH" => &["YES"],
        "OWN_HOUSEHOLD" => &["OWN_HOUSEHOLD"],
        "ACCOUNT_DISABLED" => &["NOBODY"],
        // a district is made in the city, which others may not even ask; posts are null without a reason
        "OUTSIDE_REACH" if permission == "UNIT_CREATE" => &["NOT_FOUND", "FORBIDDEN"],
        "OUTSIDE_REACH" => &["NOT_FOUND"],
        "ROLE_HAS_NO_REACH" if permission == "POST_READ" => &["NOT_FOUND", "FORBIDDEN"],
        // a post out of its time is none to act under
        _ => &["FORBIDDEN"],
    }
}

/// Asks about a permission, does what it permits, and compares; the reasons that came up.
async fn compare(world: &World, account: AccountId, permission: &str, (of, node): (Kindred, &str)) -> BTreeSet<String> {
    let variables = json!({"accountId": account_id(account), "permission": permission, "nodeId": node});
    let document = operation::of("explainAccess");
    let own = world.app.client(account, None).run(&document, variables.clone()).await;
    // whoever may not sign in cannot ask, and of a city officer nobody else may
    let by_city = world.officer.client.run(&document, variables).await;
    let mut reasons = BTreeSet::new();
    for answer in [own, by_city].into_iter().filter(|answer| answer.code().is_none()) {
        let posts = answer.list("explainAccess.posts");
        for post in posts {
            let reason = post["reason"].as_str().expect("a reason");
            reasons.insert(reason.to_owned());
            let id = post["postId"].as_str().expect("an id");
            let client = world.app.client(account, None).with_header("x-acting-post", id);
            let tried = attempt(&client, permission, (of, node)).await;
            let happened = seen(permission, &tried);
            let fits = expected(permission, reason).contains(&happened);
            assert!(
                fits,
                "{permission} {of:?}: said {reason}, but {happened}: {}",
                tried.json
            );
            assert_eq!(post["verdict"] == "ALLOWED", happened == "YES");
        }
        let any = posts.iter().any(|post| post["verdict"] == "ALLOWED");
        assert_eq!(answer.text("explainAccess.verdict") == "ALLOWED", any);
        let decided = answer.data("explainAccess.decidedBy");
        assert_eq!(decided == &Value::Null, posts.is_empty());
    }
    reasons
}

on_both! {
    async fn access_is_explained_as_it_is(kind) {
        let world = World::build(kind).await;
        let (people, nodes) = (people(&world).await, nodes(&world));
        let reasons = Mutex::new(BTreeSet::new());
        let of_permission = |(permission, kinds): (&'static str, &'static [Kindred])| {
            let fitting: Vec<_> = nodes.iter().filter(|(of, _)| kinds.contains(of)).cloned().collect();
            (Just(permission), select(fitting))
        };
        let case = (select(people), select(&PERMISSIONS).prop_flat_map(of_permission));
        hold(CASES, &case, async |(account, (permission, (of, node)))| {
            let seen = compare(&world, account, permission, (of, &node)).await;
            reasons.lock().expect("reasons").extend(seen);
        });
        let mut reasons = reasons.into_inner().expect("reasons");
        // what chance seldom meets
        let (branch, district) = (world.branch(0, 0, 0), world.district(0));
        let (own, target) = ((Kindred::Registration, branch.registration.as_str()), (Kindred::District, district.unit.as_str()));
        reasons.extend(compare(&world, branch.family.account, "REGISTRATION_DECIDE", own).await);
        reasons.extend(compare(&world, district.officer.account, "TARGET_SET", target).await);
        let all = [
            "ACCOUNT_DISABLED", "OUTSIDE_REACH", "OWN_HOUSEHOLD", "OWN_UNIT", "POST_EXPIRED", "POST_NOT_BEGUN",
            "ROLE_HAS_NO_REACH", "WITHIN_REACH",
        ];
        assert_eq!(reasons, all.map(ToOwned::to_owned).into());
    }
}
