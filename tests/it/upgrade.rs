//! Databases of before: whatever a migration moves is there afterwards, and the city goes on with it.
//!
//! On `PostgreSQL` all of it is done by an owner who is no superuser and whom row-level security binds like everybody else:
//! a migration that forgets this copies nothing, and nobody notices.

use std::sync::Arc;

use entity::id::{AccountId, PostId, TenantId};
use entity::value::{PersonName, UnitName};
use entity::vocabulary::Role;
use khuyenhoc::global_id::{NodeKind, encode};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Client;
use tests::database::{Database, Kind, OWNER, hexadecimal};
use tests::factory::{YEAR, appoint, ask, decide, mutate, sign_in};
use tests::process::run;
use uuid::Uuid;

const AT: &str = "'2026-02-01T02:00:00.000000+00:00'";
const OPENS: &str = "'2026-01-04T17:00:00.000000+00:00'";
const CLOSES: &str = "'2026-04-30T17:00:00.000000+00:00'";

/// The city, two districts below it, and in each of them a branch head and two families.
const CITY: u128 = 1;
const DISTRICTS: [u128; 2] = [100, 200];

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0192_f0c1_2345_7abc_8def_0000_0000_0000 + number)
}

/// Rows as a database of before holds them, written in its own SQL.
struct Rows {
    kind: Kind,
    sql: String,
}

impl Rows {
    /// An id as a value.
    fn id(&self, number: u128) -> String {
        match self.kind {
            Kind::Postgres => format!("'{}'", uuid(number)),
            Kind::Sqlite => format!("x'{}'", uuid(number).simple()),
        }
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let text = hexadecimal(bytes);
        match self.kind {
            Kind::Postgres => format!("'{text}'"),
            Kind::Sqlite => format!("x'{}'", text.trim_start_matches("\\x")),
        }
    }

    fn insert(&mut self, into: &str, values: &[&str]) {
        let row = format!("INSERT INTO {into} VALUES ({});\n", values.join(", "));
        self.sql.push_str(&row);
    }

    /// The units of a district that have counters, each with its ward: the branch, the ward, the district.
    fn counted(&self, district: u128) -> [(String, String); 3] {
        let [root, ward, branch] = [10, 30, 40].map(|more| self.id(district + more));
        [(branch, ward.clone()), (ward.clone(), ward), (root, "NULL".to_owned())]
    }

    /// A unit with its one version.
    fn unit(&mut self, tenant: u128, number: u128, (kind, name, parent): (&str, &str, Option<u128>)) {
        let (tenant, unit, version) = (self.id(tenant), self.id(number), self.id(number + 1));
        let parent = parent.map_or_else(|| "NULL".to_owned(), |parent| self.id(parent));
        let parsed = UnitName::parse(name).expect("a unit's name");
        let (name, key, sort) = (
            format!("'{name}'"),
            format!("'{}'", parsed.key()),
            self.bytes(&parsed.sort_key()),
        );
        let kind = format!("'{kind}'");
        self.insert("unit (tenant_id, id, kind, created_at)", &[&tenant, &unit, &kind, AT]);
        self.insert(
            "unit_version (tenant_id, id, unit_id, parent_id, name, name_key, sort_key, valid_from)",
            &[&tenant, &version, &unit, &parent, &name, &key, &sort, "'2020-01-01'"],
        );
    }

    /// A family that has registered.
    fn family(&mut self, district: u128, number: u128) {
        let parsed = PersonName::parse("Nguyễn Văn Nhà").expect("a name");
        let (key, sort) = (format!("'{}'", parsed.search_key()), self.bytes(&parsed.sort_key()));
        let [tenant, branch, ward, head, post] = [0, 40, 30, 50, 51].map(|more| self.id(district + more));
        let [household, registration, event] = [0, 1, 2].map(|more| self.id(number + more));
        self.insert(
            "subject (tenant_id, id, kind, created_at)",
            &[&tenant, &household, "'HOUSEHOLD'", AT],
        );
        self.insert(
            "household (tenant_id, id, branch_id, ward_id, head_name, head_key, sort_key, address, address_key, version, \
             created_by, created_at)",
            &[
                &tenant, &household, &branch, &ward, "'Nguyễn Văn Nhà'", &key, &sort, "'Số 1'", "'so 1'", "1", &head, AT,
            ],
        );
        self.insert(
            "registration (tenant_id, id, model, subject_id, year, branch_id, ward_id, state, state_since, channel, \
             entered_by, version, created_at)",
            &[
                &tenant,
                &registration,
                "'LEARNING_FAMILY'",
                &household,
                "2026",
                &branch,
                &ward,
                "'SUBMITTED'",
                AT,
                "'PAPER'",
                &head,
                "1",
                AT,
            ],
        );
        self.insert(
            "registration_event (tenant_id, id, registration_id, version, action, to_state, account_id, actor_name, \
             post_id, role, branch_id, ward_id, channel, at)",
            &[
                &tenant,
                &event,
                &registration,
                "1",
                "'SUBMIT'",
                "'SUBMITTED'",
                &head,
                "'Vũ Thị Chi'",
                &post,
                "'BRANCH_HEAD'",
                &branch,
                &ward,
                "'PAPER'",
                AT,
            ],
        );
    }

