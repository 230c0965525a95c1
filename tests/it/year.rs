//! A whole year of one ward, as its people live it: from the city's plan in spring to next January, through GraphQL alone.
//!
//! One test in three parts, because each begins where the one before has ended. What each step may and may not do is
//! told by the tests of its own room; here is what people see when all of them follow each other.

mod autumn;
mod spring;
mod winter;

use serde_json::{Value, json};
use tests::app::{TestApp, moment};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{Branch, Person, World, ask};

use crate::notification::{kinds, read};

/// The ward's people and what they have entered.
struct Year {
    world: World,
    /// The families that the head of the first branch entered from paper forms.
    paper: Vec<Family>,
    /// The one that came after the window.
    late: Family,
    /// Registrations of the other titles.
    citizen: String,
    institution: String,
    clan: String,
    community: String,
}

/// A family that has registered on paper.
#[derive(Clone)]
struct Family {
    name: String,
    household: String,
    registration: String,
}

/// The branch of 157 families on paper; those with a fate of their own are told apart by their places.
const PAPER: usize = 157;
/// Without children: four lines of the form do not apply.
const CHILDLESS: usize = 1;
/// Does not reach the eighty points.
const FAILING: usize = 2;
/// Sent back to the branch by the ward.
const SENT_BACK: usize = 3;
/// Put on the list and not recognised.
const DECLINED: usize = 4;
/// Recognised, and not for long.
const REVOKED: usize = 5;

/// The password of the branch head who signs in.
const PASSWORD: &str = "một hai ba bốn năm sáu";

impl Year {
    /// The branch of 157, which is in the first ward.
    fn branch(&self) -> &Branch {
        self.world.branch(0, 0, 0)
    }

    /// Its neighbour.
    fn neighbour(&self) -> &Branch {
        self.world.branch(0, 0, 1)
    }

    /// The ward's officer.
    fn officer(&self) -> &Person {
        &self.world.ward(0, 0).officer
    }

    /// The ward.
    fn ward(&self) -> &str {
        &self.world.ward(0, 0).unit
    }

    /// A day comes, and it is nine in the morning.
    fn comes(&self, day: &str) {
        self.world.app.clock.set(moment(&format!("{day}T09:00:00+07:00")));
    }

    /// The registration of a family on paper by its place.
    fn on_paper(&self, at: usize) -> String {
        self.paper[at].registration.clone()
    }

    /// All families of the branch: the one with a phone, those on paper, the late one.
    fn families(&self) -> Vec<String> {
        let paper = self
            .paper
            .iter()
            .chain([&self.late])
            .map(|family| family.registration.clone());
        std::iter::once(self.branch().registration.clone())
            .chain(paper)
            .collect()
    }

    /// What somebody is told, now that it is told; then they have read it.
    async fn hears(&self, client: &Client, expected: &[&str]) {
        self.world.app.relay().await;
        let heard = kinds(client).await;
        for kind in expected {
            assert!(heard.iter().any(|told| told == kind), "{kind} in {heard:?}");
        }
        read(client).await;
    }
}

/// What waits for somebody's own decision: title, state and how many.
async fn desk(client: &Client, year: i32) -> Vec<String> {
    let answer = ask(client, "inbox", json!({ "year": year })).await.ok();
    let complaints = answer.data("inbox.complaints");
    let complaints = (complaints["waitsFor"] == "YOU").then(|| format!("COMPLAINTS {}", complaints["total"]));
    let own = answer
        .list("inbox.entries")
        .iter()
        .filter(|entry| entry["waitsFor"] == "YOU");
    let line = |entry: &Value| format!("{} {} {}", entry["model"], entry["state"], entry["total"]).replace('"', "");
    let mut lines: Vec<String> = own.map(line).chain(complaints).collect();
    lines.sort_unstable();
    lines
}

/// A registration as somebody sees it.
async fn registration(client: &Client, id: &str) -> Value {
    let answer = ask(client, "registration", json!({ "id": id })).await.ok();
    answer.data("registration").clone()
}

/// Where a registration stands and why, as somebody sees it.
async fn stands(client: &Client, id: &str) -> (String, Value) {
    let seen = registration(client, id).await;
    (
        seen["state"].as_str().expect("a state").to_owned(),
        seen["reason"].clone(),
    )
}

/// Somebody who comes to the meeting room's computer and signs in with the password of this test.
async fn sign_in(world: &World, phone: &str) -> Client {
    let input = json!({"input": {"login": phone, "password": PASSWORD}});
    let answer = ask(&world.app.anonymous(), "signIn", input).await.ok();
    world.app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

on_both! {
    async fn a_ward_lives_through_a_whole_year(kind) {
        // 158 certificates are drawn in one request, slowly where the program is built for its tests
        let patient = TestApp::start_with(kind, &[("KHUYENHOC_REQUEST_TIMEOUT_MS", "60000")]).await;
        let year = spring::everybody_registers(World::on(patient).await).await;
        autumn::everybody_marks_and_meets(&year).await;
        winter::titles_are_given(&year).await;
        winter::other_titles_follow(&year).await;
        winter::one_is_taken_away(&year).await;
        winter::the_year_is_counted_and_closed(&year).await;
        winter::and_begins_again(&year).await;
        assert_eq!(year.paper.len(), PAPER);
    }
}
