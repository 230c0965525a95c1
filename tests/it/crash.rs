//! Something breaks between a change and its answer: the server is killed, a request is dropped half-way. Sending again
//! with the same key ends in one effect, whether the first sending had come through or not.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_graphql::Variables;
use entity::query::ColumnTrait as _;
use entity::table::idempotency;
use entity::value::Language;
use khuyenhoc::access::Viewer;
use khuyenhoc::loader::with_loaders;
use khuyenhoc::request::RequestInfo;
use khuyenhoc::schema;
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, ask, create_household, mutate, operator};
use tests::operation;
use tests::process::{self, Server};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A programme year whose window is open at the test's time and at the machine's.
const YEAR: i32 = 2030;
/// How often the server is killed while many things are being done.
const KILLS: usize = 3;
/// Tries to kill it after a change and before the answer; each hits with more than even odds.
const TRIES: usize = 20;
/// More polls than any operation needs.
const MOST_POLLS: usize = 400;
/// How often nothing is left to be dropped before it is believed: the same work is not polled equally often each time.
const CALM: usize = 4;

/// A mutation with its key, and who sends it.
#[derive(Clone)]
struct Work {
    client: Client,
    field: &'static str,
    input: Value,
}

impl Work {
    fn new(client: &Client, field: &'static str, mut input: Value) -> Self {
        input["idempotencyKey"] = json!(Uuid::new_v4());
        Self {
            client: client.clone(),
            field,
            input,
        }
    }

    fn enter(client: &Client, address: &str) -> Self {
        let household = json!({"headName": "Đinh Thị Đứt", "address": address, "confirmDistinct": true});
        Self::new(client, "createHousehold", household)
    }

    fn register(client: &Client, household: &str) -> Self {
        let registration = json!({"householdId": household, "year": YEAR});
        Self::new(client, "registerHousehold", registration)
    }

    fn approve(client: &Client, registrations: &[String]) -> Self {
        let items: Vec<Value> = registrations.iter().map(|id| json!({ "id": id })).collect();
        Self::new(client, "approveRegistrations", json!({ "items": items }))
    }

    /// The same, sent to a program.
    fn over(&self, server: &Server) -> Self {
        Self {
            client: self.client.over(server),
            ..self.clone()
        }
    }

    async fn send(&self) -> Answer {
        mutate(&self.client, self.field, self.input.clone()).await.ok()
    }

    /// Sends it to a server that may be gone; the answer if there is one.
    async fn try_send(&self) -> Option<Answer> {
        let variables = json!({"input": self.input});
        let answer = self.client.try_run(&operation::of(self.field), variables).await;
        answer.ok().map(Answer::ok)
    }

    fn outcome(&self, answer: &Answer) -> String {
        answer.text(&format!("{}.outcome", self.field))
    }

    /// Ids of what it has made or decided on.
    fn ids(&self, answer: &Answer) -> Vec<String> {
        match self.field {
            "createHousehold" => vec![answer.text("createHousehold.household.id")],
            "registerHousehold" => vec![answer.text("registerHousehold.registration.id")],
            _ => {
                let results = answer.list("approveRegistrations.results").iter();
                results
                    .map(|result| {
                        assert_eq!(result["outcome"], "APPLIED", "{result}");
                        result["registration"]["id"].as_str().expect("an id").to_owned()
                    })
                    .collect()
            }
        }
    }

    /// Sends it again after what happened to the first sending; ids of what there is now.
    async fn settle(&self, first: Option<&Answer>) -> Vec<String> {
        let second = self.send().await;
        let outcome = self.outcome(&second);
        match first {
            Some(first) => {
                assert_eq!(
                    (self.outcome(first).as_str(), outcome.as_str()),
                    ("APPLIED", "REPLAYED")
                );
                assert_eq!(self.ids(first), self.ids(&second));
            }
            None => assert!(["APPLIED", "REPLAYED"].contains(&outcome.as_str()), "{outcome}"),
        }
        let third = self.send().await;
        assert_eq!(self.outcome(&third), "REPLAYED");
        assert_eq!(self.ids(&second), self.ids(&third));
        self.ids(&second)
    }
}

/// A world with a year that is always open.
async fn world(kind: Kind) -> World {
    let world = World::build(kind).await;
    let window = json!({"phase": "REGISTRATION", "opensAt": "2020-01-01T00:00:00+07:00", "closesAt": "2100-01-01T00:00:00+07:00"});
    let always = json!({"year": YEAR, "windows": [window]});
    mutate(&world.officer.client, "openProgrammeYear", always).await.ok();
    world
}

/// A household of a branch, and its registration if it is to have one.
async fn prepared(head: &Client, address: &str, registered: bool) -> String {
    let input = json!({"headName": "Đinh Thị Đứt", "address": address});
    let household = create_household(head, input).await;
    if !registered {
        return household;
    }
    let answer = Work::register(head, &household).send().await;
    answer.text("registerHousehold.registration.id")
}

