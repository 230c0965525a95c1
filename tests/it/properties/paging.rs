//! Whoever walks a list page by page sees each row once and in order, also while others enter and decide. Rows that come
//! or go on the way may be missed; none is shown twice, and none that stays where it was is left out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use entity::vocabulary::Role;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::strategy::{Just, Strategy};
use serde_json::{Value, json};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, appoint, create_household, create_unit, decide, parts, register};
use uuid::Uuid;

use super::hold;

const CASES: u32 = 6;
const MOST_ROWS: usize = 9;
/// Names with equal sort keys, and some that `le` finds.
const NAMES: [&str; 4] = ["Lê Văn An", "Bùi Thị Ánh", "Lê Văn An", "Lê Thị Xuân"];

const ORDERS: [&str; 4] = ["NAME", "SHARE_DESC", "SHARE_ASC", "REGISTERED_DESC"];

const REGISTRATIONS: &str = "query ($first: Int, $after: String) {
  list: registrations(year: 2026, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id stateSince } } } }";
const HOUSEHOLDS: &str = "query ($first: Int, $after: String) {
  list: households(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id } } } }";
const FOUND: &str = "query ($first: Int, $after: String) {
  list: households(search: \"le\", first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id } } } }";
const BELOW: &str = "query ($first: Int, $after: String, $order: ProgressOrder) {
  progress(year: 2026) { list: children(orderBy: $order, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { unit { id } } } } } }";

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Event {
    Nothing,
    /// A household is entered and registered; the clock may move before.
    Insert(&'static str, bool),
    /// A registration is approved; which one of those that wait.
    Approve(Index),
}

fn event() -> impl Strategy<Value = Event> {
    proptest::prop_oneof![
        Just(Event::Nothing),
        (select(&NAMES), any::<bool>()).prop_map(|(name, later)| Event::Insert(name, later)),
        any::<Index>().prop_map(Event::Approve),
    ]
}

/// A list as one asks for it: who, the document, its variables, and where it lies in the answer.
struct List<'a> {
    client: &'a Client,
    document: &'static str,
    variables: Value,
    at: &'static str,
    id: &'static str,
}

impl List<'_> {
    /// One page: its nodes, and the cursor of the next one if there is one.
    async fn page(&self, first: usize, after: Option<&str>) -> (Vec<Value>, Option<String>) {
        let mut variables = self.variables.clone();
        variables["first"] = json!(first);
        variables["after"] = json!(after);
        let answer = self.client.run(self.document, variables).await.ok();
        let edges = answer.list(&format!("{}.edges", self.at));
        let nodes = edges.iter().map(|edge| edge["node"].clone()).collect();
        let more = answer.data(&format!("{}.pageInfo.hasNextPage", self.at)) == &json!(true);
        let next = more.then(|| answer.text(&format!("{}.pageInfo.endCursor", self.at)));
        (nodes, next)
    }

    async fn whole(&self) -> Vec<Value> {
        let (nodes, next) = self.page(100, None).await;
        assert_eq!(next, None, "the list is longer than a page can be");
        nodes
    }

    fn ids(&self, nodes: &[Value]) -> Vec<String> {
        let id = |node: &Value| node.pointer(self.id).and_then(Value::as_str).expect("an id").to_owned();
        nodes.iter().map(id).collect()
    }

    /// Walks all pages of a size; after each something happens. Ids in the order in which they were shown.
    async fn walk(&self, size: usize, events: &[Event], happen: impl AsyncFn(&Event)) -> Vec<String> {
        let (mut seen, mut after, mut events) = (Vec::new(), None, events.iter());
        loop {
            let (nodes, next) = self.page(size, after.as_deref()).await;
            assert!(
                nodes.len() <= size && (next.is_none() || nodes.len() == size),
                "a page of another size"
            );
            seen.extend(self.ids(&nodes));
            assert!(seen.len() < 100, "it never ends");
            after = match next {
                None => return seen,
                next => next,
            };
            if let Some(event) = events.next() {
                happen(event).await;
            }
        }
    }
}

/// Fails unless every row is shown at most once, those in `stay` are shown, and all are in the order of `order`.
fn assert_once_in_order(seen: &[String], stay: &BTreeSet<String>, order: &[String]) {
    let places: BTreeMap<&String, usize> = order.iter().enumerate().map(|(place, id)| (id, place)).collect();
    let unique: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "a row was shown twice");
    let missed: Vec<&String> = stay.iter().filter(|id| !unique.contains(id)).collect();
    assert!(missed.is_empty(), "missed: {missed:?}");
    let shown = seen.iter().filter_map(|id| places.get(id));
    assert!(shown.is_sorted(), "out of order");
}

/// A branch of its own with somebody at its head.
async fn branch(world: &World, ward: &str, name: &str) -> Client {
    let (tenant, _) = parts(ward);
    let unit = create_unit(&world.ward(0, 0).officer.client, ward, "BRANCH", name).await;
    let head = appoint(&world.app, tenant, &unit, Role::BranchHead, "Vũ Thị Trang", None).await;
    head.client
}

