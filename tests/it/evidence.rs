//! Photos and papers as evidence: the bytes come over bad lines, are looked at, and go out to those who may see them.

pub(crate) mod bytes;
mod files;
mod line;
mod link;
mod sweep;

use std::fmt::Write as _;
use std::path::Path;

use aws_lc_rs::digest;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::app::{TestApp, moment};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, ask, decide, mutate, publish_shipped};
use uuid::Uuid;

/// A day on which families mark themselves.
const DAY: &str = "2026-10-10T09:00:00+07:00";

/// A city that marks itself, with a folder for uploads that is gone with it.
pub(crate) struct Ready {
    pub(crate) world: World,
    folder: TempDir,
}

impl Ready {
    pub(crate) async fn on(kind: Kind) -> Self {
        Self::with(kind, &[]).await
    }

    async fn with(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().display().to_string();
        let mut all = vec![("KHUYENHOC_UPLOADS", path.as_str())];
        all.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        all.extend_from_slice(settings);
        let world = World::on(TestApp::start_with(kind, &all).await).await;
        publish_shipped(&world.officer.client, "family-448-2015").await;
        for branch in [world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0)] {
            decide(&branch.head.client, "approveRegistrations", &[&branch.registration])
                .await
                .ok();
        }
        world.app.clock.set(moment(DAY));
        Self { world, folder }
    }

    pub(crate) fn family(&self) -> &Client {
        &self.world.branch(0, 0, 0).family.client
    }

    pub(crate) fn registration(&self) -> &str {
        &self.world.branch(0, 0, 0).registration
    }

    /// Tells of a file of the first family.
    pub(crate) async fn begin(&self, name: &str, format: &str, bytes: &[u8]) -> Answer {
        let told = told(self.registration(), name, format, bytes);
        mutate(self.family(), "beginUpload", told).await
    }

    /// Tells of a file of the first family and sends it whole; its id.
    async fn sent(&self, name: &str, format: &str, bytes: &[u8]) -> String {
        let begun = self.begin(name, format, bytes).await.ok();
        let url = begun.text("beginUpload.evidence.upload.url");
        let answer = patch(self.family(), &url, 0, bytes).await;
        assert_eq!(answer.status, 204, "{}", answer.json);
        begun.text("beginUpload.evidence.id")
    }

    /// What a client sees of the files of the first family.
    pub(crate) async fn seen(&self, client: &Client) -> Vec<Value> {
        let document =
            "query ($id: ID!) { registration(id: $id) { evidence { id indicator fileName format size sha256 state
            actorName refusal { reason message } upload { url offset } download { url thumbnailUrl expiresAt } } } }";
        let answer = client.run(document, json!({"id": self.registration()})).await.ok();
        answer.list("registration.evidence").to_vec()
    }

    /// What lies in the folder.
    fn stored(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(self.folder.path(), &mut names);
        names.sort();
        names
    }
}

fn collect(folder: &Path, names: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, names);
        } else {
            names.push(path.display().to_string());
        }
    }
}

/// An id as a phone makes it.
fn device_id() -> Uuid {
    let random = *Uuid::new_v4().as_bytes();
    let (random, _) = random.split_first_chunk::<10>().expect("ten bytes");
    uuid::Builder::from_unix_timestamp_millis(1_791_000_000_000, random).into_uuid()
}

fn sha256(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("text");
        digits
    })
}

pub(crate) fn told(registration: &str, name: &str, format: &str, bytes: &[u8]) -> Value {
    json!({"registrationId": registration, "fileName": name, "format": format, "size": bytes.len(),
        "sha256": sha256(bytes)})
}

pub(crate) async fn patch(client: &Client, url: &str, offset: usize, bytes: &[u8]) -> Answer {
    let offset = offset.to_string();
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", offset.as_str()),
        ("content-type", "application/offset+octet-stream"),
    ];
    client.call("PATCH", url, &headers, bytes).await
}

async fn head(client: &Client, url: &str) -> Answer {
    client.call("HEAD", url, &[("tus-resumable", "1.0.0")], &[]).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn offset(answer: &Answer) -> &str {
    header(answer, "upload-offset")
}

async fn get(client: &Client, url: &str) -> Answer {
    client.call("GET", url, &[], &[]).await
}

/// Signs the first family's sheet.
async fn sign(ready: &Ready) {
    let marks = tests::factory::family_marks(9.0);
    tests::factory::score(ready.family(), ready.registration(), &marks)
        .await
        .ok();
}

/// The registration as a client sees it.
async fn state(client: &Client, registration: &str) -> String {
    let answer = ask(client, "registration", json!({"id": registration})).await.ok();
    answer.text("registration.state")
}
