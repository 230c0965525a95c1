//! The line between phone and server: the protocol tus 1.0, and what breaks on the way.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use khuyenhoc::http::server::{self, ServerOptions};
use tests::app::{TestApp, moment};
use tests::client::Client;
use tests::database::Kind;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::bytes::{pdf, photo};
use super::sweep::sweep;
use super::{DAY, Ready, head, header, offset, patch, sign};

/// The file's state, its bytes as they were sent.
async fn arrived(ready: &Ready) -> String {
    let seen = ready.seen(ready.family()).await;
    seen[0]["state"].as_str().expect("a state").to_owned()
}

on_both! {
    async fn it_speaks_tus(kind) {
        let ready = Ready::on(kind).await;
        let (family, bytes) = (ready.family(), pdf());
        let url = ready.begin("a.pdf", "PDF", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        let options = ready.world.app.anonymous().call("OPTIONS", &url, &[], &[]).await;
        assert_eq!(options.status, 204);
        assert_eq!((header(&options, "tus-version"), header(&options, "tus-resumable")), ("1.0.0", "1.0.0"));
        assert_eq!((header(&options, "tus-max-size"), header(&options, "tus-extension")), ("10485760", "expiration"));
        let old = family.call("HEAD", &url, &[("tus-resumable", "0.2.2")], &[]).await;
        assert_eq!((old.status.as_u16(), header(&old, "tus-version")), (412, "1.0.0"));
        assert_eq!(family.call("PATCH", &url, &[], &bytes).await.status, 412);
        let begun = head(family, &url).await;
        let length = bytes.len().to_string();
        assert_eq!((begun.status.as_u16(), offset(&begun), header(&begun, "upload-length")), (200, "0", length.as_str()));
        assert_eq!((header(&begun, "cache-control"), header(&begun, "tus-resumable")), ("no-store", "1.0.0"));
        assert_eq!(header(&begun, "upload-expires"), "Sat, 17 Oct 2026 02:00:00 GMT");
        let send = async |method: &str, more: &[(&str, &str)], bytes: &[u8]| {
            let mut headers = vec![("tus-resumable", "1.0.0")];
            headers.extend_from_slice(more);
            family.call(method, &url, &headers, bytes).await
        };
        let kind = ("content-type", "application/offset+octet-stream");
        assert_eq!(send("PATCH", &[("upload-offset", "0")], &bytes).await.status, 415);
        assert_eq!(send("PATCH", &[("upload-offset", "0"), ("content-type", "image/jpeg")], &bytes).await.status, 415);
        assert_eq!(send("PATCH", &[kind], &bytes).await.status, 400);
        assert_eq!(send("PATCH", &[kind, ("upload-offset", "-1")], &bytes).await.status, 400);
        let elsewhere = send("PATCH", &[kind, ("upload-offset", "1")], &bytes).await;
        assert_eq!((elsewhere.status.as_u16(), offset(&elsewhere)), (409, "0"));
        let too_much = send("PATCH", &[kind, ("upload-offset", "0")], &[&bytes[..], b"x"].concat()).await;
        assert_eq!((too_much.status.as_u16(), offset(&too_much)), (413, "0"));
        let other = send("DELETE", &[], &[]).await;
        assert_eq!((other.status.as_u16(), header(&other, "allow")), (405, "HEAD, PATCH, OPTIONS"));
        // behind a proxy that lets POST through and nothing else
        let over = [("x-http-method-override", "PATCH"), kind, ("upload-offset", "0")];
        let posted = send("POST", &over, &bytes).await;
        assert_eq!((posted.status.as_u16(), offset(&posted)), (204, length.as_str()));
        assert_eq!(arrived(&ready).await, "CHECKED");
        // nothing more is wanted, and saying so again does no harm
        assert_eq!(offset(&head(family, &url).await), length);
        assert_eq!(patch(family, &url, bytes.len(), b"").await.status, 204);
        assert_eq!(patch(family, &url, bytes.len(), b"x").await.status, 413);
        assert_eq!(patch(family, &url, 0, &bytes).await.status, 409);
        assert_eq!(head(family, "/uploads/no-id").await.status, 400);
    }

    async fn a_lost_answer_at_any_point_costs_nothing(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(120, 80);
        let url = ready.begin("a.jpg", "JPEG", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        let (mut known, step) = (0, bytes.len() / 5 + 1);
        while known < bytes.len() {
            let until = (known + step).min(bytes.len());
            // the answer is lost: the phone does not know whether it came, asks in vain, and is told where it is
            patch(ready.family(), &url, known, &bytes[known..until]).await;
            let again = patch(ready.family(), &url, known, &bytes[known..until]).await;
            assert_eq!((again.status.as_u16(), offset(&again)), (409, until.to_string().as_str()));
            known = offset(&head(ready.family(), &url).await).parse().expect("a number");
            assert_eq!(known, until);
        }
        assert_eq!(arrived(&ready).await, "CHECKED");
    }

    async fn another_server_goes_on_where_one_stopped(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(120, 80);
        let half = bytes.len() / 2;
        let url = ready.begin("a.jpg", "JPEG", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        patch(ready.family(), &url, 0, &bytes[..half]).await;
        let folder = ready.folder.path().display().to_string();
        let next = TestApp::open(Arc::clone(&ready.world.app.database), &[("KHUYENHOC_UPLOADS", &folder)], 77).await;
        next.clock.set(moment(DAY));
        let person = &ready.world.branch(0, 0, 0).family;
        let phone = Client::of(&next, person.account, Some(person.post));
        assert_eq!(offset(&head(&phone, &url).await), half.to_string());
        assert_eq!(patch(&phone, &url, half, &bytes[half..]).await.status, 204);
        assert_eq!(arrived(&ready).await, "CHECKED");
    }

    async fn a_server_that_dies_between_bytes_and_row_loses_nothing(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(120, 80);
        let half = bytes.len() / 2;
        let url = ready.begin("a.jpg", "JPEG", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        // the piece was stored and the row knows nothing of it
        patch(ready.family(), &url, 0, &bytes[..half]).await;
        ready.world.app.database.sql("UPDATE evidence SET received = 0, pieces = ''").await;
        assert_eq!(offset(&head(ready.family(), &url).await), "0");
        assert_eq!(patch(ready.family(), &url, 0, &bytes[..half]).await.status, 204);
        patch(ready.family(), &url, half, &bytes[half..]).await;
        assert_eq!((arrived(&ready).await.as_str(), ready.stored().len()), ("CHECKED", 5));
        // all bytes were there and nobody has looked at them, or has looked and not said so
        for lost in ["whole", "none"] {
            ready.world.app.database.sql("UPDATE evidence SET state = 'RECEIVED'").await;
            for name in ready.stored().iter().filter(|name| name.ends_with(lost)) {
                std::fs::remove_file(name).expect("removed");
            }
            assert_eq!(arrived(&ready).await, "RECEIVED");
            // the phone has had no answer, so it asks
            assert_eq!(offset(&head(ready.family(), &url).await), bytes.len().to_string());
            assert_eq!((arrived(&ready).await.as_str(), ready.stored().len()), ("CHECKED", 5), "{lost}");
        }
        sweep(&ready).await;
        assert_eq!(ready.stored().len(), 2, "the stray piece has gone with the others");
    }

    async fn of_many_at_once_one_piece_is_the_next(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(120, 80);
        let url = ready.begin("a.jpg", "JPEG", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        let (head_client, family) = (&ready.world.branch(0, 0, 0).head.client, ready.family());
        for (from, until) in [(0, 1_000), (1_000, 1_500), (1_500, bytes.len())] {
            let senders = [family, head_client, family, head_client, family, head_client];
            let sent = senders.iter().map(|client| patch(client, &url, from, &bytes[from..until]));
            let statuses: Vec<u16> = join_all(sent).await.iter().map(|answer| answer.status.as_u16()).collect();
            let taken = statuses.iter().filter(|status| **status == 204).count();
            assert!(taken == 1 && statuses.iter().all(|status| [204, 409].contains(status)), "{statuses:?}");
            assert_eq!(offset(&head(family, &url).await), until.to_string());
        }
        assert_eq!(arrived(&ready).await, "CHECKED");
    }

    async fn bytes_that_were_changed_on_the_way_are_found(kind) {
        let ready = Ready::on(kind).await;
        let (bytes, mut changed) = (pdf(), pdf());
        changed[12] ^= 1;
        let url = ready.begin("a.pdf", "PDF", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        assert_eq!(patch(ready.family(), &url, 0, &changed).await.status, 204);
        let seen = ready.seen(ready.family()).await;
        assert_eq!(seen[0]["refusal"]["reason"], "HASH_MISMATCH");
        // the phone sends the file again, as a new one
        ready.sent("a.pdf", "PDF", &bytes).await;
        let seen = ready.seen(ready.family()).await;
        let mut states: Vec<&str> = seen.iter().filter_map(|file| file["state"].as_str()).collect();
        states.sort_unstable();
        assert_eq!(states, ["CHECKED", "REFUSED"]);
    }

    async fn a_file_whose_bytes_did_not_come_through_is_told_of_again_after_the_sheet_was_signed(kind) {
        let ready = Ready::on(kind).await;
        let (broken, late) = (pdf(), photo(120, 80));
        let mut changed = broken.clone();
        changed[12] ^= 1;
        let url = ready.begin("a.pdf", "PDF", &broken).await.ok().text("beginUpload.evidence.upload.url");
        ready.begin("b.jpg", "JPEG", &late).await.ok();
        sign(&ready).await;
        assert_eq!(patch(ready.family(), &url, 0, &changed).await.status, 204);
        assert_eq!(head(ready.family(), &url).await.status, 410);
        ready.sent("a.pdf", "PDF", &broken).await;
        // the other one is still waited for, and after seven days it is told of anew
        let waits = ready.begin("b.jpg", "JPEG", &late).await.ok();
        let first = waits.text("beginUpload.evidence.id");
        ready.world.app.clock.advance(TimeDelta::days(7));
        let over = waits.text("beginUpload.evidence.upload.url");
        assert_eq!(head(ready.family(), &over).await.status, 410);
        let anew = ready.begin("b.jpg", "JPEG", &late).await.ok();
        assert_ne!(anew.text("beginUpload.evidence.id"), first);
        // what is new is not
        assert_eq!(ready.begin("c.pdf", "PDF", b"%PDF-").await.rule(), Some("NOT_IN_THIS_STATE"));
    }

    async fn what_came_before_the_line_broke_is_kept(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(120, 80);
        let half = bytes.len() / 2;
        let url = ready.begin("a.jpg", "JPEG", &bytes).await.ok().text("beginUpload.evidence.upload.url");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = ready.world.app.router.clone();
        let serving = tokio::spawn(server::serve(listener, router, pending(), ServerOptions::default()));
        let token = ready.family().token().expect("a token");
        let length = bytes.len();
        let request = format!("PATCH {url} HTTP/1.1\r\nHost: phone\r\nAuthorization: Bearer {token}\r\n\
            Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n\
            Content-Length: {length}\r\n\r\n");
        let mut line = TcpStream::connect(address).await.expect("a line");
        line.write_all(request.as_bytes()).await.expect("sent");
        line.write_all(&bytes[..half]).await.expect("sent");
        drop(line);
        // the server notices in its own time
        let kept = async {
            while offset(&head(ready.family(), &url).await) != half.to_string() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), kept).await.expect("half of it");
        serving.abort();
        assert_eq!(patch(ready.family(), &url, half, &bytes[half..]).await.status, 204);
        assert_eq!(arrived(&ready).await, "CHECKED");
    }

    async fn a_large_body_is_cut(kind) {
        let ready = Ready::on(kind).await;
        // more than two pieces of a megabyte in one body; the content is refused, which is not what is looked at
        let bytes = vec![7; 2_500_000];
        let id = ready.sent("a.pdf", "PDF", &bytes).await;
        assert_eq!(ready.stored().len(), 3);
        assert_eq!(head(ready.family(), &format!("/uploads/{id}")).await.status, 410);
    }
}
