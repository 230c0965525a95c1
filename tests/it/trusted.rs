//! Documents that apps have registered: by the operator's command, and as phones ask for them.

use std::sync::Arc;

use khuyenhoc::document::check::Checked;
use khuyenhoc::document::manifest::Document;
use khuyenhoc::document::{self, DocumentHash, Version};
use serde_json::{Value, json};
use tests::app::{TestApp, moment};
use tests::client::{Answer, Client};
use tests::database::{Database, Kind};
use tests::factory::World;
use tests::folder::Folder;
use tests::operation;
use tests::process::{Output, run};

const TRUSTED: [(&str, &str); 1] = [("KHUYENHOC_DOCUMENTS", "trusted")];
const VIEWER: &str = "query Me { viewer { name } }";
const HELLO: &str = "query Hello { __typename }";
const SIGN_IN: &str = "mutation Enter($i: SignInInput!) { signIn(input: $i) { accessToken } }";
const APOLLO: &str = "apollo-persisted-query-manifest";

fn id(text: &str) -> String {
    DocumentHash::of(text).to_string()
}

/// A text as a parameter of a URL.
fn encoded(text: &str) -> String {
    text.bytes()
        .fold(String::new(), |all, byte| format!("{all}%{byte:02X}"))
}

/// A manifest as Relay's compiler writes it.
fn relay(texts: &[&str]) -> Value {
    texts
        .iter()
        .map(|text| (id(text), json!(text)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Runs `khuyenhoc documents`; a manifest is written to a file first.
async fn documents(database: &Database, manifest: Option<&Value>, arguments: &[&str]) -> Output {
    let folder = Folder::new().expect("a folder");
    let file = folder.path().join("manifest.json");
    let mut all = vec!["documents".to_owned()];
    if let Some(manifest) = manifest {
        std::fs::write(&file, manifest.to_string()).expect("a manifest");
        all.extend(["add".to_owned(), file.display().to_string()]);
    }
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    run(&all, &[("KHUYENHOC_DATABASE_URL", database.url())], "").await
}

async fn add(database: &Database, manifest: &Value, version: &str) -> String {
    let output = documents(
        database,
        Some(manifest),
        &["--app", "android", "--app-version", version],
    )
    .await;
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    output.stdout
}

async fn done(database: &Database, arguments: &[&str]) -> String {
    let output = documents(database, None, arguments).await;
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    output.stdout
}

async fn rows(database: &Database) -> (usize, usize, usize) {
    let count = async |table: &str| database.sql(&format!("SELECT id FROM {table}")).await.len();
    (
        count("trusted_document").await,
        count("app_version").await,
        count("app_version_document").await,
    )
}

/// Asks by the hash alone.
async fn by_hash(client: &Client, text: &str) -> Answer {
    client
        .post(&json!({"documentId": format!("sha256:{}", id(text))}))
        .await
}

fn apollo(text: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": id(text)}})
}

on_both! {
    async fn phones_ask_by_hash_and_by_nothing_else_where_only_that_is_taken(kind) {
        let world = World::build(kind).await;
        let database = Arc::clone(&world.app.database);
        add(&database, &relay(&[VIEWER, HELLO, SIGN_IN, &operation::of("households")]), "1.0.0").await;
        let app = TestApp::open(database, &TRUSTED, 2).await;
        let officer = &world.district(0).officer;
        let client = app.client(officer.account, Some(officer.post));
        for body in [
            json!({"documentId": format!("sha256:{}", id(VIEWER))}),
            json!({"documentId": id(VIEWER)}),
            json!({"extensions": apollo(VIEWER)}),
            json!({"documentId": id(VIEWER), "query": VIEWER}),
            json!({"query": VIEWER, "extensions": apollo(VIEWER)}),
        ] {
            let answer = client.post(&body).await.ok();
            assert!(!answer.text("viewer.name").is_empty(), "{body}");
        }
        let variables = json!({"documentId": id(&operation::of("households")), "variables": {"first": 1}});
        assert_eq!(client.post(&variables).await.ok().list("households.edges").len(), 1);
        let url = format!("/graphql?documentId=sha256:{}", id(HELLO));
        assert_eq!(client.get(&url).await.ok().text("__typename"), "Query");

        // nobody else's words, not even an officer's, and not to look at the schema
        for text in [VIEWER, "{ __schema { types { name } } }", "query Me { viewer { id } }", "not even GraphQL"] {
            for who in [&client, &app.anonymous()] {
                let answer = who.run(text, json!({})).await;
                assert_eq!(answer.rule(), Some("DOCUMENT_NOT_REGISTERED"), "{text} {}", answer.json);
                assert_eq!((answer.code(), answer.json.get("data")), (Some("INVALID"), None));
            }
        }
        let own = "query Own { viewer { id } }";
        let smuggled = client.post(&json!({"query": own, "extensions": apollo(own)})).await;
        assert_eq!(smuggled.rule(), Some("DOCUMENT_NOT_REGISTERED"));
        let disguised = client.post(&json!({"query": own, "extensions": apollo(VIEWER)})).await;
        assert_eq!((disguised.status.as_u16(), disguised.rule()), (400, Some("DOCUMENT_HASH")));
    }

    async fn an_unknown_hash_is_told_as_apollos_clients_want_it(kind) {
        for settings in [&TRUSTED[..], &[]] {
            let app = TestApp::start_with(kind, settings).await;
            let answer = app.anonymous().post(&json!({"extensions": apollo(HELLO)})).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.errors().len(), 1);
            assert_eq!(answer.errors()[0]["message"], "PersistedQueryNotFound");
            assert_eq!(answer.code(), Some("PERSISTED_QUERY_NOT_FOUND"));
            assert_eq!(answer.json.get("data"), None);
            let strict = app.anonymous().with_header("accept", "application/graphql-response+json");
            assert_eq!(by_hash(&strict, HELLO).await.status, 400);
        }
    }

    async fn a_change_by_hash_does_not_come_by_get(kind) {
        let app = TestApp::start_with(kind, &TRUSTED).await;
        add(&app.database, &relay(&[SIGN_IN]), "1.0.0").await;
        let variables = json!({"i": {"login": "0912345678", "password": "x"}});
        let extension = apollo(SIGN_IN).to_string();
        for named in [
            format!("documentId=sha256:{}", id(SIGN_IN)),
            format!("extensions={}", encoded(&extension)),
        ] {
            let variables = encoded(&variables.to_string());
            let answer = app.anonymous().get(&format!("/graphql?{named}&variables={variables}")).await;
            assert_eq!((answer.status.as_u16(), answer.rule()), (405, Some("METHOD")), "{}", answer.json);
            assert_eq!(answer.headers["allow"], "POST");
        }
        assert!(app.database.sql("SELECT id FROM attempt").await.is_empty(), "nobody tried to sign in");
        let posted = app.anonymous().post(&json!({"documentId": id(SIGN_IN), "variables": variables})).await;
        assert_eq!(posted.rule(), Some("WRONG_CREDENTIALS"), "{}", posted.json);
    }

    async fn texts_and_hashes_live_together_and_nobody_registers_by_asking(kind) {
        let app = TestApp::start(kind).await;
        let client = app.anonymous();
        client.run(HELLO, json!({})).await.ok();
        client.post(&json!({"query": HELLO, "extensions": apollo(HELLO)})).await.ok();
        assert_eq!(by_hash(&client, HELLO).await.code(), Some("PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(rows(&app.database).await, (0, 0, 0));
        let wrong = client.post(&json!({"query": HELLO, "extensions": apollo(VIEWER)})).await;
        assert_eq!((wrong.status.as_u16(), wrong.rule()), (400, Some("DOCUMENT_HASH")));
        // registered while the server runs: found as soon as it is looked for again
        add(&app.database, &relay(&[HELLO]), "1.0.0").await;
        assert_eq!(by_hash(&client, HELLO).await.code(), Some("PERSISTED_QUERY_NOT_FOUND"));
        app.clock.advance(chrono::TimeDelta::seconds(3));
        by_hash(&client, HELLO).await.ok();
        assert_eq!(by_hash(&client, VIEWER).await.code(), Some("PERSISTED_QUERY_NOT_FOUND"));
    }

    async fn versions_live_side_by_side_and_retire_by_their_date(kind) {
        let app = TestApp::start_with(kind, &TRUSTED).await;
        let (database, client) = (&app.database, app.anonymous());
        let until = ["--app", "android", "--app-version", "1.0.0", "--until", "2026-05-31"];
        let first = documents(database, Some(&relay(&[HELLO, VIEWER])), &until).await;
        assert!(first.status.success(), "{}", first.stderr);
        let second = add(database, &relay(&[HELLO, SIGN_IN]), "1.1.0").await;
        assert!(second.contains("2 document(s) registered, 1 of them new"), "{second}");
        assert_eq!(rows(database).await, (3, 2, 4));
        let listed = done(database, &["list"]).await;
        assert!(listed.contains("android\t1.0.0\t2\t") && listed.contains("in use\n"), "{listed}");
        let of_both = async |at: &str| {
            app.clock.set(moment(at));
            let rule = async |text: &str| by_hash(&client, text).await.rule().map(str::to_owned);
            (rule(HELLO).await, rule(VIEWER).await)
        };
        let retired = Some("APP_RETIRED".to_owned());
        assert_eq!(of_both("2026-05-31T23:59:59+07:00").await.0, None);
        assert_ne!(of_both("2026-05-31T23:59:59+07:00").await.1, retired);
        // what the newer version sends as well goes on
        assert_eq!(of_both("2026-06-01T00:00:00+07:00").await, (None, retired.clone()));
        let vietnamese = by_hash(&client.with_header("accept-language", "vi"), VIEWER).await;
        assert!(!vietnamese.errors().is_empty());

        done(database, &["retire", "--app", "android", "--app-version", "1.1.0", "--on", "2026-06-10"]).await;
        assert_eq!(of_both("2026-06-09T23:59:59+07:00").await.0, None);
        assert_eq!(of_both("2026-06-10T00:00:00+07:00").await, (retired.clone(), retired));
        // put off again
        done(database, &["retire", "--app", "android", "--app-version", "1.1.0", "--on", "2026-07-01"]).await;
        assert_eq!(of_both("2026-06-10T00:01:00+07:00").await.0, None);
        let unknown = documents(database, None, &["retire", "--app", "ios", "--app-version", "1.1.0"]).await;
        assert!(!unknown.status.success() && unknown.stderr.contains("never registered"), "{}", unknown.stderr);
    }

    async fn a_faulty_manifest_registers_nothing_and_tells_all_its_faults(kind) {
        let app = TestApp::start(kind).await;
        let nested = "query Wide($n: Int) { unit(id: \"u\") { children(first: $n) { edges { node { \
            children(first: $n) { edges { node { id } } } } } } } }";
        let deep = format!("query Deep {}", "{ a ".repeat(13) + &"}".repeat(13));
        let manifest = relay(&[HELLO, "query Gone { nowhere }", "query Broken {", nested, &deep]);
        let output = documents(&app.database, Some(&manifest), &["--app", "android", "--app-version", "1.0.0"]).await;
        assert!(!output.status.success());
        for (name, word) in [("Gone", "nowhere"), ("unreadable", "SYNTAX"), ("Wide", "TOO_MANY_NODES"), ("unreadable", "TOO_DEEP")] {
            let told = output.stdout.lines().any(|line| line.starts_with(name) && line.contains(word));
            assert!(told, "{name} {word}: {}", output.stdout);
        }
        assert!(output.stderr.contains("4 fault(s)"), "{}", output.stderr);
        assert_eq!(rows(&app.database).await, (0, 0, 0));
        // an id that is not the hash would let one document pass for another
        let forged = json!({ id(HELLO): VIEWER });
        let output = documents(&app.database, Some(&forged), &["--app", "a", "--app-version", "1"]).await;
        assert!(!output.status.success() && output.stdout.contains("not the SHA-256"), "{}", output.stdout);
        let spaced = documents(&app.database, Some(&relay(&[HELLO])), &["--app", "my app", "--app-version", "1"]).await;
        assert!(!spaced.status.success());
        assert_eq!(rows(&app.database).await, (0, 0, 0));
    }

    async fn the_same_manifest_again_changes_nothing_and_another_is_refused(kind) {
        let app = TestApp::start(kind).await;
        let one = json!({"format": APOLLO, "version": 1, "operations": [
            {"id": id(HELLO), "name": "Hello", "type": "query", "body": HELLO},
            {"id": id(VIEWER), "name": "Me", "type": "query", "body": VIEWER},
        ]});
        add(&app.database, &one, "2.0.0").await;
        let before = app.database.sql("SELECT id, retires_at FROM app_version").await;
        for again in [&one, &relay(&[VIEWER, HELLO])] {
            assert!(add(&app.database, again, "2.0.0").await.contains("was registered before"));
        }
        let version = ["--app", "android", "--app-version", "2.0.0"];
        let until = [&version[..], &["--until", "2027-01-01"]].concat();
        for (manifest, arguments) in [(relay(&[VIEWER]), &version[..]), (relay(&[VIEWER, HELLO, SIGN_IN]), &version[..]), (one, &until[..])] {
            let output = documents(&app.database, Some(&manifest), arguments).await;
            assert!(!output.status.success(), "{}", output.stdout);
        }
        assert_eq!(app.database.sql("SELECT id, retires_at FROM app_version").await, before);
        assert_eq!(rows(&app.database).await, (2, 1, 2));
    }

    async fn a_registered_document_is_read_once(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        add(&app.database, &relay(&[VIEWER]), "1.0.0").await;
        let client = &world.district(0).officer.client;
        let statements = async |body: Value| {
            let before = app.statements();
            client.post(&body).await.ok();
            app.statements() - before
        };
        let text = statements(json!({"query": VIEWER})).await;
        let hash = json!({"documentId": id(VIEWER)});
        assert_eq!(statements(hash.clone()).await, text + 2);
        assert_eq!(statements(hash.clone()).await, text);
        app.clock.advance(chrono::TimeDelta::seconds(30));
        assert_eq!(statements(hash).await, text + 1, "only the dates are asked for again");
    }

    async fn an_upgrade_that_would_break_an_app_is_found_before(kind) {
        let app = TestApp::start(kind).await;
        add(&app.database, &relay(&[HELLO]), "1.0.0").await;
        assert!(done(&app.database, &["check"]).await.contains("all 1 document(s)"));
        // registered under a schema that had such a field
        let text = "query Old { nowhere }".to_owned();
        let old = Checked {
            document: Document { hash: DocumentHash::of(&text), text: text.clone() },
            name: "Old".to_owned(),
            points: 2,
        };
        let version = Version { app: "ios", version: "0.9" };
        document::add(&app.app, version, None, &[old]).await.expect("a version");
        let output = documents(&app.database, None, &["check"]).await;
        assert!(!output.status.success() && output.stdout.contains("ios 0.9 Old: "), "{}", output.stdout);
        let answer = by_hash(&app.anonymous(), &text).await;
        assert_eq!(answer.code(), Some("INVALID"), "{}", answer.json);
        done(&app.database, &["retire", "--app", "ios", "--app-version", "0.9"]).await;
        done(&app.database, &["check"]).await;
    }
}
