//! Row-level security and grants, with the application's filter taken away: SQL past the code, on PostgreSQL.
//!
//! Where the text of a policy is tried, every role gets every grant first and the foreign keys go, so that nothing but
//! the policy can refuse.

use std::collections::BTreeSet;

use entity::id::TenantId;
use entity::scope::Writer;
use entity::table::post_proposal;
use entity::vocabulary::{ProposalState, Role};
use serde_json::json;
use tests::app::{START, TestApp, moment};
use tests::database::{Database, Kind, OWNER, Rows, sql_at};
use tests::factory::{World, YEAR, ask, decide, mutate, operator, parts, publish_shipped};
use tests::lock::{Bound, leave_row_level_security_only, sql_as, sql_as_tenant, tables, tenant_tables};
use tests::titles::{assessed, propose, recognise};
use uuid::Uuid;

const CITY: &str = "khuyenhoc_city";
const SIGN_IN: &str = "khuyenhoc_signin";
const TENANT: &str = "khuyenhoc_tenant";

/// Changes every row that the role sees, and counts them.
const UPDATE_CITYS: &str = "WITH c AS (UPDATE {} SET city_id = city_id RETURNING 1) SELECT COUNT(*) FROM c";
const UPDATE_ALL: &str =
    "WITH changed AS (UPDATE {} SET tenant_id = tenant_id RETURNING 1) SELECT COUNT(*) FROM changed";
/// Removes every row that the role sees, and counts them.
const DELETE_ALL: &str = "WITH gone AS (DELETE FROM {} RETURNING 1) SELECT COUNT(*) FROM gone";
/// Counts every row that the role sees.
const COUNT_ALL: &str = "SELECT COUNT(*) FROM {}";

/// A world with rows of both associations in every tenant table.
async fn full_world() -> World {
    let app = TestApp::start_with(Kind::Postgres, &[("KHUYENHOC_PUSH_SENDER", "log")]).await;
    let world = World::on(app).await;
    for district in [0, 1] {
        let target = json!({"unitId": world.ward(district, 0).unit, "year": YEAR, "basisPoints": 8000});
        let officer = &world.district(district).officer.client;
        mutate(officer, "setTarget", target).await.ok();
        let ward = &world.ward(district, 0).unit;
        let somebody = json!({"name": "Mai Thị Khóa", "userName": format!("khoa{district}")});
        let post = json!({"newAccount": somebody, "role": "WARD_OFFICER", "unitId": ward,
            "validFrom": START, "decisionNumber": "1"});
        mutate(officer, "appointPost", post).await.ok();
        propose_post(&world, district).await;
        let households = json!({"householdIds": [world.branch(district, 0, 0).household]});
        let ward = &world.ward(district, 0).officer.client;
        mutate(ward, "createInvitations", households).await.ok();
        let window = json!({"unitId": world.ward(district, 0).unit, "year": YEAR, "phase": "RECOGNITION",
            "opensAt": "2026-12-01T00:00:00+07:00", "closesAt": "2026-12-20T00:00:00+07:00"});
        mutate(ward, "narrowWindow", window).await.ok();
        let branch = world.branch(district, 0, 0);
        let device = json!({"token": format!("device-{district}"), "platform": "ANDROID"});
        mutate(&branch.family.client, "registerPushToken", device).await.ok();
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration])
            .await
            .ok();
        subjects(&world, district).await;
    }
    clans(&world).await;
    publish_shipped(&world.officer.client, "family-448-2015").await;
    world.app.clock.set(moment("2026-10-10T09:00:00+07:00"));
    for district in [0, 1] {
        // a draft: a signed sheet takes no update at all, which is proven elsewhere
        let branch = world.branch(district, 0, 0);
        let draft = json!({"registrationId": branch.registration, "marks": []});
        mutate(&branch.family.client, "saveScoreSheet", draft).await.ok();
        let file = json!({"registrationId": branch.registration, "fileName": "anh.jpg", "format": "JPEG", "size": 1,
            "sha256": "0".repeat(64)});
        mutate(&branch.family.client, "beginUpload", file).await.ok();
    }
    for district in [0, 1] {
        titles(&world, district).await;
    }
    let signed = "DELETE FROM score_sheet WHERE signed_at IS NOT NULL";
    world.app.database.sql(signed).await;
    world.app.relay().await;
    world
}

