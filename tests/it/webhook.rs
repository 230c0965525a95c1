//! Messages on their way to a gateway: signed, behind TLS, to nobody else, and within limits of time and size.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::authority::Authority;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, ask};
use tests::gateway::{Gateway, URL_KEY};
use tests::operation;
use tests::process::{self, Server};

const PHONE: &str = "0977000444";
const E164: &str = "+84977000444";

/// A city whose messages go to a gateway in the house, with a certificate of the house's authority.
struct House {
    world: World,
    authority: Authority,
    servers: AtomicU64,
}

impl House {
    async fn build(kind: Kind) -> Self {
        Self {
            world: World::build(kind).await,
            authority: Authority::default(),
            servers: AtomicU64::new(2),
        }
    }

    /// A gateway of this name, with a certificate for it.
    async fn gateway(&self, host: &str) -> Gateway {
        Gateway::start_tls(host, self.authority.server(host)).await
    }

    /// The settings of a server that trusts the house's authority and sends into the house.
    fn settings(&self, gateway: &Gateway, path: &str) -> Vec<(&'static str, String)> {
        let file = self.authority.file().display().to_string();
        let own = [
            ("KHUYENHOC_MESSAGE_WEBHOOK_CA_FILE", file),
            ("KHUYENHOC_MESSAGE_WEBHOOK_PRIVATE", "true".to_owned()),
        ];
        gateway.settings_at(path).into_iter().chain(own).collect()
    }