/// Enters and registers a household.
async fn insert(world: &World, head: &Client, name: &str, later: bool) {
    if later {
        world.app.clock.advance(TimeDelta::milliseconds(1));
    }
    let household = create_household(head, json!({"headName": name, "address": Uuid::new_v4()})).await;
    register(head, &household, Uuid::new_v4()).await.ok();
}

/// Approves one of the registrations that wait with a branch head, if any does.
async fn approve(head: &Client, which: &Index) {
    let waiting = registrations(head);
    let ids = waiting.ids(&waiting.whole().await);
    if !ids.is_empty() {
        let id: &String = which.get(&ids);
        decide(head, "approveRegistrations", &[id]).await.ok();
    }
}

fn registrations(client: &Client) -> List<'_> {
    List {
        client,
        document: REGISTRATIONS,
        variables: json!({}),
        at: "list",
        id: "/id",
    }
}

on_both! {
    async fn pages_show_each_row_once_while_rows_come_and_go(kind) {
        let world = World::build(kind).await;
        let rows = vec((select(&NAMES), any::<bool>()), 0..=MOST_ROWS);
        let cases = (rows, 1..=4_usize, vec(event(), 0..=MOST_ROWS));
        hold(CASES, &cases, async |(rows, size, events)| {
            let name = Uuid::new_v4().simple().to_string();
            let head = branch(&world, &world.ward(0, 0).unit, &name).await;
            for (name, later) in &rows {
                insert(&world, &head, name, *later).await;
            }
            let households = List { document: HOUSEHOLDS, ..registrations(&head) };
            let found = List { document: FOUND, ..registrations(&head) };
            for list in [registrations(&head), households, found] {
                let before: BTreeSet<String> = list.ids(&list.whole().await).into_iter().collect();
                let seen = list.walk(size, &events, async |event: &Event| match event {
                    Event::Nothing => {}
                    Event::Insert(name, later) => insert(&world, &head, name, *later).await,
                    Event::Approve(which) => approve(&head, which).await,
                }).await;
                let whole = list.whole().await;
                let since = |node: &Value| node["stateSince"].as_str().map(ToOwned::to_owned);
                assert!(whole.iter().map(since).is_sorted(), "not the longest waiting first");
                let after = list.ids(&whole);
                let stay = after.iter().filter(|id| before.contains(*id)).cloned().collect();
                assert_once_in_order(&seen, &stay, &after);
                if events.is_empty() {
                    assert_eq!(seen, after);
                }
            }
        });
    }

    async fn pages_of_figures_show_each_unit_once_while_the_figures_change(kind) {
        let world = World::build(kind).await;
        let ward = world.ward(0, 0);
        let mut heads = vec![world.branch(0, 0, 0).head.client.clone(), world.branch(0, 0, 1).head.client.clone()];
        for number in 3..=6 {
            heads.push(branch(&world, &ward.unit, &format!("Chi hội {number}")).await);
        }
        for head in &heads {
            for name in NAMES {
                insert(&world, head, name, true).await;
            }
        }
        let cases = (select(&ORDERS), 1..=3_usize, vec((any::<Index>(), event()), 0..=5));
        hold(CASES * 2, &cases, async |(order, size, events)| {
            let list = List {
                client: &ward.officer.client,
                document: BELOW,
                variables: json!({ "order": order }),
                at: "progress.list",
                id: "/unit/id",
            };
            let figures = async || shares(&ward.officer.client).await;
            let before = figures().await;
            let happened: Vec<Event> = events.iter().map(|(_, event)| event.clone()).collect();
            let turn = std::cell::Cell::new(0);
            let seen = list.walk(size, &happened, async |event: &Event| {
                let head = events[turn.replace(turn.get() + 1)].0.get(&heads);
                match event {
                    Event::Nothing => {}
                    Event::Insert(name, later) => insert(&world, head, name, *later).await,
                    Event::Approve(which) => approve(head, which).await,
                }
            }).await;
            // a unit whose figures are what they were stands where it stood among the others like it
            let after = figures().await;
            let stay: BTreeSet<String> =
                after.iter().filter(|(id, figures)| before.get(*id) == Some(figures)).map(|(id, _)| id.clone()).collect();
            let order: Vec<String> = list.ids(&list.whole().await).into_iter().filter(|id| stay.contains(id)).collect();
            let steady: Vec<String> = seen.into_iter().filter(|id| stay.contains(id)).collect();
            assert_eq!(steady, order);
        });
    }
}

/// Every unit right below the officer's with its figures.
async fn shares(officer: &Client) -> BTreeMap<String, Value> {
    let document = "query { progress(year: 2026) { children(first: 100) { edges { node {
        unit { id } subjects counts { registered approved } } } } } }";
    let answer = officer.run(document, json!({})).await.ok();
    let edges = answer.list("progress.children.edges").iter();
    edges
        .map(|edge| {
            let node = &edge["node"];
            let id = node["unit"]["id"].as_str().expect("an id").to_owned();
            (id, json!([node["households"], node["counts"]]))
        })
        .collect()
}