/// A clan and a citizen that the family has entered.
async fn subjects(world: &World, district: usize) {
    let branch = world.branch(district, 0, 0);
    let clan = json!({"kind": "CLAN", "name": "Dòng họ Mai", "headName": "Mai Văn Khóa", "address": "Số 1"});
    mutate(&branch.family.client, "createCollective", clan).await.ok();
    let citizen =
        json!({"householdId": branch.household, "name": "Mai Văn Khóa", "birth": "1970", "variant": "WORKER"});
    mutate(&branch.family.client, "createCitizen", citizen).await.ok();
}

/// In each association a family of the other's clan, the leave to count it, and what was counted.
async fn clans(world: &World) {
    for (home, there) in [(0, 1), (1, 0)] {
        let (branch, other) = (world.branch(home, 0, 0), world.branch(there, 0, 0));
        let clans = ask(&branch.family.client, "collectives", json!({"kind": "CLAN"}))
            .await
            .ok();
        let clan = &clans.list("collectives.edges")[0]["node"]["id"];
        let families = json!({"clanId": clan, "householdIds": [other.household]});
        mutate(&other.head.client, "addClanFamilies", families).await.ok();
        let officer = &world.district(there).officer.client;
        mutate(officer, "grantClanCount", json!({ "clanId": clan })).await.ok();
        let count = json!({"clanId": clan, "year": YEAR});
        mutate(&branch.head.client, "countClanFamilies", count).await.ok();
    }
}

/// A registration that has gone the whole way, with a complaint on it.
async fn titles(world: &World, district: usize) {
    let (branch, ward) = (world.branch(district, 0, 0), world.ward(district, 0));
    let (officer, ids) = (&ward.officer.client, assessed(world, branch, 1).await);
    let complaint = json!({"registrationId": ids[0], "words": "Chưa đúng"});
    let entered = mutate(officer, "enterComplaint", complaint).await.ok();
    let answer = json!({"complaintId": entered.text("enterComplaint.complaint.id"), "upheld": false, "answer": "Đúng",
        "expectedState": "OPEN"});
    mutate(officer, "answerComplaint", answer).await.ok();
    propose(officer, &ward.unit, "1", &ids).await.ok();
    // the ward has narrowed the window for it to December
    world.app.clock.set(moment("2026-12-02T09:00:00+07:00"));
    recognise(officer, &ward.unit, "2", &ids).await.ok();
}

/// Districts have no proposals of their own yet; the table would hold them all the same.
async fn propose_post(world: &World, district: usize) {
    let district = world.district(district);
    let (tenant, unit) = parts(&district.unit);
    let now = moment(START);
    let row = post_proposal::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        account_id: district.officer.account,
        holder_name: Some("Mai Thị Khóa".to_owned()),
        role: Role::DistrictOfficer,
        unit_id: unit,
        valid_from: now,
        valid_until: None,
        decision_number: Some("1".to_owned()),
        ends_post_id: None,
        ending_reason: None,
        proposed_by: world.officer.account,
        proposed_by_post: world.officer.post,
        proposer_name: "Trần Thị Cán".to_owned(),
        proposed_at: now,
        expires_at: now,
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
        reason: None,
        post_id: None,
    };
    let scope = operator(&world.app, tenant);
    let written = scope.write(async |tx: &Writer<'_>| tx.insert::<post_proposal::Entity>(row).await);
    written.await.expect("a proposal");
}

/// Rows of a table, of one tenant or of all, as the superuser counts them.
async fn counted(database: &Database, table: &str, tenant: Option<TenantId>) -> String {
    let of = tenant.map_or(String::new(), |tenant| format!(" WHERE tenant_id = '{tenant}'"));
    number(&database.sql(&format!("SELECT COUNT(*) FROM {table}{of}")).await)
}

