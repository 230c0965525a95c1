//! Measures what a storm of sign-ins does to those who only read: `sign-in-storm`, run by hand.
//!
//! Starts the program (`KHUYENHOC_BIN`, best a release build) on SQLite and on PostgreSQL in turn. Readers ask for `viewer`
//! a hundred times a second: alone, beside one core that hashes, beside a crowd that asks for nothing, and beside a storm
//! of [`CROWD`] phones that sign in at once with the right password; one after the other, [`ROUNDS`] times, so that what
//! else the machine does falls on all alike. Each phone has an address of its own, which a trusted proxy tells, as it is
//! in a city. This program runs on the same cores as the server.

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
/// How long each load is looked at in a round; a storm takes as long as it takes.
const SPAN: Duration = Duration::from_secs(3);
const PASSWORD: &str = "con mèo nhà tôi thích ăn cá";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("reads of `viewer`, in milliseconds        median     p99     most number  median   p99 of alone");
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

    let mut times: Vec<Vec<f64>> = vec![Vec::new(); Load::ALL.len()];
    let (mut signed_in, mut longest) = (0, Duration::ZERO);
    for round in 1..=ROUNDS {
        for (load, times) in Load::ALL.into_iter().zip(&mut times) {
            let stop = Arc::new(AtomicBool::new(false));
            let readers = start_readers(&server, &token, &stop);
            let began = Instant::now();
            match load {
                Load::Nothing => {}
                Load::Core => burn(began + SPAN).await,
                Load::Crowd => crowd(&server).await,
                Load::Storm => {
                    signed_in += storm(&server, round).await;
                    longest = longest.max(began.elapsed());
                }
            }
            tokio::time::sleep(SPAN.saturating_sub(began.elapsed())).await;
            stop.store(true, Ordering::Relaxed);
            times.extend(gather(readers).await);
        }
    }
    let alone = times.first_mut().map(std::mem::take).unwrap_or_default();
    let alone = sorted(alone);
    show(&format!("{kind:?}, {}", Load::Nothing.name()), &alone, &alone);
    for (load, times) in Load::ALL.into_iter().zip(times).skip(1) {
        show(&format!("{kind:?}, {}", load.name()), &sorted(times), &alone);
    }
    println!(
        "{kind:?}: {ROUNDS} times {CROWD} sign-ins, the longest storm {:.1} s; {signed_in} got in and the others were told \
         RATE_LIMITED\n",
        longest.as_secs_f64(),
    );
}

/// What goes on beside the readers.
#[derive(Debug, Clone, Copy)]
enum Load {
    Nothing,
    /// Hashing on one thread of this program: what it costs to share a machine with argon2.
    Core,
    /// As many phones as in a storm, which ask for something that needs neither password nor database.
    Crowd,
    /// The sign-ins.
    Storm,
}

impl Load {
    const ALL: [Self; 4] = [Self::Nothing, Self::Core, Self::Crowd, Self::Storm];

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "alone",
            Self::Core => "beside one core that hashes",
            Self::Crowd => "beside as many cheap requests",
            Self::Storm => "beside the storm",
        }
    }
}

/// Hashes until then, at the usual priority.
async fn burn(until: Instant) {
    let burning = tokio::task::spawn_blocking(move || {
        let argon2 = argon2::Argon2::default();
        let mut out = [0; 32];
        while Instant::now() < until {
            argon2
                .hash_password_into(b"password", b"salt salt salt", &mut out)
                .expect("a hash");
        }
    });
    burning.await.expect("hashing");
}

async fn crowd(server: &Arc<Server>) {
    let asked = (0..CROWD).map(|number| {
        let server = Arc::clone(server);
        tokio::spawn(async move {
            let body = json!({"query": "{ __typename }"});
            let address = format!("10.200.{}.{}", number / 250, number % 250);
            drop(post(&server, &body, None, &[("x-forwarded-for", &address)]).await);
        })
    });
    join_all(asked.collect::<Vec<_>>()).await;
}

/// How many got in.
async fn storm(server: &Arc<Server>, round: usize) -> usize {
    let phones = (0..CROWD).map(|number| {
        let server = Arc::clone(server);
        tokio::spawn(async move { sign_in(&server, round, number).await.is_some() })
    });
    let answers = join_all(phones.collect::<Vec<_>>()).await;
    answers.iter().filter(|answer| matches!(answer, Ok(true))).count()
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_unstable_by(f64::total_cmp);
    times
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
        is_phone_proven: true,
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
    let answer = post(server, &body, None, &headers).await;
    let token = answer.pointer("/data/signIn/accessToken").and_then(Value::as_str);
    if token.is_none() {
        let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        if code != Some("RATE_LIMITED") {
            println!("a sign-in was answered {answer}");
        }
    }
    token.map(str::to_owned)
}

/// Asks, and once more when the server had closed the idle connection at that moment.
async fn post(server: &Server, body: &Value, token: Option<&str>, headers: &[(&str, &str)]) -> Value {
    let answer = match server.post_graphql(body, token, headers).await {
        Ok(answer) => answer,
        Err(_) => server.post_graphql(body, token, headers).await.expect("an answer"),
    };
    answer.json().await.expect("JSON")
}

async fn read(server: &Server, token: &str) -> Duration {
    let body = json!({"query": "{ viewer { id name } }"});
    let began = Instant::now();
    let answer = post(server, &body, Some(token), &[]).await;
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

/// All times of all readers, in milliseconds.
async fn gather(readers: Vec<Reader>) -> Vec<f64> {
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.expect("a reader"));
    }
    times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect()
}

fn at(times: &[f64], percent: usize) -> f64 {
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or(f64::NAN)
}

/// A line: median, 99th percentile and the longest, and how many times as long as alone the first two are.
fn show(what: &str, times: &[f64], alone: &[f64]) {
    println!(
        "{what:40} {:>7.2} {:>7.2} {:>8.2} {:>6} {:>7.1} {:>5.1}",
        at(times, 50),
        at(times, 99),
        at(times, 100),
        times.len(),
        at(times, 50) / at(alone, 50),
        at(times, 99) / at(alone, 99),
    );
}
