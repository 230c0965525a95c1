//! Links to files: for one person and session, for five minutes.

use chrono::TimeDelta;
use khuyenhoc::clock::Clock as _;
use serde_json::json;
use tests::database::Kind;
use tests::factory::mutate;
use tests::operation;

use super::bytes::{image, pdf};
use super::{Ready, get, head, offset, patch};

/// The link to the first file, as a client is given it.
async fn link(ready: &Ready, client: &tests::client::Client) -> String {
    let seen = ready.seen(client).await;
    seen[0]["download"]["url"].as_str().expect("a link").to_owned()
}

on_both! {
    async fn a_link_ends_and_cannot_be_changed(kind) {
        let ready = Ready::on(kind).await;
        ready.sent("a.png", "PNG", &image(9, 9, image::ImageFormat::Png)).await;
        let (nobody, clock) = (ready.world.app.anonymous(), &ready.world.app.clock);
        let url = link(&ready, ready.family()).await;
        assert_eq!(get(&nobody, &url).await.status, 200);
        // whatever is wrong, the answer is the same
        let missing = get(&nobody, "/files/AAAA.BBBB").await;
        assert_eq!((missing.status.as_u16(), missing.code()), (404, Some("NOT_FOUND")));
        let mut changed = url.clone().into_bytes();
        for at in [8, url.len() / 2, url.len() - 1] {
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed.clone()).expect("text");
            assert_eq!(get(&nobody, &changed).await.comparable(), missing.comparable());
        }
        clock.set(clock.now() + TimeDelta::seconds(299));
        assert_eq!(get(&nobody, &url).await.status, 200);
        clock.set(clock.now() + TimeDelta::seconds(1));
        assert_eq!(get(&nobody, &url).await.comparable(), missing.comparable());
    }

    async fn a_link_is_of_no_use_without_its_session_post_and_file(kind) {
        let ready = Ready::on(kind).await;
        let world = &ready.world;
        let id = ready.sent("a.pdf", "PDF", &pdf()).await;
        let nobody = world.app.anonymous();
        let (family, branch_head) = (world.branch(0, 0, 0).family.clone(), world.branch(0, 0, 0).head.clone());
        let (of_family, of_head) = (link(&ready, &family.client).await, link(&ready, &branch_head.client).await);
        let of_ward = link(&ready, &world.ward(0, 0).officer.client).await;
        assert_ne!(of_family, of_head);
        for url in [&of_family, &of_head, &of_ward] {
            assert_eq!(get(&nobody, url).await.status, 200);
        }
        let end = json!({"input": {"which": "CURRENT"}});
        family.client.run(&operation::of("endSessions"), end).await.ok();
        assert_eq!(get(&nobody, &of_family).await.status, 404);
        assert_eq!(get(&nobody, &of_head).await.status, 200);
        // the head's post ends
        let over = json!({"postId": branch_head.post_id});
        mutate(&world.ward(0, 0).officer.client, "endPost", over).await.ok();
        assert_eq!(get(&nobody, &of_head).await.status, 404);
        world.app.database.sql("UPDATE evidence SET state = 'REMOVED'").await;
        assert_eq!(get(&nobody, &of_ward).await.status, 404);
        assert!(!id.is_empty());
    }

    async fn an_ended_session_sends_no_bytes(kind) {
        let ready = Ready::on(kind).await;
        let bytes = pdf();
        let begun = ready.begin("a.pdf", "PDF", &bytes).await.ok();
        let url = begun.text("beginUpload.evidence.upload.url");
        patch(ready.family(), &url, 0, &bytes[..10]).await;
        let end = json!({"input": {"which": "CURRENT"}});
        ready.family().run(&operation::of("endSessions"), end).await.ok();
        let refused = patch(ready.family(), &url, 10, &bytes[10..]).await;
        assert_eq!((refused.status.as_u16(), refused.rule()), (401, Some("SESSION_ENDED")));
        let head_client = &ready.world.branch(0, 0, 0).head.client;
        assert_eq!(offset(&head(head_client, &url).await), "10");
    }
}