    /// A district as every version had it.
    fn district(&mut self, number: u128, name: &str) {
        let [tenant, root, ward, branch, head, post] = [0, 10, 30, 40, 50, 51].map(|more| self.id(number + more));
        let above = self.id(CITY);
        self.insert(
            "tenant (id, kind, parent_id, root_unit_id, created_at)",
            &[&tenant, "'DISTRICT'", &above, &root, AT],
        );
        self.unit(number, number + 10, ("DISTRICT", name, None));
        self.unit(number, number + 30, ("WARD", "Phường 1", Some(number + 10)));
        self.unit(number, number + 40, ("BRANCH", "Chi hội 1", Some(number + 30)));
        self.insert("account (id, name, created_at)", &[&head, "'Vũ Thị Chi'", AT]);
        self.insert(
            "post (tenant_id, id, account_id, role, unit_id, valid_from, created_at)",
            &[&tenant, &post, &head, "'BRANCH_HEAD'", &branch, AT, AT],
        );
        self.family(number, number + 60);
        self.family(number, number + 70);
        for (unit, ward) in self.counted(number) {
            self.insert(
                "registration_count (tenant_id, unit_id, ward_id, model, year, state, count)",
                &[&tenant, &unit, &ward, "'LEARNING_FAMILY'", "2026", "'SUBMITTED'", "2"],
            );
        }
        let target = self.id(number + 80);
        self.insert(
            "target (tenant_id, id, unit_id, model, year, basis_points, set_at)",
            &[&tenant, &target, &ward, "'LEARNING_FAMILY'", "2026", "8500", AT],
        );
    }
}

/// The small city as a database holds it whose newest migration is number `at`.
fn city_of(kind: Kind, at: u32) -> String {
    let mut rows = Rows {
        kind,
        sql: "BEGIN;\n".to_owned(),
    };
    let (city, root) = (rows.id(CITY), rows.id(10));
    rows.insert(
        "tenant (id, kind, root_unit_id, created_at)",
        &[&city, "'CITY'", &root, AT],
    );
    rows.unit(CITY, 10, ("CITY", "Hà Nội", None));
    for (number, name) in DISTRICTS.into_iter().zip(["Hoàn Kiếm", "Ba Đình"]) {
        rows.district(number, name);
        let tenant = rows.id(number);
        for (unit, ward) in rows.counted(number) {
            if at < 20 {
                let into = "household_count (tenant_id, unit_id, ward_id, count)";
                rows.insert(into, &[&tenant, &unit, &ward, "2"]);
            } else {
                let into = "subject_count (tenant_id, unit_id, ward_id, kind, count)";
                rows.insert(into, &[&tenant, &unit, &ward, "'HOUSEHOLD'", "2"]);
            }
        }
    }
    for year in ["2025", "2026"] {
        if at < 14 {
            let into = "programme_year (city_id, year, registration_opens_at, registration_closes_at, created_at)";
            rows.insert(into, &[&city, year, OPENS, CLOSES, AT]);
        } else {
            rows.insert("programme_year (city_id, year, created_at)", &[&city, year, AT]);
            let into = "programme_window (city_id, year, phase, opens_at, closes_at)";
            rows.insert(into, &[&city, year, "'REGISTRATION'", OPENS, CLOSES]);
        }
    }
    rows.sql.push_str("COMMIT;");
    rows.sql
}

/// Brings a database of before up to date as an operator does, twice, and opens it.
async fn upgraded(kind: Kind, last: &str, at: u32) -> TestApp {
    let database = Database::of_before(kind, last).await;
    database.sql(&city_of(kind, at)).await;
    for _ in 0..2 {
        let done = run(&["migrate"], &[("KHUYENHOC_DATABASE_URL", database.url())], "").await;
        assert!(done.status.success(), "{}", done.stderr);
    }
    if kind == Kind::Postgres {
        let power = database
            .sql(&format!(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = '{OWNER}'"
            ))
            .await;
        assert_eq!(power, [[Some("f".to_owned())]]);
        // what was lifted for a copy is in force again: the owner sees nothing
        for table in [
            "programme_year",
            "programme_window",
            "subject_count",
            "target",
            "registration",
            "record_change",
        ] {
            let seen = database
                .sql_as(OWNER, &format!("SELECT COUNT(*) FROM {table}"))
                .await
                .expect("an answer");
            assert_eq!(seen, [[Some("0".to_owned())]], "{table}");
        }
    }
    TestApp::open(Arc::new(database), &[], 1).await
}

/// The head of a district's branch, who had a post before, signed in.
async fn head_of(app: &TestApp, district: u128) -> Client {
    let account = AccountId(uuid(district + 50));
    sign_in(app, account).await;
    app.client(account, Some(PostId(uuid(district + 51))))
}