    /// A server with these settings on the city's database.
    async fn server(&self, settings: &[(&'static str, String)]) -> TestApp {
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let seed = self.servers.fetch_add(1, Ordering::SeqCst);
        TestApp::open(Arc::clone(&self.world.app.database), &settings, seed).await
    }

    async fn request_code(&self, client: &Client, phone: &str) -> Answer {
        let input = json!({"phone": phone, "branchId": self.world.branch(0, 0, 0).unit});
        client
            .run(&operation::of("requestPhoneCode"), json!({ "input": input }))
            .await
    }
}

/// Without these settings.
fn without(settings: &[(&'static str, String)], name: &str) -> Vec<(&'static str, String)> {
    settings.iter().filter(|(other, _)| *other != name).cloned().collect()
}

on_both! {
    async fn a_gateway_in_the_house_gets_signed_messages(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let app = house.server(&house.settings(&gateway, "/send")).await;
        house.request_code(&app.anonymous(), PHONE).await.ok();
        let seen = gateway.seen();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].is_signed(), "{seen:?}");
        assert!(seen[0].header("host").starts_with("localhost:"));
        assert_eq!((seen[0].body["to"].as_str(), seen[0].body["type"].as_str()), (Some(E164), Some("phone_code")));
        // whatever is changed on the way is noticed
        let mut changed = seen[0].clone();
        changed.bytes.push(b' ');
        assert!(!changed.is_signed());
        let mut later = seen[0].clone();
        later.headers.insert("webhook-timestamp", "1".parse().expect("a header"));
        assert!(!later.is_signed());
        // an address of this machine needs no leave, and its certificate must be for the address
        let gateway = house.gateway("127.0.0.1").await;
        let settings = without(&house.settings(&gateway, "/send"), "KHUYENHOC_MESSAGE_WEBHOOK_PRIVATE");
        let app = house.server(&settings).await;
        house.request_code(&app.anonymous(), "0977000555").await.ok();
        assert!(gateway.seen()[0].is_signed());
    }

    async fn a_gateway_with_a_wrong_certificate_gets_nothing(kind) {
        let house = House::build(kind).await;
        let stranger = Authority::default();
        for (what, server, trusting) in [
            ("of another authority", stranger.server("localhost"), true),
            ("for another name", house.authority.server("gateway.example"), true),
            ("for an address of the name", house.authority.server("127.0.0.1"), true),
            ("expired", house.authority.expired_server("localhost"), true),
            ("of an authority that is not public", house.authority.server("localhost"), false),
        ] {
            let gateway = Gateway::start_tls("localhost", server).await;
            let mut settings = house.settings(&gateway, "/send");
            if !trusting {
                settings = without(&settings, "KHUYENHOC_MESSAGE_WEBHOOK_CA_FILE");
            }
            let app = house.server(&settings).await;
            assert_eq!(house.request_code(&app.anonymous(), PHONE).await.code(), Some("UNAVAILABLE"), "{what}");
            assert_eq!((gateway.seen().len(), gateway.connections()), (0, 3), "{what}");
        }
    }

    async fn a_name_that_leads_into_the_house_needs_leave(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let settings = without(&house.settings(&gateway, "/send"), "KHUYENHOC_MESSAGE_WEBHOOK_PRIVATE");
        let app = house.server(&settings).await;
        assert_eq!(house.request_code(&app.anonymous(), PHONE).await.code(), Some("UNAVAILABLE"));
        // not even a connection was made
        assert_eq!(gateway.connections(), 0);
    }

    async fn where_a_gateway_points_to_nobody_goes(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let app = house.server(&house.settings(&gateway, "/send")).await;
        for status in [301, 302, 303, 307, 308] {
            let before = gateway.connections();
            gateway.answer(&[status]);
            let answer = house.request_code(&app.anonymous(), PHONE).await;
            assert_eq!((answer.code(), gateway.connections()), (Some("UNAVAILABLE"), before + 1), "{status}");
        }
    }

    async fn a_gateway_that_keeps_silent_holds_nobody_up(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let app = house.server(&house.settings(&gateway, "/silent")).await;
        let begun = Instant::now();
        let (waiting, others) = (app.anonymous(), house.world.branch(0, 0, 0).head.client.clone());
        let (answer, beside) = tokio::join!(house.request_code(&waiting, PHONE), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            ask(&others, "viewer", json!({})).await.ok();
            begun.elapsed()
        });
        assert_eq!((answer.code(), gateway.seen().len()), (Some("UNAVAILABLE"), 3));
        assert!(begun.elapsed() < Duration::from_millis(9_900), "{:?}", begun.elapsed());
        assert!(beside < Duration::from_secs(2), "{beside:?}");
        // each try is the same message: an adaptor that has had it sends it once
        let seen = gateway.seen();
        assert!(seen.iter().all(|one| one.is_signed() && one.header("webhook-id") == seen[0].header("webhook-id")));
    }

    async fn of_an_answer_without_end_only_the_status_is_read(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let app = house.server(&house.settings(&gateway, "/endless")).await;
        house.request_code(&app.anonymous(), PHONE).await.ok();
        assert_eq!(gateway.seen().len(), 1);
        // the connection is closed: what goes out is what lies in buffers
        tokio::time::sleep(Duration::from_millis(200)).await;
        let poured = gateway.poured();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(gateway.poured(), poured);
        assert!(poured < 16 * 1024 * 1024, "{poured}");
        // headers have a limit
        let app = house.server(&house.settings(&gateway, "/wordy")).await;
        assert_eq!(house.request_code(&app.anonymous(), "0977000555").await.code(), Some("UNAVAILABLE"));
    }

    async fn the_log_tells_what_failed_and_no_secret(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        house.world.app.clock.set(khuyenhoc::clock::Clock::now(&khuyenhoc::clock::SystemClock));
        let mut codes = Vec::new();
        let mut logs = String::new();
        let good = house.settings(&gateway, "/send");
        let blind = without(&good, "KHUYENHOC_MESSAGE_WEBHOOK_CA_FILE");
        let tame = without(&good, "KHUYENHOC_MESSAGE_WEBHOOK_PRIVATE");
        for (settings, phone, wanted) in [
            (&good, "0977000661", None),
            (&blind, "0977000662", Some("certificate")),
            (&tame, "0977000663", Some("message_webhook_private")),
        ] {
            let mut environment = vec![("KHUYENHOC_DATABASE_URL", house.world.app.database.url()), ("KHUYENHOC_LOG", "debug")];
            environment.extend(settings.iter().map(|(name, value)| (*name, value.as_str())));
            let server = Server::start(&["serve"], &environment).await;
            let answer = house.request_code(&house.world.app.anonymous().over(&server), phone).await;
            assert_eq!(answer.code().is_some(), wanted.is_some(), "{}", answer.json);
            let log = server.terminate().await.stderr;
            assert!(wanted.is_none_or(|wanted| log.contains(wanted)), "{log}");
            logs.push_str(&log);
            codes.extend(gateway.seen().iter().map(|seen| seen.body["code"].clone()));
        }
        let secret = good[2].1.strip_prefix("whsec_").expect("a secret");
        for secret in [secret, URL_KEY, "977000661", "977000662", "977000663"] {
            assert!(!logs.contains(secret), "{secret} in {logs}");
        }
        for code in codes {
            assert!(!logs.contains(&code.to_string()) && code != Value::Null, "{code}");
        }
    }

    async fn a_file_without_authorities_is_told_at_the_start(kind) {
        let house = House::build(kind).await;
        let gateway = house.gateway("localhost").await;
        let damaged = house.authority.file().with_file_name("damaged.pem");
        std::fs::write(&damaged, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("a file");
        for file in ["/nowhere/authority.pem", file!(), &damaged.display().to_string()] {
            let mut settings = without(&house.settings(&gateway, "/send"), "KHUYENHOC_MESSAGE_WEBHOOK_CA_FILE");
            settings.push(("KHUYENHOC_MESSAGE_WEBHOOK_CA_FILE", file.to_owned()));
            settings.push(("KHUYENHOC_DATABASE_URL", house.world.app.database.url().to_owned()));
            let environment: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let output = process::run(&["serve"], &environment, "").await;
            assert!(!output.status.success());
            assert!(output.stderr.contains("message_webhook_ca_file"), "{}", output.stderr);
        }
    }
}
