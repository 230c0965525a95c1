//! `khuyenhoc account` and `khuyenhoc keys`: what the operator does past the API, with the real program.

use khuyenhoc::account::token::ring;
use khuyenhoc::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::{Database, Kind};
use tests::factory::{World, ask, create_account};
use tests::operation;
use tests::process::{Output, Server, run};

const PHONE: &str = "0912345678";
const PASSWORD: &str = "một hai ba bốn năm sáu";

/// Runs a command of the operator's.
async fn operate(database: &Database, arguments: &[&str], input: &str) -> Output {
    operate_at(database.url(), arguments, input).await
}

/// Runs a command with another address of the database.
async fn operate_at(url: &str, arguments: &[&str], input: &str) -> Output {
    run(arguments, &[("KHUYENHOC_DATABASE_URL", url)], input).await
}

/// Runs one that must succeed; what it printed.
async fn done(database: &Database, arguments: &[&str], input: &str) -> String {
    let output = operate(database, arguments, input).await;
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
    output.stdout
}

/// Runs one that must fail; what it said.
async fn refused(database: &Database, arguments: &[&str]) -> String {
    let output = operate(database, arguments, "").await;
    assert!(!output.status.success(), "{arguments:?}: {}", output.stdout);
    output.stderr
}

/// Gives somebody a post, with the first city officer's unless `more` says another.
async fn create(database: &Database, name: &str, more: &[&str]) -> Output {
    let arguments = [&["account", "create", "--name", name], more].concat();
    operate(database, &arguments, "").await
}

/// A server on the database, at the machine's time, which is that of the commands.
async fn serve(database: Database) -> TestApp {
    let app = TestApp::open(std::sync::Arc::new(database), &[], 1).await;
    catch_up(&app);
    app
}

/// Lets the server's clock go on to the present moment.
fn catch_up(app: &TestApp) {
    app.clock.set(SystemClock.now() + chrono::TimeDelta::milliseconds(1));
}

