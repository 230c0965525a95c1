//! What is not kept: bytes that nobody waits for, that were refused, or whose file was taken away.

use std::time::Duration;

use chrono::TimeDelta;
use entity::scope::{DbError, Errand};
use entity::table::evidence;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::retention::evidence::disagreement;
use khuyenhoc::retention::{self, Removed};
use sea_orm::{DbBackend, EntityTrait as _, QueryFilter as _, QueryTrait as _};
use serde_json::json;
use tests::bucket::Bucket;
use tests::database::Kind;
use tests::factory::mutate;
use tests::process;

use super::bytes::{image, pdf};
use super::{Ready, device_id, head, patch, told};

/// Two sweeps: the first says what is to go.
pub(super) async fn sweep(ready: &Ready) -> Removed {
    let app = &ready.world.app;
    retention::remove(&app.app, app.clock.now()).await.expect("removed");
    retention::remove(&app.app, app.clock.now()).await.expect("removed")
}

fn wait(ready: &Ready, days: i64) {
    let clock = &ready.world.app.clock;
    clock.set(clock.now() + TimeDelta::days(days));
}

async fn rows(ready: &Ready) -> String {
    let rows = ready.world.app.database.sql("SELECT COUNT(*) FROM evidence").await;
    rows[0][0].clone().expect("a number")
}

