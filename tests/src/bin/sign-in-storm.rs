//! Measures what a storm of sign-ins does to those who only read: `sign-in-storm`, run by hand.
//!
//! Starts the program (`KHUYENHOC_BIN`, best a release build) on SQLite and on PostgreSQL in turn. Readers ask for `viewer`
//! a hundred times a second, first alone, then beside [`ROUNDS`] storms of [`CROWD`] phones that sign in at once with the
//! right password. Each phone has an address of its own, which a trusted proxy tells, as it is in a city.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for developers: it prints figures and fails loudly"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use entity::scope::NewAccount;
use entity::value::{PersonName, PhoneNumber};
use futures_util::future::join_all;
use khuyenhoc::account::password::{Cost, NewPassword, Passwords};
use khuyenhoc::clock::SystemEntropy;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::database::{Database, Kind};
use tests::operation;
use tests::process::Server;

const CROWD: usize = 200;
const ROUNDS: usize = 5;
const READERS: usize = 2;
const PAUSE: Duration = Duration::from_millis(20);
const ALONE: Duration = Duration::from_secs(10);
const PASSWORD: &str = "con mèo nhà tôi thích ăn cá";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("reads of `viewer`, in milliseconds     median      p99      most   number");
    for kind in Kind::ALL {
        measure(kind).await;
    }
}

async fn measure(kind: Kind) {
    let database = Arc::new(Database::fresh(kind).await);
    make_accounts(&database).await;
    let environment = [
        ("KHUYENHOC_DATABASE_URL", database.url()),
        ("KHUYENHOC_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let server = Arc::new(Server::start(&["serve"], &environment).await);
    let token = sign_in(&server, 0, 0).await.expect("a token");
    read(&server, &token).await;

    let alone = {
        let stop = Arc::new(AtomicBool::new(false));
        let readers = start_readers(&server, &token, &stop);
        tokio::time::sleep(ALONE).await;
        stop.store(true, Ordering::Relaxed);
        gather(readers).await
    };
    let stop = Arc::new(AtomicBool::new(false));
    let readers = start_readers(&server, &token, &stop);
    let (began, mut signed_in) = (Instant::now(), 0);
    for round in 1..=ROUNDS {
        let storm = (0..CROWD).map(|number| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { sign_in(&server, round, number).await.is_some() })
        });
        let answers = join_all(storm).await;
        signed_in += answers.iter().filter(|answer| matches!(answer, Ok(true))).count();
    }
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let beside = gather(readers).await;

    let name = format!("{kind:?}");
    show(&format!("{name}, alone"), &alone);
    show(&format!("{name}, beside the storm"), &beside);
    println!(
        "{name}, ratio                        {:>8.2} {:>8.2}",
        at(&beside, 50) / at(&alone, 50),
        at(&beside, 99) / at(&alone, 99),
    );
    println!(
        "{name}: {ROUNDS} times {CROWD} sign-ins in {:.1} s, of which {signed_in} got in and the others were told RATE_LIMITED\n",
        took.as_secs_f64(),
    );
}

/// One account for each phone, all with one hash of the real cost.
async fn make_accounts(database: &Arc<Database>) {
    let app = TestApp::open(Arc::clone(database), &[], 1).await;
    let cost = Cost {
        memory_kib: 19_456,
        iterations: 2,
    };
    let passwords = Passwords::new(cost, None, 1, 1, Arc::new(SystemEntropy)).expect("argon2");
    let hash = passwords.hash(NewPassword::public(PASSWORD)).await.expect("a hash");
    let accounts = (0..CROWD).map(|number| NewAccount {
        id: app.app.new_id(),
        name: PersonName::parse("Nguyễn Thị Sóng").expect("a name"),
        phone: Some(PhoneNumber::parse(&phone(number)).expect("a phone number")),
        user_name: None,
        password_hash: Some(hash.clone()),
        created_at: khuyenhoc::clock::Clock::now(&khuyenhoc::clock::SystemClock),
    });
    let door = app.app.db.sign_in();
    door.create_accounts(accounts.collect()).await.expect("accounts");
}

fn phone(number: usize) -> String {
    format!("0977{number:06}")
}

/// The access token; none when the phone was told to come again. Any other answer is shown.
async fn sign_in(server: &Server, round: usize, number: usize) -> Option<String> {
    let variables = json!({"input": {"login": phone(number), "password": PASSWORD}});
    let body = json!({"query": operation::of("signIn"), "variables": variables});
    let address = format!("10.{round}.{}.{}", number / 250, number % 250);
    let headers = [("x-forwarded-for", address.as_str())];
    let answer = server.post_graphql(&body, None, &headers).await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let token = answer.pointer("/data/signIn/accessToken").and_then(Value::as_str);
    if token.is_none() {
        let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        if code != Some("RATE_LIMITED") {
            println!("a sign-in was answered {answer}");
        }
    }
    token.map(str::to_owned)
}

async fn read(server: &Server, token: &str) -> Duration {
    let body = json!({"query": "{ viewer { id name } }"});
    let began = Instant::now();
    let answer = server.post_graphql(&body, Some(token), &[]).await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let took = began.elapsed();
    assert!(answer.pointer("/data/viewer/id").is_some(), "{answer}");
    took
}

type Reader = tokio::task::JoinHandle<Vec<Duration>>;

fn start_readers(server: &Arc<Server>, token: &str, stop: &Arc<AtomicBool>) -> Vec<Reader> {
    (0..READERS)
        .map(|_| {
            let (server, token, stop) = (Arc::clone(server), token.to_owned(), Arc::clone(stop));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    times.push(read(&server, &token).await);
                    tokio::time::sleep(PAUSE).await;
                }
                times
            })
        })
        .collect()
}

/// All times of all readers, in milliseconds, shortest first.
async fn gather(readers: Vec<Reader>) -> Vec<f64> {
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.expect("a reader"));
    }
    times.sort_unstable();
    times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect()
}

fn at(times: &[f64], percent: usize) -> f64 {
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or(f64::NAN)
}

fn show(what: &str, times: &[f64]) {
    println!(
        "{what:36} {:>8.2} {:>8.2} {:>9.2} {:>8}",
        at(times, 50),
        at(times, 99),
        at(times, 100),
        times.len(),
    );
}