/// Five things to do for a branch head: two households to enter, two to register, two registrations to approve.
async fn works(head: &Client, place: &str) -> Vec<Work> {
    let mut works = Vec::new();
    for number in [1, 2] {
        works.push(Work::enter(head, &format!("{place} mới {number}")));
        let household = prepared(head, &format!("{place} có {number}"), false).await;
        works.push(Work::register(head, &household));
    }
    let mut waiting = Vec::new();
    for number in [1, 2] {
        waiting.push(prepared(head, &format!("{place} chờ {number}"), true).await);
    }
    works.insert(2, Work::approve(head, &waiting));
    works
}

/// The one number that a statement answers.
async fn number(world: &World, sql: &str) -> usize {
    let rows = world.app.database.sql(sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}

/// Fails unless every registration has one line of its journal for each version, and all counters are right.
async fn assert_sound(world: &World) {
    let torn = "SELECT COUNT(*) FROM registration r
                WHERE version <> (SELECT COUNT(*) FROM registration_event e WHERE e.registration_id = r.id)";
    assert_eq!(number(world, torn).await, 0, "a journal has too many or too few lines");
    world.app.assert_counters().await;
}

/// Lets every branch head do their works one after the other, all heads at once, and kills the server a seeded moment
/// after so many answers. Returns the answers that came.
async fn kill_amid(
    server: Server,
    works: &[Vec<Work>],
    answers: usize,
    moment: Duration,
) -> Vec<(Work, Option<Answer>)> {
    let answered = Arc::new(AtomicUsize::new(0));
    let mut heads = JoinSet::new();
    for own in works {
        let sendings: Vec<(Work, Work)> = own.iter().map(|work| (work.clone(), work.over(&server))).collect();
        let answered = Arc::clone(&answered);
        heads.spawn(async move {
            let mut seen = Vec::new();
            for (work, sending) in sendings {
                let answer = sending.try_send().await;
                answered.fetch_add(usize::from(answer.is_some()), Ordering::Relaxed);
                seen.push((work, answer));
            }
            seen
        });
    }
    while answered.load(Ordering::Relaxed) < answers {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(moment).await;
    server.kill().await;
    heads.join_all().await.into_iter().flatten().collect()
}

on_both! {
    async fn what_a_killed_server_was_doing_is_done_once_when_sent_again(kind) {
        let world = world(kind).await;
        let environment = [("KHUYENHOC_DATABASE_URL", world.app.database.url())];
        let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
        let mut unanswered = 0;
        for kill in 0..KILLS {
            let mut all = Vec::new();
            for branch in 0..4 {
                let head = &world.branch(0, branch / 2, branch % 2).head.client;
                all.push(works(head, &format!("Đợt {kill} nhà {branch}")).await);
            }
            let lines = number(&world, "SELECT COUNT(*) FROM registration_event").await;
            let households = number(&world, "SELECT COUNT(*) FROM household").await;
            let server = Server::start(&["serve"], &environment).await;
            let answers = usize::try_from(rng.next_u32() % 14).expect("a number");
            let moment = Duration::from_micros(u64::from(rng.next_u32() % 8_000));
            let first = kill_amid(server, &all, answers, moment).await;
            unanswered += first.iter().filter(|(_, answer)| answer.is_none()).count();

            let again = Server::start(&["serve"], &environment).await;
            for (work, answer) in &first {
                work.over(&again).settle(answer.as_ref()).await;
            }
            let stopped = again.terminate().await;
            assert!(stopped.status.success(), "{}", stopped.stderr);
            // each of four heads: two households; two registered, two approved
            assert_eq!(number(&world, "SELECT COUNT(*) FROM household").await, households + 8);
            assert_eq!(number(&world, "SELECT COUNT(*) FROM registration_event").await, lines + 16);
            assert_sound(&world).await;
        }
        assert!(unanswered > 0, "every answer came before the server was killed, so nothing is proven");
        let doctor = process::run(&["doctor", "--recount"], &environment, "").await;
        assert!(doctor.status.success(), "{}{}", doctor.stdout, doctor.stderr);
    }

    async fn what_was_done_and_not_answered_is_replayed(kind) {
        let world = world(kind).await;
        let environment = [("KHUYENHOC_DATABASE_URL", world.app.database.url())];
        let head = &world.branch(0, 0, 0).head.client;
        let mut hits = 0;
        for number in 0..TRIES {
            let household = prepared(head, &format!("Số {number}"), false).await;
            let work = Work::register(head, &household);
            let server = Server::start(&["serve"], &environment).await;
            let sending = work.over(&server);
            let sent = tokio::spawn(async move { sending.try_send().await });
            while !sent.is_finished() && !is_done(&world, &work).await {}
            server.kill().await;
            if sent.await.expect("a sending").is_some() {
                continue;
            }
            hits += 1;
            let again = Server::start(&["serve"], &environment).await;
            let answer = work.over(&again).send().await;
            assert_eq!(work.outcome(&answer), "REPLAYED");
            assert_eq!(answer.number("registerHousehold.registration.version"), 1);
            if hits == 2 {
                break;
            }
        }
        assert!(hits > 0, "every answer was faster than the kill");
        assert_sound(&world).await;
    }

    async fn what_is_sent_ten_times_at_once_is_done_once(kind) {
        let world = world(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for work in works(head, "Cùng lúc").await {
            let mut sendings = JoinSet::new();
            for _ in 0..10 {
                let work = work.clone();
                sendings.spawn(async move {
                    let answer = work.send().await;
                    (work.outcome(&answer), work.ids(&answer))
                });
            }
            let (mut outcomes, mut ids): (Vec<_>, Vec<_>) = sendings.join_all().await.into_iter().unzip();
            outcomes.sort();
            assert_eq!(outcomes[0], "APPLIED");
            assert!(outcomes[1..].iter().all(|outcome| outcome == "REPLAYED"), "{outcomes:?}");
            ids.dedup();
            assert_eq!(ids.len(), 1, "{ids:?}");
        }
        assert_sound(&world).await;
    }

    async fn an_operation_dropped_at_any_point_is_done_once_when_sent_again(kind) {
        dropped_at_any_point(&world(kind).await, Door::Engine).await;
    }

    async fn a_request_dropped_at_any_point_is_done_once_when_sent_again(kind) {
        dropped_at_any_point(&world(kind).await, Door::Edge).await;
    }
}

/// Whether what was asked for has been committed.
async fn is_done(world: &World, work: &Work) -> bool {
    let key: Uuid = serde_json::from_value(work.input["idempotencyKey"].clone()).expect("a key");
    let scope = operator(&world.app, world.district(0).tenant);
    let find = scope.find::<idempotency::Entity>();
    find.filter(idempotency::Column::Key.eq(key))
        .exists()
        .await
        .expect("a row or none")
}

/// Where a request is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Inside: the engine's own work ends there, as when the time for a request is over.
    Engine,
    /// At the edge: the phone goes away, and the engine goes on.
    Edge,
}

/// Enters, registers and approves, each dropped after so many polls and sent again; with more and more polls until
/// several times nothing was left to be dropped.
async fn dropped_at_any_point(world: &World, door: Door) {
    let head = &world.branch(0, 0, 0).head;
    let before = number(world, "SELECT COUNT(*) FROM household").await;
    let (mut polls, mut calm, mut dropped) = (0, 0, Vec::new());
    while calm < CALM {
        let so_far = dropped.len();
        let enter = Work::enter(&head.client, &format!("Số {polls}"));
        dropped.extend(dropped_after(polls, world, head, &enter, door).await);
        let household = enter.settle(None).await.remove(0);
        let register = Work::register(&head.client, &household);
        dropped.extend(dropped_after(polls, world, head, &register, door).await);
        let registration = register.settle(None).await;
        let approve = Work::approve(&head.client, &registration);
        dropped.extend(dropped_after(polls, world, head, &approve, door).await);
        approve.settle(None).await;

        let seen = ask(&head.client, "registration", json!({"id": registration[0]}))
            .await
            .ok();
        let state = (seen.text("registration.state"), seen.number("registration.version"));
        assert_eq!(state, ("APPROVED".to_owned(), 2), "dropped after {polls} polls");
        assert_eq!(
            seen.list("registration.journal").len(),
            2,
            "dropped after {polls} polls"
        );
        calm = if dropped.len() == so_far { calm + 1 } else { 0 };
        polls += 1;
        assert!(polls < MOST_POLLS, "it never ends");
    }
    // at the edge there is little to wait for: who asks, the body, the engine
    let least = if door == Door::Edge { 0 } else { 5 };
    let deepest = dropped.iter().max().expect("something that was dropped");
    assert!(*deepest >= least, "nothing was dropped half-way: {dropped:?}");
    assert_eq!(number(world, "SELECT COUNT(*) FROM household").await, before + polls);
    assert_sound(world).await;
}

/// Begins a work and drops it after so many polls. If it had not ended by then, how many statements it had come to.
async fn dropped_after(polls: usize, world: &World, person: &Person, work: &Work, door: Door) -> Option<u64> {
    let variables = json!({"input": work.input});
    let document = operation::of(work.field);
    if door == Door::Edge {
        let before = world.app.statements();
        let ended = polled(polls, work.client.run(&document, variables)).await;
        return (!ended).then(|| world.app.statements() - before);
    }
    let app = Arc::clone(&world.app.app);
    let now = app.clock.now();
    let token = person.client.token().expect("a token");
    let claims = app.tokens.verify(&token, now).expect("a token that holds");
    let viewer = Viewer::load(&app, &claims, Some(person.post), now).await;
    let request = async_graphql::Request::new(document)
        .variables(Variables::from_json(variables))
        .data(Viewer::SignedIn(Box::new(viewer.expect("a viewer"))))
        .data(RequestInfo {
            id: Uuid::nil(),
            now,
            language: Language::En,
            address: None,
        });
    let schema = schema::build(app);
    let operation = with_loaders(|loaders| async move { schema.execute(request.data(loaders)).await });
    let before = world.app.statements();
    let ended = polled(polls, operation).await;
    (!ended).then(|| world.app.statements() - before)
}

/// Polls a future so many times after the first, then drops it; whether it had ended by then.
async fn polled(times: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