on_both! {
    async fn bytes_go_when_nobody_wants_them_and_not_before(kind) {
        let ready = Ready::on(kind).await;
        let kept = ready.sent("kept.png", "PNG", &image(9, 9, image::ImageFormat::Png)).await;
        let removed = ready.sent("removed.pdf", "PDF", &pdf()).await;
        let bytes = [pdf(), pdf()].concat();
        let begun = ready.begin("half.pdf", "PDF", &bytes).await.ok();
        let half = begun.text("beginUpload.evidence.upload.url");
        patch(ready.family(), &half, 0, &bytes[..50]).await;
        ready.sent("refused.pdf", "PDF", b"<html>").await;
        // a picture has two parts and a piece, a PDF one and a piece
        assert_eq!(ready.stored().len(), 3 + 2 + 1 + 1);
        mutate(ready.family(), "removeEvidence", json!({"id": removed})).await.ok();
        assert_eq!(sweep(&ready).await.evidence, 0);
        assert_eq!((ready.stored().len(), rows(&ready).await.as_str()), (2 + 1, "3"), "{:?}", ready.stored());
        wait(&ready, 6);
        sweep(&ready).await;
        assert_eq!(head(ready.family(), &half).await.status, 200);
        wait(&ready, 1);
        // the moment has come, also before the sweep
        assert_eq!(patch(ready.family(), &half, 50, &bytes[50..]).await.status, 409);
        assert_eq!(sweep(&ready).await.evidence, 1);
        assert_eq!(head(ready.family(), &half).await.status, 404);
        assert_eq!((ready.stored().len(), rows(&ready).await.as_str()), (2, "2"));
        wait(&ready, 30);
        sweep(&ready).await;
        let seen = ready.seen(ready.family()).await;
        assert_eq!((seen.len(), &seen[0]["id"]), (1, &json!(kept)));
        assert_eq!(seen[0]["state"], "CHECKED");
        assert_eq!(ready.stored().len(), 2);
    }

    async fn a_file_nobody_has_looked_at_is_looked_at_by_the_sweep(kind) {
        let ready = Ready::on(kind).await;
        ready.sent("a.pdf", "PDF", &pdf()).await;
        ready.world.app.database.sql("UPDATE evidence SET state = 'RECEIVED'").await;
        sweep(&ready).await;
        assert_eq!(ready.seen(ready.family()).await[0]["state"], "RECEIVED", "whoever took it is at it");
        let clock = &ready.world.app.clock;
        clock.set(clock.now() + TimeDelta::minutes(2));
        sweep(&ready).await;
        assert_eq!(ready.seen(ready.family()).await[0]["state"], "CHECKED");
        // the second look came from the same pieces, which are gone now
        assert_eq!(ready.stored().len(), 1);
    }

    async fn a_store_that_is_away_is_asked_once_and_not_for_every_file(kind) {
        let bucket = Bucket::start().await;
        let settings = bucket.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ready = Ready::with(kind, &settings).await;
        let elsewhere = ready.world.branch(1, 0, 0);
        for number in 0..3_u8 {
            let begun = ready.begin("a.pdf", "PDF", &[number]).await.ok();
            mutate(ready.family(), "removeEvidence", json!({"id": begun.text("beginUpload.evidence.id")})).await.ok();
        }
        let other = mutate(&elsewhere.family.client, "beginUpload", told(&elsewhere.registration, "b.pdf", "PDF", b"b"));
        let id = other.await.ok().text("beginUpload.evidence.id");
        mutate(&elsewhere.family.client, "removeEvidence", json!({ "id": id })).await.ok();
        bucket.break_down();
        let app = &ready.world.app;
        let failed = retention::remove(&app.app, app.clock.now()).await.expect_err("the store is away");
        assert_eq!(failed.code(), "UNAVAILABLE");
        // the client tries each request three times
        assert_eq!(bucket.refused().len(), 3, "{:?}", bucket.refused());
        assert_eq!(rows(&ready).await, "4");
    }

    async fn what_does_not_agree_is_found(kind) {
        let ready = Ready::on(kind).await;
        let app = &ready.world.app.app;
        let tenant = ready.world.district(0).tenant;
        let compare = async || disagreement(&app.db, &app.evidence.depot, tenant).await.expect("compared");
        assert!(compare().await.lost.is_empty() && compare().await.orphans.is_empty());
        ready.sent("a.pdf", "PDF", &pdf()).await;
        sweep(&ready).await;
        assert!(compare().await.lost.is_empty() && compare().await.orphans.is_empty());
        std::fs::remove_file(&ready.stored()[0]).expect("removed");
        // a reader waits for no writer, and keeps none
        let held = app.db.errand(tenant, async |_: &Errand| Ok::<_, DbError>(compare().await.lost.len()));
        assert_eq!(tokio::time::timeout(Duration::from_secs(2), held).await.expect("no wait").expect("compared"), 1);
        let stray = ready.folder.path().join(tenant.to_string()).join(device_id().to_string());
        std::fs::create_dir_all(&stray).expect("a folder");
        std::fs::write(stray.join("whole"), b"x").expect("written");
        assert_eq!(compare().await.orphans.len(), 1);
        let (url, uploads) = (ready.world.app.database.url(), ready.folder.path().display().to_string());
        let settings = [("KHUYENHOC_DATABASE_URL", url), ("KHUYENHOC_UPLOADS", uploads.as_str())];
        let told = process::run(&["doctor", "--evidence"], &settings, "").await;
        assert!(!told.status.success(), "{}", told.stdout);
        assert!(told.stdout.contains("there are bytes of no evidence") && told.stdout.contains("are not there"));
    }

    async fn what_is_unsettled_has_an_index_of_its_own(kind) {
        let ready = Ready::on(kind).await;
        let database = &ready.world.app.database;
        let made = match kind {
            Kind::Postgres => "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_evidence_unsettled'",
            Kind::Sqlite => "SELECT sql FROM sqlite_master WHERE name = 'ix_evidence_unsettled'",
        };
        let made = database.sql(made).await;
        assert!(made[0][0].as_deref().expect("an index").ends_with("WHERE unsettled"), "{made:?}");
        if kind == Kind::Sqlite {
            let plan = "EXPLAIN QUERY PLAN SELECT id FROM evidence WHERE evidence.tenant_id = x'00' AND evidence.unsettled ORDER BY id";
            let plan = format!("{:?}", database.sql(plan).await);
            assert!(plan.contains("ix_evidence_unsettled"), "{plan}");
        }
    }
}

/// Of a bound value neither database would know that it is the index's.
#[test]
fn what_is_unsettled_is_asked_for_in_the_words_of_its_index() {
    for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
        let find = evidence::Entity::find().filter(evidence::is_unsettled());
        let sql = find.build(backend).sql;
        assert!(sql.ends_with(r#"WHERE "evidence"."unsettled""#), "{sql}");
    }
}
