//! Nothing is lost and nothing is told twice, whatever breaks and however many relays there are.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::query::ColumnTrait as _;
use entity::scope::Writer;
use entity::table::{household_account, registration};
use entity::vocabulary::{RegistrationAction, RegistrationState, Role};
use futures_util::future::join_all;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::error::Error;
use khuyenhoc::programme::{Pressed, Timing};
use khuyenhoc::registration::{Words, apply};
use khuyenhoc::{relay, retention};
use serde_json::json;
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::{Person, World, appoint, ask, decide, mutate, operator, parts};
use tests::process::Server;
use tests::titles::{approved, items, words};

use super::{everybody_reads, kinds, read, register as register_device, rows, unread};

/// Lets an account manage every household of a branch.
async fn manage_all(world: &World, unit: &str, account: &Person) {
    let (tenant, branch) = parts(unit);
    let scope = operator(&world.app, tenant);
    let all = scope
        .find::<registration::Entity>()
        .filter(registration::Column::BranchId.eq(branch));
    let all = all.all().await.expect("registrations");
    let known = scope.find::<household_account::Entity>().all().await.expect("links");
    let new = all
        .iter()
        .filter(|row| known.iter().all(|link| link.household_id != row.subject_id.into()));
    let links: Vec<_> = new
        .map(|row| household_account::Model {
            tenant_id: tenant,
            id: world.app.app.new_id(),
            household_id: row.subject_id.into(),
            account_id: account.account,
            created_at: world.app.app.clock.now(),
        })
        .collect();
    let written = scope.write(async |tx: &Writer<'_>| tx.insert_all::<household_account::Entity>(links).await);
    written.await.expect("links");
}

/// How often a relay is dropped on its way.
const DROPPED: usize = 12;

on_both! {
    async fn a_branch_of_157_is_157_notices_to_families_and_one_to_the_desk(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let second = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        everybody_reads(&world).await;
        read(&second.client).await;
        let ids = approved(branch, 157).await;
        manage_all(&world, &branch.unit, &branch.family).await;
        world.app.relay().await;
        assert_eq!(kinds(&second.client).await, ["WAITING_FOR_APPROVAL 157"]);
        read(&second.client).await;
        read(&branch.family.client).await;
        let before = world.app.statements();
        let undone = mutate(&branch.head.client, "undoDecision", json!({"items": items(&ids)})).await.ok();
        let many = world.app.statements() - before;
        assert_eq!(words("undoDecision", &undone), vec!["APPLIED"; 157]);
        assert_eq!(rows(&world.app, "outbox", "batch IS NULL").await, 157);
        let before = world.app.statements();
        let relayed = world.app.relay().await;
        let telling = world.app.statements() - before;
        assert_eq!((relayed.events, relayed.notices), (157, 158));
        assert_eq!(kinds(&second.client).await, ["WAITING_FOR_APPROVAL 157"]);
        let answer = ask(&branch.family.client, "notices", json!({"unread": true})).await.ok();
        assert_eq!(answer.number("notices.totalCount"), 157);
        assert_eq!(world.app.relay().await, relay::Relayed::default());
        // one takes as many statements as all of them, for the step and for telling of it
        decide(&branch.head.client, "approveRegistrations", &[&ids[0]]).await.ok();
        world.app.relay().await;
        let before = world.app.statements();
        mutate(&branch.head.client, "undoDecision", json!({"items": items(&ids[..1])})).await.ok();
        assert_eq!(world.app.statements() - before, many);
        let before = world.app.statements();
        world.app.relay().await;
        assert_eq!(world.app.statements() - before, telling);
    }

    async fn a_relay_dropped_anywhere_loses_and_doubles_nothing(kind) {
        let app = TestApp::start_with(kind, &[("KHUYENHOC_PUSH_SENDER", "log")]).await;
        let world = World::on(app).await;
        let branch = world.branch(0, 0, 0);
        everybody_reads(&world).await;
        register_device(&branch.family.client, ("device", "vi")).await;
        let told = rows(&world.app, "registration_notice", "read_at IS NULL").await;
        assert_eq!(told, 0);
        // each time it comes one step further, until it comes through; on a busy machine steps are longer, so that is done again
        let (mut rounds, mut dropped, mut polls, mut whole) = (0, 0, 0, false);
        while dropped < DROPPED || !whole {
            polls = if whole { 1 } else { polls + 1 };
            decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
            mutate(&branch.head.client, "undoDecision", json!({"items": [{"id": branch.registration}]})).await.ok();
            rounds += 1;
            let mut left = polls;
            whole = {
                let mut relaying = pin!(relay::relay_once(&world.app.app));
                poll_fn(|context| {
                    if left == 0 {
                        return Poll::Ready(false);
                    }
                    left -= 1;
                    relaying.as_mut().poll(context).map(|relayed| relayed.is_ok())
                })
                .await
            };
            dropped += usize::from(!whole);
            assert!(rounds < 400, "{polls}");
        }
        world.app.relay().await;
        assert_eq!(rows(&world.app, "outbox", "batch IS NULL").await, 0);
        for word in ["REGISTRATION_APPROVED", "DECISION_UNDONE"] {
            assert_eq!(rows(&world.app, "registration_notice", &format!("kind = '{word}'")).await, rounds, "{word}");
        }
        assert_eq!(rows(&world.app, "push_delivery", "state = 'WAITING'").await, 2 * rounds);
    }

    async fn many_relays_at_once_tell_everything_once(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let second = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        let other = TestApp::open(Arc::clone(&world.app.database), &[], 2).await;
        // nothing has been told in either association yet: the first batch of each is fought for as well
        for round in 0..4 {
            let steps = if round == 0 { 8 } else { 2 * 2 };
            let relays = (0..8).map(|at| {
                // of a file there is one server
                let app = if at % 2 == 0 || kind == Kind::Sqlite { world.app.clone() } else { other.clone() };
                async move { app.relay().await.events }
            });
            let events: usize = join_all(relays).await.into_iter().sum();
            assert_eq!(events + world.app.relay().await.events, steps, "{round}");
            let ids = [&world.branch(0, 0, 0).registration, &world.branch(1, 0, 0).registration];
            for (district, id) in ids.into_iter().enumerate() {
                let head = &world.branch(district, 0, 0).head.client;
                decide(head, "approveRegistrations", &[id]).await.ok();
                mutate(head, "undoDecision", json!({"items": [{ "id": id }]})).await.ok();
            }
        }
        world.app.relay().await;
        assert_eq!(kinds(&second.client).await, ["WAITING_FOR_APPROVAL 5"]);
        for family in [&branch.family.client, &world.branch(1, 0, 0).family.client] {
            assert_eq!(unread(family).await.len(), 8);
        }
        // batches follow one another without a gap
        let gaps = "batch IS NOT NULL AND batch > 1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.tenant_id = outbox.tenant_id \
            AND o.batch = outbox.batch - 1)";
        assert_eq!(rows(&world.app, "outbox", gaps).await, 0);
    }

    async fn a_step_that_is_undone_or_sent_again_tells_nothing(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        everybody_reads(&world).await;
        let (tenant, unit) = parts(&branch.unit);
        let scope = operator(&world.app, tenant);
        let row = scope.find::<registration::Entity>().filter(registration::Column::BranchId.eq(unit));
        let row = row.one().await.expect("a read").expect("a registration");
        let words = Words {
            action: RegistrationAction::Approve,
            reason: None,
            note: None,
            pressed: Pressed::default(),
            timing: Timing::InTime,
        };
        let broken = scope.write(async |tx: &Writer<'_>| {
            apply(&world.app.app, tx, std::slice::from_ref(&row), RegistrationState::Approved, words).await?;
            Err::<(), Error>(Error::Internal("it breaks here".to_owned()))
        });
        assert!(broken.await.is_err());
        assert_eq!(rows(&world.app, "outbox", "batch IS NULL").await, 0);
        let approve = json!({"idempotencyKey": uuid::Uuid::new_v4(), "items": [{"id": branch.registration}]});
        for _ in 0..2 {
            mutate(&branch.head.client, "approveRegistrations", approve.clone()).await.ok();
        }
        // refused items tell nothing either
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        assert_eq!(world.app.relay().await.events, 1);
        assert_eq!(unread(&branch.family.client).await.len(), 1);
        // what stands in the outbox names nobody
        let columns: &[&str] = &["topic", "action", "from_state", "to_state", "model"];
        let row = world.app.database.sql(&format!("SELECT {} FROM outbox WHERE batch > 1", columns.join(", "))).await;
        let expected = ["STEP", "APPROVE", "SUBMITTED", "APPROVED", "LEARNING_FAMILY"].map(|word| Some(word.to_owned()));
        assert_eq!(row, [expected]);
    }

    async fn the_program_tells_by_itself_while_it_serves(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        let environment = [("KHUYENHOC_DATABASE_URL", world.app.database.url())];
        let server = Server::start(&["serve"], &environment).await;
        let end = Instant::now() + Duration::from_secs(30);
        while rows(&world.app, "outbox", "batch IS NULL").await > 0 {
            assert!(Instant::now() < end, "nothing was told");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(kinds(&branch.family.client).await, ["REGISTRATION_APPROVED"]);
        let stopped = server.terminate().await;
        assert!(stopped.status.success(), "{}", stopped.stderr);
    }

    async fn what_was_told_goes_in_its_time(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        register_device(&branch.family.client, ("device", "vi")).await;
        world.app.relay().await;
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        let removed = async |days: i64| {
            world.app.clock.advance(TimeDelta::days(days));
            retention::remove(&world.app.app, world.app.clock.now()).await.expect("removed")
        };
        assert_eq!(removed(29).await.outbox, 0);
        let first = removed(2).await;
        assert_eq!((first.outbox, first.notices, first.devices), (8, 0, 0));
        // what has not been told stays until it is
        assert_eq!(rows(&world.app, "outbox", "batch IS NULL").await, 1);
        world.app.relay().await;
        assert_eq!(removed(0).await.outbox, 1);
        // eight desks heard of a family each; the family of one approval
        assert_eq!(removed(400 - 31 - 1).await.notices, 0);
        assert_eq!(removed(2).await.notices, 9);
        assert!(unread(&branch.family.client).await.is_empty());
    }
}