/// All that there was is seen, each district its own, and the work goes on where it stood.
async fn goes_on(app: &TestApp) {
    app.assert_counters().await;
    for district in DISTRICTS {
        let tenant = TenantId(uuid(district));
        let global = |kind, number| encode(kind, tenant, uuid(district + number)).to_string();
        let (ward, registration) = (global(NodeKind::Unit, 30), global(NodeKind::Registration, 61));
        let officer = appoint(app, tenant, &ward, Role::WardOfficer, "Đỗ Văn Phường", None)
            .await
            .client;
        let windows = ask(&officer, "programmeWindows", json!({"unitId": ward, "year": YEAR}))
            .await
            .ok();
        let window = json!({"phase": "REGISTRATION", "opensAt": "2026-01-05T00:00:00+07:00",
            "closesAt": "2026-05-01T00:00:00+07:00", "lateAllowed": false, "open": true});
        assert_eq!(windows.data("programmeWindows.0"), &window);
        let years = ask(&officer, "programmeYears", json!({})).await.ok();
        let known: Vec<&Value> = years.list("programmeYears").iter().map(|year| &year["year"]).collect();
        assert_eq!(known, [&json!(2026), &json!(2025)]);
        assert!(years.data("programmeYears.0.closedAt").is_null());

        let shown = ask(&officer, "progress", json!({"year": YEAR})).await.ok();
        assert_eq!(
            (
                shown.number("progress.subjects"),
                shown.number("progress.counts.submitted")
            ),
            (2, 2)
        );
        let target = shown.data("progress.target");
        let expected = json!({"basisPoints": 8500, "measure": "APPROVED", "cascaded": false, "inheritedFrom": null,
            "reached": {"numerator": 0, "denominator": 2, "basisPoints": 0, "code": "APPROVED_OF_SUBJECTS"}});
        assert_eq!(target, &expected);

        let head = head_of(app, district).await;
        let seen = ask(&head, "registration", json!({"id": registration})).await.ok();
        assert_eq!(
            (seen.text("registration.state"), seen.data("registration.late")),
            ("SUBMITTED".to_owned(), &json!(false))
        );
        let line = seen.data("registration.journal.0");
        assert_eq!(
            (&line["action"], &line["actorName"], &line["late"]),
            (&json!("SUBMIT"), &json!("Vũ Thị Chi"), &json!(false))
        );
        let decided = decide(&head, "approveRegistrations", &[&registration]).await.ok();
        assert_eq!(decided.data("approveRegistrations.results.0.outcome"), "APPLIED");
        let new = json!({"unitId": global(NodeKind::Unit, 40), "year": YEAR, "basisPoints": 9000});
        mutate(&officer, "setTarget", new).await.ok();
        let shown = ask(&officer, "progress", json!({"year": YEAR})).await.ok();
        let reached = shown.data("progress.target.reached");
        assert_eq!((&reached["numerator"], &reached["denominator"]), (&json!(1), &json!(2)));
    }
    app.assert_counters().await;
}

on_both! {
    async fn windows_move_into_their_own_table(kind) {
        goes_on(&upgraded(kind, "m000013_add_account_phone_proven_at", 13).await).await;
    }

    async fn counts_of_households_become_counts_of_subjects(kind) {
        goes_on(&upgraded(kind, "m000019_create_certificate", 19).await).await;
    }

    async fn what_there_was_comes_to_a_new_copy(kind) {
        let app = upgraded(kind, "m000025_index_papers", 25).await;
        for district in DISTRICTS {
            let head = head_of(&app, district).await;
            let copy = ask(&head, "changes", json!({})).await.ok();
            let kinds: Vec<&Value> = copy.list("changes.records").iter().map(|change| &change["kind"]).collect();
            assert_eq!(kinds, ["HOUSEHOLD", "HOUSEHOLD", "REGISTRATION", "REGISTRATION"]);
            assert_eq!(copy.text("changes.records.0.record.name"), "Nguyễn Văn Nhà");
        }
        if kind == Kind::Postgres {
            let swept = "SELECT relname::text FROM pg_class WHERE 'autovacuum_vacuum_scale_factor=0.01' = ANY(reloptions) ORDER BY 1";
            let tables = ["outbox", "record_change"].map(|table| vec![Some(table.to_owned())]);
            assert_eq!(app.database.sql(swept).await, tables);
        }
    }

    async fn targets_stay_what_they_were_for(kind) {
        goes_on(&upgraded(kind, "m000023_create_outbox", 23).await).await;
    }
}

/// Going back is no upgrade, and a name that nobody knows is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_never_taken_back() {
    let database = Database::fresh(Kind::Sqlite).await;
    for name in ["m000013_add_account_phone_proven_at", "m999999_unknown"] {
        let refused = migration::up_to(database.url(), None, name)
            .await
            .expect_err("a refusal");
        assert!(refused.to_string().contains(name), "{refused}");
    }
}