async fn sign_in(app: &TestApp, login: &str, password: &str) -> Answer {
    let input = json!({"input": {"login": login, "password": password}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

async fn number(database: &Database, sql: &str) -> String {
    database.sql(sql).await[0][0].clone().expect("a number")
}

/// What the journal says of one kind, done by the operator: how often.
async fn journalled(database: &Database, kind: &str) -> String {
    let sql = "SELECT COUNT(*) FROM security_event WHERE by_account_id IS NULL AND kind";
    number(database, &format!("{sql} = '{kind}'")).await
}

on_both! {
    async fn two_first_officers_at_once_found_one_city(kind) {
        let database = Database::fresh(kind).await;
        let both = tokio::join!(
            create(&database, "Hoàng Thu Thủy", &["--phone", "0912345678"]),
            create(&database, "Đặng Quang Sơn", &["--phone", "0912345679"]),
        );
        for (output, name, phone) in [(both.0, "Hoàng Thu Thủy", "0912345678"), (both.1, "Đặng Quang Sơn", "0912345679")] {
            if !output.status.success() {
                // the one that came second is told to come again, and then finds the city
                let again = create(&database, name, &["--phone", phone]).await;
                assert!(again.status.success(), "{} then {}", output.stderr, again.stderr);
            }
        }
        let cities = database.sql("SELECT COUNT(*) FROM tenant WHERE kind = 'CITY'").await;
        assert_eq!(cities, [[Some("1".to_owned())]]);
        let posts = database.sql("SELECT COUNT(*) FROM post").await;
        assert_eq!(posts, [[Some("2".to_owned())]]);
        assert_eq!(journalled(&database, "ACCOUNT_CREATED").await, "2");
    }

    async fn a_branch_head_needs_a_phone_number(kind) {
        let database = Database::fresh(kind).await;
        let founder = create(&database, "Hoàng Thu Thủy", &["--phone", "0912345678"]).await;
        assert!(founder.status.success(), "{}", founder.stderr);
        let nameless = ["--user-name", "thutv", "--role", "BRANCH_HEAD", "--unit", &uuid::Uuid::nil().to_string()];
        let output = create(&database, "Tạ Văn Thu", &nameless).await;
        assert!(!output.status.success() && output.stderr.contains("phone number"), "{}", output.stderr);
        let accounts = database.sql("SELECT COUNT(*) FROM account").await;
        assert_eq!(accounts, [[Some("1".to_owned())]]);
    }

    async fn a_new_account_is_created_and_one_that_is_there_gets_another_post(kind) {
        let database = Database::fresh(kind).await;
        done(&database, &["account", "create", "--name", "Hoàng Thu Thủy", "--phone", PHONE], "").await;
        let again = create(&database, "Hoàng Thu Thủy", &["--phone", PHONE]).await;
        assert!(!again.status.success() && again.stderr.contains("account grant"), "{}", again.stderr);
        let twice = refused(&database, &["account", "grant", PHONE, "--role", "CITY_OFFICER"]).await;
        assert!(twice.contains("holds this post already"), "{twice}");
        let leader = ["account", "grant", PHONE, "--role", "CITY_LEADER", "--until", "2999-12-31", "--decision", "12/QĐ-HKH"];
        assert!(done(&database, &leader, "").await.contains("CITY_LEADER"));
        assert_eq!(number(&database, "SELECT COUNT(*) FROM post WHERE valid_until IS NOT NULL AND decision_number = '12/QĐ-HKH'").await, "1");
        for (wrong, why) in [
            (["account", "grant", "0999999999", "--role", "CITY_LEADER"].as_slice(), "no such account"),
            (&["account", "grant", PHONE, "--role", "WARD_OFFICER"], "--unit"),
            (&["account", "grant", PHONE, "--role", "CITY_LEADER", "--until", "2020-01-01"], "past"),
        ] {
            let said = refused(&database, wrong).await;
            assert!(said.contains(why), "{said}");
        }
        assert_eq!(journalled(&database, "POST_GRANTED").await, "2");
        assert_eq!(number(&database, "SELECT detail FROM security_event WHERE kind = 'POST_GRANTED' ORDER BY at DESC LIMIT 1").await, "CITY_LEADER");
    }

    async fn a_disabled_account_is_out_at_once_and_comes_back_when_enabled(kind) {
        let database = Database::fresh(kind).await;
        let create = ["account", "create", "--name", "Hoàng Thu Thủy", "--phone", PHONE, "--password-stdin"];
        done(&database, &create, PASSWORD).await;
        let app = serve(database).await;
        let signed_in = sign_in(&app, PHONE, PASSWORD).await.ok();
        let client = app.anonymous().with_token(&signed_in.text("signIn.accessToken"));
        ask(&client, "viewer", json!({})).await.ok();

        let said = done(&app.database, &["account", "disable", PHONE], "").await;
        assert!(said.contains("1 session has ended"), "{said}");
        catch_up(&app);
        assert_eq!(ask(&client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        let refresh = json!({"input": {"refreshToken": signed_in.text("signIn.refreshToken")}});
        let refresh = app.anonymous().run(&operation::of("refresh"), refresh).await;
        assert_eq!(refresh.rule(), Some("SESSION_ENDED"));
        assert_eq!(sign_in(&app, PHONE, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        assert!(refused(&app.database, &["account", "disable", PHONE]).await.contains("already"));

        done(&app.database, &["account", "enable", PHONE], "").await;
        catch_up(&app);
        // the session that has ended stays so
        assert_eq!(ask(&client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        sign_in(&app, PHONE, PASSWORD).await.ok();
        assert!(refused(&app.database, &["account", "enable", PHONE]).await.contains("not disabled"));
        for (kind, times) in [("ACCOUNT_DISABLED", "1"), ("ACCOUNT_ENABLED", "1"), ("SESSION_ENDED", "1")] {
            assert_eq!(journalled(&app.database, kind).await, times, "{kind}");
        }
    }

    async fn a_reset_password_opens_and_the_old_one_and_its_sessions_do_not(kind) {
        let database = Database::fresh(kind).await;
        let create = ["account", "create", "--name", "Hoàng Thu Thủy", "--user-name", "thuyht", "--password-stdin"];
        done(&database, &create, PASSWORD).await;
        let app = serve(database).await;
        let token = sign_in(&app, "thuyht", PASSWORD).await.ok().text("signIn.accessToken");
        let said = done(&app.database, &["account", "reset", "thuyht"], "").await;
        let password = said.lines().find_map(|line| line.strip_prefix("password, shown only now: ")).expect("a password");
        catch_up(&app);
        let client = app.anonymous().with_token(&token);
        assert_eq!(ask(&client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(sign_in(&app, "thuyht", PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        let viewer = sign_in(&app, "thuyht", password).await.ok();
        let own = ask(&app.anonymous().with_token(&viewer.text("signIn.accessToken")), "securityEvents", json!({})).await.ok();
        let said = |edge: &Value| {
            let event = &edge["node"];
            (event["kind"].as_str().expect("a kind").to_owned(), event["byOther"] == true)
        };
        // those of one moment stand in no certain order
        let mut events: Vec<_> = own.list("securityEvents.edges").iter().map(said).collect();
        events.sort_unstable();
        let expected = [
            ("ACCOUNT_CREATED", true),
            ("PASSWORD_RESET", true),
            ("POST_GRANTED", true),
            ("SESSION_ENDED", true),
            ("SIGNED_IN", false),
            ("SIGNED_IN", false),
            ("SIGN_IN_FAILED", false),
        ];
        assert_eq!(events, expected.map(|(kind, by_other)| (kind.to_owned(), by_other)));

        let own_choice = "bảy tám chín mười mười một";
        let quiet = done(&app.database, &["account", "reset", "thuyht", "--password-stdin"], &format!("{own_choice}\n")).await;
        assert!(!quiet.contains("shown only now") && !quiet.contains(own_choice), "{quiet}");
        catch_up(&app);
        sign_in(&app, "thuyht", own_choice).await.ok();
        let short = operate(&app.database, &["account", "reset", "thuyht", "--password-stdin"], "ngắn\n").await;
        assert!(!short.status.success() && short.stderr.contains("at least"), "{}", short.stderr);
        assert_eq!(journalled(&app.database, "PASSWORD_RESET").await, "2");
        // no secret anywhere in it
        let dump = format!("{:?}", app.database.sql("SELECT * FROM security_event").await);
        assert!(!dump.contains("thuyht") && !dump.contains(password) && !dump.contains("Thủy"), "{dump}");
    }

    async fn accounts_are_listed_by_pages_posts_and_masked(kind) {
        let world = World::build(kind).await;
        let database = &world.app.database;
        catch_up(&world.app);
        let list = async |more: &[&str]| -> Vec<Vec<String>> {
            let text = done(database, &[&["account", "list"], more].concat(), "").await;
            text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
        };
        let heads = list(&["--role", "BRANCH_HEAD"]).await;
        assert_eq!(heads.len(), 8);
        let head = world.branch(0, 0, 0).head.account.to_string();
        let first = heads.iter().find(|line| line[0] == head).expect("a head");
        assert_eq!(first[1..5], ["Vũ Thị Chi", "-", "BRANCH_HEAD Chi hội 1", "active"]);
        assert!(first[5].starts_with("2026-03-10T09:00:00"), "{first:?}");
        let mut branch = list(&["--unit", &world.branch(0, 0, 1).unit]).await;
        branch.sort_by(|one, other| one[3].cmp(&other[3]));
        let posts: Vec<&str> = branch.iter().map(|line| line[3].as_str()).collect();
        assert_eq!(posts, ["BRANCH_HEAD Chi hội 2", "FAMILY Chi hội 2"]);
        // with what lies below, or without
        let district = world.district(0);
        for (unit, all, alone) in [(&district.wards[0].unit, 5, 1), (&district.unit, 11, 1), (&world.unit, 24, 2)] {
            assert_eq!(list(&["--unit", unit]).await.len(), all);
            assert_eq!(list(&["--unit", unit, "--this-unit-only"]).await.len(), alone);
        }
        assert_eq!(list(&["--unit", &district.unit, "--role", "BRANCH_HEAD"]).await.len(), 4);
        // page by page each account once, oldest first though their ids tell no time
        let mut pages = Vec::new();
        let mut last = None;
        loop {
            let mut more = vec!["--limit", "7"];
            more.extend(last.as_deref().map(|last| ["--after", last]).into_iter().flatten());
            let page: Vec<_> = list(&more).await.into_iter().filter(|line| line.len() > 1).collect();
            last = page.last().map(|line| line[0].clone());
            pages.extend(page.iter().map(|line| line[0].clone()));
            if page.len() < 7 {
                break;
            }
        }
        let distinct: std::collections::BTreeSet<_> = pages.iter().collect();
        let rows = database.sql("SELECT COUNT(*) FROM account").await;
        assert_eq!((pages.len().to_string(), distinct.len()), (rows[0][0].clone().expect("a count"), pages.len()));
        assert_eq!(branch[1][2], "***001");
        assert_eq!(list(&["--unit", &world.branch(0, 0, 1).unit, "--role", "FAMILY"]).await.len(), 1);
        let shown = list(&["--unit", &world.branch(0, 0, 1).unit, "--show-sign-in"]).await;
        assert!(shown.iter().any(|line| line[2] == "+84912000001"), "{shown:?}");
        // page after page, each account once
        let all: Vec<String> = list(&[]).await.into_iter().map(|line| line[0].clone()).collect();
        let mut paged = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let more = after.as_deref().map_or_else(Vec::new, |after| vec!["--after", after]);
            let page = list(&[["--limit", "7"].as_slice(), &more].concat()).await;
            let (accounts, rest): (Vec<_>, Vec<_>) = page.into_iter().partition(|line| line.len() == 6);
            paged.extend(accounts.into_iter().map(|line| line[0].clone()));
            after = rest.first().and_then(|line| line[0].strip_prefix("there are more: --after ").map(str::to_owned));
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, all);
        assert!(all.len() > 14, "{}", all.len());
        done(database, &["account", "disable", &all[0]], "").await;
        assert_eq!(list(&["--limit", "1"]).await[0][4], "disabled");
    }

    async fn keys_are_shown_and_rotated_by_the_owner(kind) {
        let database = Database::fresh(kind).await;
        let before = done(&database, &["keys", "list"], "").await;
        let purposes: Vec<&str> = before.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(purposes, ["tokens", "receipts"], "{before}");
        assert!(before.lines().all(|line| line.ends_with("signs")), "{before}");
        let receipts = before.lines().last().and_then(|line| line.split_whitespace().next()).expect("a name").to_owned();
        let first = before.split_whitespace().next().expect("a name").to_owned();
        let said = done(&database, &["keys", "rotate"], "").await;
        let new = said.split_whitespace().nth(2).expect("a name").to_owned();
        let listed = done(&database, &["keys", "list"], "").await;
        let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, [new.as_str(), first.as_str(), receipts.as_str()]);
        assert!(listed.lines().next().expect("a line").ends_with("next"), "{listed}");
        assert!(refused(&database, &["keys", "rotate"]).await.contains("--compromised"));
        assert_eq!(journalled(&database, "KEY_ROTATED").await, "1");
        if kind == Kind::Postgres {
            // the server's own role writes no key
            let url = database.url_as("khuyenhoc_signin");
            let output = operate_at(&url, &["keys", "rotate", "--compromised"], "").await;
            assert!(!output.status.success() && output.stderr.contains("database_owner_url"), "{}", output.stderr);
            assert_eq!(done(&database, &["keys", "list"], "").await, listed);
        }
    }

    async fn a_running_server_hears_of_a_stolen_key(kind) {
        let database = Database::fresh(kind).await;
        let server = Server::start(&["serve"], &[("KHUYENHOC_DATABASE_URL", database.url())]).await;
        let published = async || -> Vec<Value> {
            let request = server.request(reqwest::Method::GET, "/.well-known/jwks.json");
            let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
            answer["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect()
        };
        let old = published().await;
        let said = done(&database, &["keys", "rotate", "--compromised"], "").await;
        let new = said.split_whitespace().nth(2).expect("a name").to_owned();
        // a token that names a key the server does not know
        let app = TestApp::open(std::sync::Arc::new(database), &[], 3).await;
        let account = create_account(&app, "Cao Thị Vào", None, None).await;
        let answer = ask(&app.client(account, None).over(&server), "viewer", json!({})).await;
        assert_eq!(answer.code(), None, "{}", answer.json);
        assert_eq!(published().await, [json!(new)]);
        assert_ne!(published().await, old);
    }

    async fn doctor_looks_at_the_signing_key(kind) {
        let database = Database::fresh(kind).await;
        let doctor = || operate(&database, &["doctor"], "");
        assert!(doctor().await.stdout.contains("access tokens can be signed"));
        let set = |column: &str, moment: &str| {
            let sql = format!("UPDATE server_key SET {column} = '{moment}' WHERE purpose = 'access token'");
            let database = &database;
            async move { database.sql(&sql).await }
        };
        set("created_at", "2024-01-01T00:00:00.000000+00:00").await;
        let old = doctor().await;
        assert!(old.stdout.contains("warn  the newest signing key is more than a year old"), "{}", old.stdout);
        set("signs_from", "2999-01-01T00:00:00.000000+00:00").await;
        let early = doctor().await;
        assert!(early.stdout.contains("FAIL  no signing key's time has come"), "{}", early.stdout);
        database.sql("UPDATE server_key SET secret = purpose_bytes.b FROM (SELECT secret AS b FROM server_key WHERE purpose = 'cursor') AS purpose_bytes WHERE purpose = 'access token'").await;
        let damaged = doctor().await;
        assert!(damaged.stdout.contains("FAIL  the access token keys cannot be used"), "{}", damaged.stdout);
        database.sql("DELETE FROM server_key WHERE purpose = 'access token'").await;
        assert!(doctor().await.stdout.contains("FAIL  there is no access token key"));
    }
}

/// Nothing but time passes: a key is published though nobody has asked for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_publishes_the_next_key_by_itself() {
    let database = Database::fresh(Kind::Sqlite).await;
    let server = Server::start(&["serve"], &[("KHUYENHOC_DATABASE_URL", database.url())]).await;
    let published = async || -> usize {
        let request = server.request(reqwest::Method::GET, "/.well-known/jwks.json");
        let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        answer["keys"].as_array().expect("keys").len()
    };
    done(&database, &["keys", "rotate"], "").await;
    let seen = async {
        while published().await < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(ring::RELOAD * 3, seen)
        .await
        .expect("the next key");
}