/// The one number that a statement answered.
fn number(rows: &Rows) -> String {
    match rows.as_slice() {
        [row] => row[0].clone().expect("a number"),
        _ => panic!("not one row: {rows:?}"),
    }
}

/// Inserts copies of all rows of a table that the role sees, with another tenant.
fn insert_for(table: &str, tenant: TenantId) -> String {
    format!("INSERT INTO {table} SELECT (jsonb_populate_record(r, '{{\"tenant_id\": \"{tenant}\"}}')).* FROM {table} r")
}

/// A row of the superuser's choice, as a statement that any role may try to insert.
async fn row_of(database: &Database, table: &str, tenant: TenantId) -> String {
    let row = format!("SELECT to_jsonb(r) FROM {table} r WHERE tenant_id = '{tenant}' LIMIT 1");
    let row = number(&database.sql(&row).await).replace('\'', "''");
    format!("INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, '{row}')).*")
}

fn assert_refused_by_policy(answer: Result<Rows, String>, what: &str) {
    let error = answer.expect_err(what);
    assert!(error.contains("row-level security"), "{what}: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_alone_keep_associations_apart_in_every_table() {
    let world = full_world().await;
    let (mine, theirs) = (world.district(0).tenant, world.district(1).tenant);
    let database = &world.app.database;
    leave_row_level_security_only(database).await;
    let all = tenant_tables(database).await;
    assert!(all.len() >= 13, "{all:?}");
    for table in all {
        let own = counted(database, &table, Some(mine)).await;
        assert!(
            own != "0" && counted(database, &table, Some(theirs)).await != "0",
            "{table} is empty, so nothing is proven"
        );
        let foreign_row = row_of(database, &table, theirs).await;
        for bound in Bound::ALL {
            for every in [COUNT_ALL, UPDATE_ALL, DELETE_ALL] {
                let sql = every.replace("{}", &table);
                let touched = sql_as_tenant(database, mine, bound, &sql).await;
                // a signed sheet takes no change at all
                let expected = if table == "score_sheet" && every == UPDATE_ALL {
                    let drafts = format!("{COUNT_ALL} WHERE tenant_id = '{mine}' AND signed_at IS NULL");
                    number(&database.sql(&drafts.replace("{}", &table)).await)
                } else {
                    own.clone()
                };
                assert_eq!(number(&touched.expect("a count")), expected, "{bound:?}: {sql}");
                let named = format!("{COUNT_ALL} WHERE tenant_id = '{theirs}'").replace("{}", &table);
                let seen = sql_as_tenant(database, mine, bound, &named).await;
                assert_eq!(number(&seen.expect("a count")), "0", "{bound:?}: {named}");
            }
            for sql in [
                format!("UPDATE {table} SET tenant_id = '{theirs}'"),
                insert_for(&table, theirs),
                foreign_row.clone(),
            ] {
                let refused = sql_as_tenant(database, mine, bound, &sql).await;
                assert_refused_by_policy(refused, &sql);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_association_no_role_touches_a_row_that_no_policy_names() {
    let world = full_world().await;
    let database = &world.app.database;
    leave_row_level_security_only(database).await;
    let mine = world.district(0).tenant;
    for table in tenant_tables(database).await {
        let row = row_of(database, &table, mine).await;
        // the owner too: row-level security is forced
        for role in [TENANT, CITY, SIGN_IN, OWNER] {
            let reads = match role {
                CITY => [
                    "clan_grant",
                    "registration_count",
                    "subject_count",
                    "target",
                    "unit",
                    "unit_version",
                    "unit_window",
                ]
                .as_slice(),
                SIGN_IN => [
                    "certificate",
                    "invitation",
                    "outbox",
                    "outbox_head",
                    "post",
                    "post_event",
                    "push_delivery",
                    "registration_notice",
                ]
                .as_slice(),
                _ => [].as_slice(),
            };
            let seen = sql_as(database, role, &COUNT_ALL.replace("{}", &table)).await;
            let expected = if reads.contains(&table.as_str()) {
                counted(database, &table, None).await
            } else {
                "0".to_owned()
            };
            assert_eq!(number(&seen.expect("a count")), expected, "{role} reads {table}");
            for every in [UPDATE_ALL, DELETE_ALL] {
                let sql = every.replace("{}", &table);
                let touched = sql_as(database, role, &sql).await;
                assert_eq!(number(&touched.expect("a count")), "0", "{role}: {sql}");
            }
            assert_refused_by_policy(sql_as(database, role, &row).await, &format!("{role} into {table}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_alone_let_an_association_write_no_other_ones_row_and_no_year() {
    let world = full_world().await;
    let (mine, city) = (world.district(0).tenant, world.city);
    let database = &world.app.database;
    leave_row_level_security_only(database).await;
    for bound in Bound::ALL {
        for sql in [
            "WITH c AS (UPDATE tenant SET kind = kind RETURNING 1) SELECT COUNT(*) FROM c",
            "WITH c AS (DELETE FROM tenant RETURNING 1) SELECT COUNT(*) FROM c",
        ] {
            let touched = sql_as_tenant(database, mine, bound, sql).await;
            assert_eq!(number(&touched.expect("a count")), "0", "{bound:?}: {sql}");
        }
        for table in CITYS {
            for every in [UPDATE_CITYS, DELETE_ALL] {
                let sql = every.replace("{}", table);
                let touched = sql_as_tenant(database, mine, bound, &sql).await;
                assert_eq!(number(&touched.expect("a count")), "0", "{bound:?}: {sql}");
            }
        }
        for sql in [
            "INSERT INTO tenant SELECT gen_random_uuid(), kind, parent_id, root_unit_id, created_at FROM tenant LIMIT 1"
                .to_owned(),
            format!("INSERT INTO programme_year SELECT '{city}', 2099, now(), now()"),
        ] {
            let refused = sql_as_tenant(database, mine, bound, &sql).await;
            assert_refused_by_policy(refused, &sql);
        }
    }
}

/// What the city sets for all associations.
const CITYS: [&str; 4] = ["criteria_set", "programme_event", "programme_window", "programme_year"];

fn of(verb: &str, tables: &[&str]) -> Vec<String> {
    tables.iter().map(|table| format!("{verb} {table}")).collect()
}

/// What the sign-in role is granted.
fn of_sign_in() -> Vec<Vec<String>> {
    vec![
        of(
            "SELECT",
            &[
                "account",
                "app_version",
                "app_version_document",
                "attempt",
                "certificate",
                "installation",
                "invitation",
                "notice",
                "one_time_code",
                "outbox",
                "outbox_head",
                "post",
                "post_event",
                "push_delivery",
                "push_token",
                "recovery_code",
                "quota",
                "refresh_token",
                "registration_notice",
                "seaql_migrations",
                "second_factor",
                "security_event",
                "server_key",
                "session",
                "tenant",
                "trusted_document",
            ],
        ),
        of(
            "INSERT",
            &[
                "account",
                "app_version",
                "app_version_document",
                "attempt",
                "installation",
                "notice",
                "one_time_code",
                "push_token",
                "quota",
                "recovery_code",
                "refresh_token",
                "second_factor",
                "security_event",
                "session",
                "trusted_document",
            ],
        ),
        of(
            "UPDATE",
            &[
                "account",
                "app_version",
                "attempt",
                "notice",
                "one_time_code",
                "push_token",
                "quota",
                "second_factor",
                "session",
            ],
        ),
        of(
            "DELETE",
            &[
                "attempt",
                "notice",
                "one_time_code",
                "push_token",
                "quota",
                "recovery_code",
                "refresh_token",
                "session",
            ],
        ),
    ]
}

/// What a role is granted, as `verb table`; everything else must be refused.
async fn granted(database: &Database, role: &str) -> BTreeSet<String> {
    let lists = match role {
        CITY => vec![of(
            "SELECT",
            &[
                "clan_grant",
                "criteria_set",
                "programme_event",
                "programme_window",
                "programme_year",
                "registration_count",
                "seaql_migrations",
                "subject_count",
                "target",
                "tenant",
                "unit",
                "unit_version",
                "unit_window",
            ],
        )],
        SIGN_IN => of_sign_in(),
        _ => {
            let tenants = tenant_tables(database).await;
            let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
            // of appointments one column is changed, and it is not the one that is tried here
            let journals = [
                "assessment",
                "assessment_item",
                "decision",
                "post_event",
                "registration_event",
                "submission",
            ];
            let changed: Vec<&str> = tenants
                .iter()
                .filter(|table| !journals.contains(table))
                .copied()
                .collect();
            vec![
                of("SELECT", &tenants),
                of("SELECT", &CITYS),
                of("SELECT", &["seaql_migrations", "tenant"]),
                of("INSERT", &tenants),
                of("INSERT", &CITYS),
                of("INSERT", &["tenant"]),
                of("UPDATE", &changed),
                of("UPDATE", &["programme_window", "programme_year"]),
                of(
                    "DELETE",
                    &[
                        "clan_count",
                        "clan_household",
                        "evidence",
                        "household_account",
                        "household_member",
                        "household_word",
                        "idempotency",
                        "outbox",
                        "push_delivery",
                        "registration_notice",
                        "subject_account",
                    ],
                ),
            ]
        }
    };
    lists.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_is_granted_what_it_needs_and_nothing_else() {
    let database = Database::fresh(Kind::Postgres).await;
    for role in [TENANT, CITY, SIGN_IN] {
        let mut seen = BTreeSet::new();
        for table in tables(&database).await {
            let column = format!(
                "SELECT column_name::text FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position LIMIT 1"
            );
            let column = number(&database.sql(&column).await);
            for (verb, sql) in [
                ("SELECT", format!("SELECT {column} FROM {table}")),
                ("INSERT", format!("INSERT INTO {table} DEFAULT VALUES")),
                ("UPDATE", format!("UPDATE {table} SET {column} = DEFAULT WHERE false")),
                ("DELETE", format!("DELETE FROM {table} WHERE false")),
                ("TRUNCATE", format!("TRUNCATE {table}")),
            ] {
                let answer = sql_as(&database, role, &sql).await;
                // a row without values is refused by its columns or its policy where the grant is there
                if !answer.is_err_and(|error| error.contains("permission denied")) {
                    seen.insert(format!("{verb} {table}"));
                }
            }
        }
        assert_eq!(seen, granted(&database, role).await, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_of_appointments_takes_a_mark_and_nothing_else() {
    for kind in Kind::ALL {
        let world = World::build(kind).await;
        let input = json!({"newAccount": {"name": "Lưu Thị Mới", "phone": "0977111222"}, "role": "BRANCH_HEAD",
            "unitId": world.branch(0, 0, 0).unit, "validFrom": START, "decisionNumber": "7"});
        mutate(&world.ward(0, 0).officer.client, "appointPost", input)
            .await
            .ok();
        let database = &world.app.database;
        let run = async |sql: &str| match kind {
            Kind::Postgres => sql_as(database, TENANT, sql).await,
            Kind::Sqlite => sql_at(database.url(), sql).await.map_err(|error| error.to_string()),
        };
        let told = database
            .sql("SELECT COUNT(*) FROM post_event WHERE told_at IS NOT NULL")
            .await;
        assert_eq!(told, [[Some("1".to_owned())]]);
        for column in ["holder_name", "kind", "awaits_holder", "by_account_id", "id"] {
            let sql = format!("UPDATE post_event SET {column} = {column}");
            assert!(run(&sql).await.is_err(), "{column}");
        }
        assert!(run("DELETE FROM post_event").await.is_err());
        run("UPDATE post_event SET told_at = told_at").await.expect("a mark");
    }
}
