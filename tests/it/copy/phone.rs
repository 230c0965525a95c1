//! A phone that keeps a copy, by the loop in `api/docs/mobile.md`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::cluster;
use tests::database::sql_at;
use tests::factory::ask;

/// What it has stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    /// Records by their global ids.
    pub records: BTreeMap<String, Value>,
    /// Units, criteria sets and years as they were last told.
    pub frame: [Value; 3],
}

/// A phone.
#[derive(Clone, Default)]
pub struct Phone {
    /// Its copy.
    pub store: Store,
    /// Where it goes on.
    pub cursor: Option<String>,
}

/// What a pull brought.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Ids of records that came, in order.
    pub came: Vec<String>,
    /// Ids of records that were told as gone, each with how.
    pub gone: Vec<(String, String)>,
    /// Why the copy began anew.
    pub resets: Vec<String>,
    /// Records and reckoned bytes of each page.
    pub pages: Vec<(usize, i64)>,
    /// The bodies of the answers.
    pub bodies: Vec<Vec<u8>>,
}

impl Phone {
    /// A copy begun now.
    pub async fn new(client: &Client) -> Self {
        let mut phone = Self::default();
        phone.pull(client, 500).await;
        phone
    }

    /// Asks until there is no more, once everything that has been done can be told.
    pub async fn pull(&mut self, client: &Client, first: usize) -> Pulled {
        others_have_ended().await;
        self.pull_now(client, first).await
    }

    /// Asks until there is no more, whatever is still open.
    pub async fn pull_now(&mut self, client: &Client, first: usize) -> Pulled {
        let mut pulled = Pulled::default();
        loop {
            let answer = self.page(client, first).await.ok();
            self.take(&answer, &mut pulled);
            if answer.data("changes.hasMore") == &json!(false) {
                return pulled;
            }
        }
    }

    /// Asks for one page and stores nothing of it.
    pub async fn page(&self, client: &Client, first: usize) -> Answer {
        ask(client, "changes", json!({"since": self.cursor, "first": first})).await
    }

    /// Stores a page.
    pub fn take(&mut self, answer: &Answer, pulled: &mut Pulled) {
        if let Some(why) = answer.data("changes.reset").as_str() {
            pulled.resets.push(why.to_owned());
            self.store = Store::default();
        }
        for (part, name) in ["units", "criteriaSets", "programmeYears"].into_iter().enumerate() {
            let told = answer.data(&format!("changes.{name}"));
            if !told.is_null() {
                self.store.frame[part] = told.clone();
            }
        }
        let changes = answer.list("changes.records");
        for change in changes {
            let id = change["id"].as_str().expect("an id").to_owned();
            if let Some(how) = change["gone"].as_str() {
                assert!(change["record"].is_null(), "{change}");
                self.store.records.remove(&id);
                pulled.gone.push((id, how.to_owned()));
            } else {
                assert!(change["record"].is_object(), "{change}");
                self.store.records.insert(id.clone(), change["record"].clone());
                pulled.came.push(id);
            }
        }
        pulled.pages.push((changes.len(), answer.number("changes.bytes")));
        pulled.bodies.push(answer.bytes.clone());
        self.cursor = Some(answer.text("changes.cursor"));
    }
}

/// Waits for the transactions that are open on the server now: those of tests beside this one hold back what a copy is told,
/// because a server numbers the transactions of all its databases together.
async fn others_have_ended() {
    let told = async |sql: &str| {
        let rows = sql_at(cluster::url(), sql).await.expect("an answer");
        rows[0][0].clone().expect("a value")
    };
    let now = told("SELECT pg_current_xact_id()::text").await;
    let ended = format!("SELECT (pg_snapshot_xmin(pg_current_snapshot()) > '{now}'::xid8)::text");
    for _ in 0..1_000 {
        if told(&ended).await == "true" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
