//! The program as an operator meets it: the real binary, its files and its exit codes.

use serde_json::{Value, json};
use tests::database::{Database, Kind};
use tests::process::{DEMO_PASSWORD, Server, run};

async fn post(server: &Server, token: Option<&str>, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables});
    let answer = server.post_graphql(&body, token, &[]).await.expect("an answer");
    answer.json().await.expect("JSON")
}

async fn sign_in(server: &Server, login: &str) -> String {
    let query = "mutation($i: SignInInput!) { signIn(input: $i) { accessToken } }";
    let answer = post(
        server,
        None,
        query,
        json!({"i": {"login": login, "password": DEMO_PASSWORD}}),
    )
    .await;
    answer["data"]["signIn"]["accessToken"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_fills_serves_stops_goes_on_and_stays_out_of_production() {
    let folder = tests::folder::Folder::new().expect("a folder");
    let file = format!("sqlite:{}/city.db", folder.path().display());
    let server = Server::start(&["demo", "--database", &file], &[]).await;
    let server_address = server.address().to_owned();
    let leader = sign_in(&server, "0900000008").await;
    let overview = "query($year: Int!) { cityOverview(year: $year) { districts { unit { name } } } }";
    let year = newest_year(&server, &leader).await;
    let answer = post(&server, Some(&leader), overview, json!({"year": year})).await;
    assert_eq!(
        answer["data"]["cityOverview"]["districts"]
            .as_array()
            .expect("districts")
            .len(),
        30
    );
    a_title_of_last_year_is_verified_by_anybody(&server, year).await;
    let stopped = server.terminate().await;
    assert!(stopped.status.success(), "{}", stopped.stderr);

    let url = [("KHUYENHOC_DATABASE_URL", file.as_str())];
    let doctor = run(&["doctor", "--recount"], &url, "").await;
    assert!(doctor.status.success(), "{}{}", doctor.stdout, doctor.stderr);
    let serve = run(&["serve"], &url, "").await;
    assert!(!serve.status.success());
    assert!(serve.stderr.contains("demo"), "{}", serve.stderr);

    // a second run goes on with the same file: what was done in the first is still there
    let again = Server::start(&["demo", "--database", &file], &[]).await;
    let shown = stopped.stdout.replace(server_address.as_str(), again.address());
    let first = pasted(&shown);
    assert!(!first.contains("\"errors\""), "{first}");
    // nine changes, three of them with a result for each registration or household
    assert_eq!(first.matches("\"outcome\":\"APPLIED\"").count(), 12, "{first}");
    let second = pasted(&shown);
    assert!(!second.contains("REPLAYED"), "a key was used twice: {second}");
    for right in ["NOT_IN_THIS_STATE", "DUPLICATE_CANDIDATES", "ALREADY_REGISTERED"] {
        assert!(second.contains(right), "{right}: {second}");
    }
    let stopped = again.terminate().await;
    assert!(stopped.status.success(), "{}", stopped.stderr);

    // the year to try is the newest that has been opened, not the calendar's
    tests::database::sql_at(
        &file,
        "UPDATE programme_year SET year = year - 100;
         UPDATE programme_window SET year = year - 100;
         INSERT INTO programme_window (city_id, year, phase, opens_at, closes_at)
           SELECT city_id, 2999, 'REGISTRATION', '2999-01-01T00:00:00+00:00', '3000-01-01T00:00:00+00:00'
           FROM programme_year LIMIT 1",
    )
    .await
    .expect("other years");
    let later = Server::start(&["demo", "--database", &file], &[]).await;
    let stopped = later.terminate().await;
    assert!(
        stopped.stdout.contains(&format!("\"year\":{}", year - 100)),
        "{}",
        stopped.stdout
    );
    assert!(
        !stopped.stdout.contains(&format!("\"year\":{year}")),
        "{}",
        stopped.stdout
    );
    let public = run(&["demo", "--database", &file, "--listen", "0.0.0.0:0"], &[], "").await;
    assert!(!public.status.success(), "a demo listens on this machine only");

    // a counter that lies is found
    tests::database::sql_at(&file, "UPDATE subject_count SET count = count + 1")
        .await
        .expect("a wrong counter");
    let doctor = run(&["doctor", "--recount"], &url, "").await;
    assert!(!doctor.status.success(), "{}", doctor.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_looks_into_the_file_that_it_would_write() {
    let folder = tests::folder::Folder::new().expect("a folder");
    let path = folder.path().display();
    let theirs = format!("sqlite:{path}/my city.db?mode=rwc");
    tests::database::sql_at(&theirs, "CREATE TABLE their_own (id INTEGER)")
        .await
        .expect("somebody else's file");
    let encoded = format!("sqlite:{path}/my%20city.db");
    for arguments in [
        vec!["demo", "--no-serve", "--database", &encoded],
        vec!["demo", "--no-serve", "--database", &encoded, "--fresh"],
    ] {
        let refused = run(&arguments, &[], "").await;
        assert!(!refused.status.success(), "{arguments:?}: {}", refused.stdout);
        assert!(refused.stderr.contains("not a demo's"), "{}", refused.stderr);
    }
    let tables = tests::database::sql_at(&theirs, "SELECT name FROM sqlite_master")
        .await
        .expect("the file as it was");
    assert_eq!(tables, [[Some("their_own".to_owned())]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_leaves_the_roles_of_another_installation_alone() {
    let passwords = "SELECT rolname || ':' || coalesce(rolpassword, '') FROM pg_authid \
                     WHERE rolname LIKE 'khuyenhoc%' ORDER BY 1";
    let with_password = |url: &str| url.replacen("khuyenhoc_owner@", "khuyenhoc_owner:owner-password@", 1);
    let earlier = Database::fresh(Kind::Postgres).await;
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    earlier
        .sql(&format!("CREATE DATABASE {name} OWNER {}", tests::database::OWNER))
        .await;
    let empty = with_password(&tests::cluster::url_of(tests::database::OWNER, &name));
    let before = earlier.sql(passwords).await;
    let refused = run(&["demo", "--no-serve", "--database", &empty], &[], "").await;
    let after = earlier.sql(passwords).await;
    earlier.sql(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(!refused.status.success(), "{}", refused.stdout);
    for word in ["khuyenhoc_tenant", "KHUYENHOC_DATABASE_ROLE_PASSWORD"] {
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
    assert!(!refused.stderr.contains("owner-password"), "{}", refused.stderr);
    assert_eq!(before, after);

    // a demo of before goes on
    earlier
        .sql("INSERT INTO installation (name, value) VALUES ('demo', 'filling'), ('demo complete', 'complete')")
        .await;
    let url = with_password(earlier.url());
    let demo = ["demo", "--no-serve", "--database", &url];
    let goes_on = run(&demo, &[], "").await;
    assert!(goes_on.status.success(), "{}", goes_on.stderr);

    // unless the roles are not its own any more; who says their password knows what it is
    let database = earlier.psql("SELECT current_database()");
    earlier
        .sql(&format!("REVOKE CONNECT ON DATABASE {database} FROM khuyenhoc_signin"))
        .await;
    let refused = run(&demo, &[], "").await;
    assert!(!refused.status.success(), "{}", refused.stdout);
    assert!(refused.stderr.contains("another installation"), "{}", refused.stderr);
    let password = [("KHUYENHOC_DATABASE_ROLE_PASSWORD", "the password of the roles")];
    let told = run(&demo, &password, "").await;
    assert!(told.status.success(), "{}", told.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_fills_postgresql_several_districts_at_once() {
    let server = Database::fresh(Kind::Postgres).await;
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    server
        .sql(&format!("CREATE DATABASE {name} OWNER {}", tests::database::OWNER))
        .await;
    let url = tests::cluster::url_of(tests::database::OWNER, &name);
    let filled = run(
        &["demo", "--no-serve", "--scale", "0.000001", "--database", &url],
        &[],
        "",
    )
    .await;
    let doctor = run(
        &["doctor", "--recount"],
        &[("KHUYENHOC_DATABASE_URL", url.as_str())],
        "",
    )
    .await;
    let districts = tests::database::sql_at(
        &tests::cluster::url_of(tests::cluster::SUPERUSER, &name),
        "SELECT count(DISTINCT tenant_id)::text FROM household",
    )
    .await;
    server.sql(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(filled.status.success(), "{}", filled.stderr);
    assert!(doctor.status.success(), "{}{}", doctor.stdout, doctor.stderr);
    assert_eq!(districts.expect("an answer"), [[Some("30".to_owned())]]);
}

/// A family of the demo reads its certificate of the year before this one; the page of its code tells whose it is.
async fn a_title_of_last_year_is_verified_by_anybody(server: &Server, year: i64) {
    let family = sign_in(server, "0900000001").await;
    let query = "{ viewer { households { headName history { year state yearsRunning certificateNumber }
        registrations { year state certificate { number holderName verifyUrl revokedOn } journal { action } scoreSheets { kind passes } } } } }";
    let answer = post(server, Some(&family), query, json!({})).await;
    let home = &answer["data"]["viewer"]["households"][0];
    let title = home["history"]
        .as_array()
        .and_then(|years| years.iter().find(|title| title["year"] == year - 1))
        .unwrap_or_else(|| panic!("no last year in {answer}"));
    assert_eq!(
        (&title["state"], &title["yearsRunning"]),
        (&json!("RECOGNISED"), &json!(1))
    );
    let registration = home["registrations"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["year"] == year - 1))
        .expect("last year's");
    let paper = &registration["certificate"];
    assert_eq!(paper["number"], title["certificateNumber"], "{answer}");
    assert_eq!(paper["holderName"], home["headName"]);
    let steps: Vec<_> = registration["journal"].as_array().expect("a journal").iter().collect();
    assert_eq!(steps.last().expect("a step")["action"], "RECOGNISE");
    let sheets = [
        json!({"kind": "SUBJECT", "passes": true}),
        json!({"kind": "BRANCH", "passes": true}),
        json!({"kind": "WARD", "passes": true}),
    ];
    assert_eq!(registration["scoreSheets"], json!(sheets));
    let (_, code) = paper["verifyUrl"]
        .as_str()
        .and_then(|url| url.rsplit_once('/'))
        .expect("a code");
    let request = server.request(reqwest::Method::GET, &format!("/verify/{code}"));
    let page = request.send().await.expect("an answer").text().await.expect("a page");
    let name = home["headName"].as_str().expect("a name");
    assert!(page.contains(name) && page.contains("có hiệu lực"), "{page}");
}

/// What a shell answers to the step by step of what the demo shows.
fn pasted(shown: &str) -> String {
    let (_, commands) = shown.split_once("new_key()").expect("the beginning of the commands");
    let (commands, _) = commands.split_once("listening on").expect("their end");
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("new_key(){commands}")])
        .output()
        .expect("bash");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The newest programme year of the demo.
async fn newest_year(server: &Server, token: &str) -> i64 {
    let answer = post(server, Some(token), "{ programmeYears { year } }", json!({})).await;
    answer["data"]["programmeYears"][0]["year"].as_i64().expect("a year")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_is_clean_and_loud_on_postgresql() {
    let database = Database::fresh(Kind::Postgres).await;
    let url = [("KHUYENHOC_DATABASE_URL", database.url())];
    let clean = run(&["doctor", "--recount"], &url, "").await;
    assert!(clean.status.success(), "{}{}", clean.stdout, clean.stderr);
    for (broken, mended, word) in [
        (
            "ALTER TABLE household NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE household FORCE ROW LEVEL SECURITY",
            "household",
        ),
        (
            "ALTER TABLE registration DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE registration ENABLE ROW LEVEL SECURITY",
            "registration",
        ),
        (
            "GRANT SELECT ON household TO khuyenhoc_city",
            "REVOKE SELECT ON household FROM khuyenhoc_city",
            "household",
        ),
        (
            "GRANT DELETE ON registration_event TO khuyenhoc_tenant",
            "REVOKE DELETE ON registration_event FROM khuyenhoc_tenant",
            "registration_event",
        ),
        (
            "GRANT UPDATE (holder_name) ON post_event TO khuyenhoc_tenant",
            "REVOKE UPDATE (holder_name) ON post_event FROM khuyenhoc_tenant",
            "UPDATE (holder_name, told_at) post_event",
        ),
    ] {
        database.sql(broken).await;
        let loud = run(&["doctor"], &url, "").await;
        assert!(!loud.status.success(), "{broken}: {}", loud.stdout);
        assert!(
            loud.stdout
                .lines()
                .any(|line| line.starts_with("FAIL") && line.contains(word)),
            "{broken}: {}",
            loud.stdout
        );
        database.sql(mended).await;
    }
    let mended = run(&["doctor"], &url, "").await;
    assert!(mended.status.success(), "{}", mended.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_installation_has_no_account_and_no_default_password() {
    for kind in Kind::ALL {
        let database = Database::fresh(kind).await;
        let server = Server::start(&["serve"], &[("KHUYENHOC_DATABASE_URL", database.url())]).await;
        for login in ["admin", "0900000001", "root"] {
            for password in ["admin", "", DEMO_PASSWORD] {
                let query = "mutation($i: SignInInput!) { signIn(input: $i) { accessToken } }";
                let variables = json!({"i": {"login": login, "password": password}});
                let answer = post(&server, None, query, variables).await;
                assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
            }
        }
        let stopped = server.terminate().await;
        assert!(stopped.status.success(), "{}", stopped.stderr);
        assert!(!stopped.stderr.contains(DEMO_PASSWORD), "a password was logged");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_misspelt_setting_is_refused_by_its_name() {
    let output = run(&["serve"], &[("KHUYENHOC_DATABSE_URL", "sqlite:x.db")], "").await;
    assert!(!output.status.success());
    assert!(output.stderr.contains("KHUYENHOC_DATABSE_URL"), "{}", output.stderr);
}
