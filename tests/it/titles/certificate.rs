//! Certificates: their numbers, their papers, and what anybody is told who holds one.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, mutate};
use tests::titles::{assessed, decision, propose, recognise, words};

use super::registration;

async fn certificate(client: &Client, id: &str) -> Value {
    registration(client, id).await["certificate"].clone()
}

async fn print(client: &Client, ids: &[&str]) -> Answer {
    mutate(client, "printCertificates", json!({"registrationIds": ids})).await
}

/// The file of a print, as far as a test can read it.
fn pdf(answer: &Answer) -> Vec<u8> {
    STANDARD
        .decode(answer.text("printCertificates.paper.content"))
        .expect("base64")
}

/// The page that the QR code leads to: status and text.
async fn verified(app: &TestApp, url: &str) -> (u16, String) {
    let path = url.split_once("8080").expect("an address of this machine").1;
    let reader = app.anonymous().with_header("accept-language", "vi");
    let (status, _, body) = reader.get(path).await.comparable();
    (status.as_u16(), String::from_utf8(body).expect("text"))
}

on_both! {
    async fn each_recognised_family_has_one_and_anybody_can_verify_it(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 3).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        assert!(certificate(officer, &ids[0]).await.is_null());
        recognise(officer, &ward.unit, "215/QĐ-UBND", &ids).await.ok();
        let mut numbers = BTreeSet::new();
        for id in &ids {
            let own = certificate(&branch.head.client, id).await;
            numbers.insert(own["number"].as_str().expect("a number").to_owned());
            assert_eq!(own["decisionNumber"], "215/QĐ-UBND");
            assert_eq!(own["sample"], true, "the set it was marked by is a sample");
        }
        let expected: BTreeSet<String> = ["0001/2026", "0002/2026", "0003/2026"].map(str::to_owned).into();
        assert_eq!(numbers, expected);
        // a second decision of the ward goes on where the first ended, another ward begins
        let more = assessed(&world, world.branch(0, 0, 1), 1).await;
        propose(officer, &ward.unit, "2", &more).await.ok();
        recognise(officer, &ward.unit, "216/QĐ-UBND", &more).await.ok();
        assert_eq!(certificate(officer, &more[0]).await["number"], "0004/2026");
        let other = world.ward(0, 1);
        let theirs = assessed(&world, world.branch(0, 1, 0), 1).await;
        propose(&other.officer.client, &other.unit, "1", &theirs).await.ok();
        recognise(&other.officer.client, &other.unit, "1", &theirs).await.ok();
        assert_eq!(certificate(&other.officer.client, &theirs[0]).await["number"], "0001/2026");

        let url = certificate(officer, &ids[0]).await["verifyUrl"].as_str().expect("an address").to_owned();
        let (status, page) = verified(&world.app, &url).await;
        assert_eq!(status, 200);
        assert!(page.contains("Lý Thị Danh") && page.contains("215/QĐ-UBND") && page.contains("có hiệu lực"), "{page}");
        assert!(!page.contains("Ngõ"), "the address is on the paper only: {page}");
        let (status, page) = verified(&world.app, "8080/verify/AAAAAAAAAAAAAAAAAAAAAA").await;
        assert_eq!(status, 404);
        assert!(page.contains("Không có giấy chứng nhận"), "{page}");
    }

    async fn a_reprint_keeps_the_number_and_says_so(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 2).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        recognise(officer, &ward.unit, "2", &ids).await.ok();
        let both = [ids[0].as_str(), ids[1].as_str()];
        let first = print(officer, &both).await.ok();
        assert!(pdf(&first).starts_with(b"%PDF-"));
        let again = print(officer, &both).await.ok();
        assert_ne!(pdf(&first), pdf(&again), "the second says that it is a reprint");
        let one = certificate(officer, &ids[0]).await;
        assert_eq!(one["prints"], 2);
        // a print whose answer was lost is the same print
        let input = json!({"idempotencyKey": "0192f0c1-2345-7abc-8def-0123456789ab", "registrationIds": both});
        let third = mutate(officer, "printCertificates", input.clone()).await.ok();
        let lost = mutate(officer, "printCertificates", input).await.ok();
        assert_eq!(lost.data("printCertificates.outcome"), "REPLAYED");
        assert_eq!(pdf(&third), pdf(&lost));
        assert_eq!(certificate(officer, &ids[0]).await["prints"], 3);
    }

    async fn certificates_are_printed_by_their_ward(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let ids = assessed(&world, branch, 1).await;
        propose(&ward.officer.client, &ward.unit, "1", &ids).await.ok();
        recognise(&ward.officer.client, &ward.unit, "2", &ids).await.ok();
        for (client, code) in [
            (&branch.family.client, "FORBIDDEN"),
            (&branch.head.client, "FORBIDDEN"),
            (&world.ward(0, 1).officer.client, "NOT_FOUND"),
            (&world.ward(1, 0).officer.client, "NOT_FOUND"),
        ] {
            assert_eq!(print(client, &[&ids[0]]).await.code(), Some(code));
        }
        // one that has none keeps the others from being printed half
        let mixed = [ids[0].as_str(), branch.registration.as_str()];
        assert_eq!(print(&ward.officer.client, &mixed).await.code(), Some("NOT_FOUND"));
        assert_eq!(certificate(&ward.officer.client, &ids[0]).await["prints"], 0);
        assert_eq!(print(&ward.officer.client, &[]).await.problems(), [("registrationIds".to_owned(), "REQUIRED".to_owned())]);
        let twice = [ids[0].as_str(), ids[0].as_str()];
        let told = print(&ward.officer.client, &twice).await.problems();
        assert_eq!(told, [("registrationIds.1".to_owned(), "REPEATED".to_owned())]);
    }

    async fn a_revoked_title_says_so_to_whoever_holds_the_paper(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 1).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        recognise(officer, &ward.unit, "2", &ids).await.ok();
        let url = certificate(officer, &ids[0]).await["verifyUrl"].as_str().expect("an address").to_owned();
        let mut revoke = decision(&ward.unit, "9/QĐ-UBND", &ids);
        revoke["reason"] = json!("Khai không đúng");
        let revoked = mutate(officer, "revokeTitles", revoke).await.ok();
        assert_eq!(words("revokeTitles", &revoked), ["APPLIED"]);
        assert_eq!(certificate(officer, &ids[0]).await["revokedOn"], "2026-11-15");
        let (status, page) = verified(&world.app, &url).await;
        assert_eq!(status, 200);
        assert!(page.contains("đã bị thu hồi") && page.contains("9/QĐ-UBND") && !page.contains("có hiệu lực"), "{page}");
        // why it was revoked is on no paper
        assert!(!page.contains("Khai không đúng"));
    }

    async fn two_decisions_at_once_share_no_number_and_leave_none_out(kind) {
        let world = World::build(kind).await;
        let ward = world.ward(0, 0);
        let officer = &ward.officer.client;
        let ids = assessed(&world, world.branch(0, 0, 0), 12).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        let decisions = ids.chunks(3).enumerate().map(|(at, some)| {
            let number = format!("{}/QĐ", at + 1);
            async move { recognise(officer, &ward.unit, &number, some).await.ok() }
        });
        futures_util::future::join_all(decisions).await;
        let mut numbers = BTreeSet::new();
        for id in &ids {
            numbers.insert(certificate(officer, id).await["number"].as_str().expect("a number").to_owned());
        }
        let expected: BTreeSet<String> = (1..=12).map(|number| format!("{number:04}/2026")).collect();
        assert_eq!(numbers, expected);
        world.app.assert_counters().await;
    }
}
