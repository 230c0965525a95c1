//! What becomes of a file: the record before it, the look at it, and who may do what.

use image::{GenericImageView as _, ImageFormat};
use serde_json::{Value, json};
use tests::bucket::Bucket;
use tests::database::Kind;
use tests::factory::{ask, mutate};
use tests::operation;
use uuid::Uuid;

use super::bytes::{PLACE, bomb, holds, image, pdf, photo};
use super::sweep::sweep;
use super::{Ready, device_id, get, head, header, offset, patch, sha256, sign, state, told};

on_both! {
    async fn a_photo_comes_in_three_pieces_and_goes_out_without_its_place(kind) {
        let ready = Ready::on(kind).await;
        let bytes = photo(2_400, 1_200);
        assert!(holds(&bytes, PLACE), "the photo tells its place");
        let begun = ready.begin("Giấy khen.jpg", "JPEG", &bytes).await.ok();
        assert_eq!(begun.data("beginUpload.outcome"), "APPLIED");
        assert_eq!(begun.data("beginUpload.evidence.state"), "WAITING_FOR_BYTES");
        assert_eq!(begun.data("beginUpload.evidence.upload.offset"), 0);
        let url = begun.text("beginUpload.evidence.upload.url");
        let thirds = [0, bytes.len() / 3, 2 * bytes.len() / 3, bytes.len()];
        for piece in thirds.windows(2) {
            let answer = patch(ready.family(), &url, piece[0], &bytes[piece[0]..piece[1]]).await;
            assert_eq!((answer.status.as_u16(), offset(&answer)), (204, piece[1].to_string().as_str()));
            assert_eq!(offset(&head(ready.family(), &url).await), piece[1].to_string());
        }
        let seen = ready.seen(ready.family()).await;
        assert_eq!(seen.len(), 1);
        assert_eq!((&seen[0]["state"], &seen[0]["sha256"]), (&json!("CHECKED"), &json!(sha256(&bytes))));
        assert!(seen[0]["upload"].is_null() && seen[0]["refusal"].is_null());
        // no token: the link is enough, for this session
        let nobody = ready.world.app.anonymous();
        let file = get(&nobody, seen[0]["download"]["url"].as_str().expect("a link")).await;
        assert_eq!((file.status.as_u16(), header(&file, "content-type")), (200, "image/jpeg"));
        assert_eq!(header(&file, "content-disposition"),
            "attachment; filename=\"minh-chung.jpg\"; filename*=UTF-8''Gi%E1%BA%A5y%20khen.jpg");
        assert_eq!((header(&file, "x-content-type-options"), header(&file, "cache-control")), ("nosniff", "no-store"));
        assert!(header(&file, "content-security-policy").contains("sandbox"));
        assert!(!holds(&file.bytes, b"Exif") && !holds(&file.bytes, PLACE), "nothing but pixels");
        let kept = image::load_from_memory_with_format(&file.bytes, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!(kept.dimensions(), (1_000, 2_000), "upright, and shrunk");
        let small = get(&nobody, seen[0]["download"]["thumbnailUrl"].as_str().expect("a link")).await;
        assert!(header(&small, "content-disposition").starts_with("inline"));
        let small = image::load_from_memory_with_format(&small.bytes, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!(small.dimensions(), (160, 320));
        // neither what the phone calls a file nor what it says of it is part of a name
        assert!(!ready.stored().iter().any(|name| name.contains("khen")));
    }

    async fn the_record_waits_for_no_file(kind) {
        let ready = Ready::on(kind).await;
        let bytes = pdf();
        let id = device_id();
        let mut input = told(ready.registration(), "to-khai.pdf", "PDF", &bytes);
        input["id"] = json!(id);
        input["indicator"] = json!("1.1");
        let begun = mutate(ready.family(), "beginUpload", input).await.ok();
        sign(&ready).await;
        assert_eq!(state(ready.family(), ready.registration()).await, "SELF_SCORED");
        // the bytes come after the sheet was signed
        let url = begun.text("beginUpload.evidence.upload.url");
        assert_eq!(patch(ready.family(), &url, 0, &bytes).await.status, 204);
        let seen = ready.seen(&ready.world.ward(0, 0).officer.client).await;
        assert_eq!((&seen[0]["state"], &seen[0]["indicator"]), (&json!("CHECKED"), &json!("1.1")));
        let file = get(&ready.world.app.anonymous(), seen[0]["download"]["url"].as_str().expect("a link")).await;
        assert_eq!((header(&file, "content-type"), &file.bytes), ("application/pdf", &bytes));
        assert!(header(&file, "content-disposition").starts_with("attachment"));
        // neither taken away nor added any more
        let removed = mutate(ready.family(), "removeEvidence", json!({"id": seen[0]["id"]})).await;
        assert_eq!(removed.rule(), Some("NOT_IN_THIS_STATE"));
        assert_eq!(ready.begin("a.pdf", "PDF", b"%PDF-").await.rule(), Some("NOT_IN_THIS_STATE"));
    }

    async fn what_a_file_should_not_be_is_refused_and_the_person_is_told(kind) {
        let ready = Ready::on(kind).await;
        let png = image(8, 8, ImageFormat::Png);
        let html = b"<html><script>alert(1)</script></html>".to_vec();
        let active = [&pdf()[..40], b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>", &pdf()[40..]].concat();
        let half = photo(64, 64);
        for (name, format, bytes, reason) in [
            ("png.pdf", "PDF", png.clone(), "FORMAT_MISMATCH"),
            ("html.jpg", "JPEG", html.clone(), "FORMAT_UNKNOWN"),
            ("heic.jpg", "JPEG", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "FORMAT_UNKNOWN"),
            ("bomb.png", "PNG", bomb(), "TOO_MANY_PIXELS"),
            ("half.png", "PNG", png[..png.len() / 2].to_vec(), "DAMAGED"),
            ("header.jpg", "JPEG", half[..300].to_vec(), "DAMAGED"),
            ("zip-behind.pdf", "PDF", [pdf(), b"PK\x03\x04 and more".to_vec()].concat(), "DAMAGED"),
            ("page-before.pdf", "PDF", [html, pdf()].concat(), "FORMAT_UNKNOWN"),
            ("active.pdf", "PDF", active, "ACTIVE_CONTENT"),
        ] {
            let id = ready.sent(name, format, &bytes).await;
            let seen = ready.seen(ready.family()).await;
            let seen = seen.iter().find(|file| file["id"] == id.as_str()).expect("a file");
            assert_eq!((&seen["state"], &seen["refusal"]["reason"]), (&json!("REFUSED"), &json!(reason)), "{name}");
            assert!(seen["download"].is_null() && seen["upload"].is_null(), "{name}");
            assert!(seen["refusal"]["message"].as_str().is_some_and(|message| message.ends_with('.')));
            assert_eq!(head(ready.family(), &format!("/uploads/{id}")).await.status, 410, "{name}");
        }
        let vietnamese = ready.family().with_header("accept-language", "vi");
        let told = ready.seen(&vietnamese).await;
        let told = told.iter().find(|file| file["fileName"] == "png.pdf").expect("a file");
        assert_eq!(told["refusal"]["message"], "Nội dung tệp không đúng loại đã báo; xin chọn lại tệp.");
    }

    async fn what_hides_behind_a_picture_stays_behind(kind) {
        let ready = Ready::on(kind).await;
        for (name, format, kept) in [
            ("a.jpg", "JPEG", ImageFormat::Jpeg),
            ("a.png", "PNG", ImageFormat::Png),
            ("a.webp", "WEBP", ImageFormat::WebP),
        ] {
            let bytes = [image(40, 20, kept), b"<script>alert(1)</script>PK\x03\x04".to_vec()].concat();
            let id = ready.sent(name, format, &bytes).await;
            let seen = ready.seen(ready.family()).await;
            let seen = seen.iter().find(|file| file["id"] == id.as_str()).expect("a file");
            assert_eq!(seen["state"], "CHECKED", "{name}: {seen}");
            let file = get(&ready.world.app.anonymous(), seen["download"]["url"].as_str().expect("a link")).await;
            assert!(!holds(&file.bytes, b"script") && !holds(&file.bytes, b"PK\x03\x04"), "{name}");
            let kept = image::load_from_memory_with_format(&file.bytes, ImageFormat::Jpeg).expect("a JPEG");
            assert_eq!(kept.dimensions(), (40, 20));
        }
    }

    async fn telling_twice_of_a_file_adds_it_once(kind) {
        let ready = Ready::on(kind).await;
        let bytes = pdf();
        let mut input = told(ready.registration(), "a.pdf", "PDF", &bytes);
        input["idempotencyKey"] = json!(Uuid::new_v4());
        let tell = async |input: &Value| {
            ready.family().run(&operation::of("beginUpload"), json!({ "input": input })).await
        };
        let first = tell(&input).await.ok();
        let again = tell(&input).await.ok();
        assert_eq!(again.data("beginUpload.outcome"), "REPLAYED");
        let id = first.text("beginUpload.evidence.id");
        assert_eq!(again.text("beginUpload.evidence.id"), id);
        input["fileName"] = json!("b.pdf");
        let reused = tell(&input).await.ok();
        assert_eq!(reused.data("beginUpload.outcome"), "KEY_REUSED");
        assert!(reused.data("beginUpload.evidence").is_null());
        // the same bytes under another key, by another phone perhaps
        let same = ready.begin("c.pdf", "PDF", &bytes).await.ok();
        assert_eq!(same.text("beginUpload.evidence.id"), id);
        assert_eq!(ready.seen(ready.family()).await.len(), 1);
        // for another indicator it is another file, and the phone's own id must be free
        let mut other = told(ready.registration(), "a.pdf", "PDF", &bytes);
        let device = device_id();
        (other["indicator"], other["id"]) = (json!("1.2"), json!(device));
        mutate(ready.family(), "beginUpload", other.clone()).await.ok();
        other["indicator"] = json!("1.3");
        let taken = mutate(ready.family(), "beginUpload", other.clone()).await;
        assert_eq!(taken.problems(), [("id".to_owned(), "ID_TAKEN".to_owned())]);
        assert_eq!(ready.seen(ready.family()).await.len(), 2);
    }

    async fn there_are_bounds(kind) {
        let settings = [("KHUYENHOC_UPLOADS_PER_REGISTRATION", "2"), ("KHUYENHOC_UPLOADS_PER_ASSOCIATION_PER_DAY", "3"),
            ("KHUYENHOC_UPLOAD_MAX_BYTES", "65536")];
        let ready = Ready::with(kind, &settings).await;
        let tell = async |input: Value| mutate(ready.family(), "beginUpload", input).await;
        let plain = |number: u8| told(ready.registration(), "a.pdf", "PDF", &[number]);
        let problem = |path: &str, rule: &str| vec![(path.to_owned(), rule.to_owned())];
        for (field, value, rule) in [
            ("size", json!(65_537), "OUT_OF_RANGE"),
            ("size", json!(0), "OUT_OF_RANGE"),
            ("sha256", json!("ABC"), "NOT_A_HASH"),
            ("id", json!(Uuid::new_v4()), "NOT_A_DEVICE_ID"),
            ("indicator", json!("99.9"), "NOT_AN_INDICATOR"),
            ("fileName", json!("  "), "REQUIRED"),
            ("fileName", json!("a\u{202e}gpj.pdf"), "BIDI_CONTROL"),
        ] {
            let mut input = plain(0);
            input[field] = value;
            assert_eq!(tell(input).await.problems(), problem(field, rule), "{field}");
        }
        let mut folders = plain(1);
        folders["fileName"] = json!("C:\\Users\\..\\ảnh.pdf");
        assert_eq!(tell(folders).await.ok().text("beginUpload.evidence.fileName"), "ảnh.pdf");
        tell(plain(2)).await.ok();
        assert_eq!(tell(plain(3)).await.rule(), Some("TOO_MANY_FILES"));
        // what was refused was not counted; the third of the day is of another family, and there is no fourth
        let other = ready.world.branch(0, 0, 1);
        let of_other = |number: u8| told(&other.registration, "a.pdf", "PDF", &[number]);
        mutate(&other.family.client, "beginUpload", of_other(1)).await.ok();
        let fourth = mutate(&other.family.client, "beginUpload", of_other(2)).await;
        assert_eq!(fourth.code(), Some("RATE_LIMITED"));
        // what is there already is told of without a place of the day
        let again = tell(plain(2)).await.ok();
        assert_eq!(again.data("beginUpload.outcome"), "APPLIED");
        // before and after the window there is none at all
        ready.world.app.clock.set(tests::app::moment("2026-03-10T09:00:00+07:00"));
        assert_eq!(tell(plain(4)).await.rule(), Some("WINDOW_NOT_OPEN"));
    }

    async fn others_may_look_or_know_nothing_of_it(kind) {
        let ready = Ready::on(kind).await;
        let world = &ready.world;
        let id = ready.sent("a.pdf", "PDF", &pdf()).await;
        let url = format!("/uploads/{id}");
        let branch = world.branch(0, 0, 0);
        // who looks after the branch, but may not mark its sheets
        for reader in [&world.ward(0, 0).officer.client, &world.district(0).officer.client] {
            assert_eq!(ready.seen(reader).await[0]["state"], "CHECKED");
            assert_eq!(head(reader, &url).await.status, 403);
            assert_eq!(mutate(reader, "removeEvidence", json!({"id": id})).await.code(), Some("FORBIDDEN"));
        }
        assert_eq!(head(&branch.head.client, &url).await.status, 200);
        assert_eq!(head(&world.app.anonymous(), &url).await.status, 401);
        // another association, another branch and another family: as if it were not there, byte for byte
        let random = tests::factory::parts(&branch.unit).0;
        let random = khuyenhoc::global_id::encode(khuyenhoc::global_id::NodeKind::Evidence, random, Uuid::new_v4());
        let random = random.to_string();
        for stranger in [world.branch(1, 0, 0), world.branch(0, 0, 1), world.branch(0, 1, 0)] {
            for client in [&stranger.family.client, &stranger.head.client] {
                for (method, body) in [("HEAD", &b""[..]), ("PATCH", b"x")] {
                    let ask = async |id: &str| {
                        let headers = [("tus-resumable", "1.0.0"), ("upload-offset", "0"),
                            ("content-type", "application/offset+octet-stream")];
                        client.call(method, &format!("/uploads/{id}"), &headers, body).await
                    };
                    let (real, none) = (ask(&id).await, ask(&random).await);
                    assert_eq!((real.status.as_u16(), real.comparable()), (404, none.comparable()), "{method}");
                }
                let remove = async |id: &str| mutate(client, "removeEvidence", json!({"id": id})).await;
                assert_eq!(remove(&id).await.comparable(), remove(&random).await.comparable());
                assert_eq!(remove(&id).await.code(), Some("NOT_FOUND"));
            }
        }
        // who may mark the sheet takes it away
        let removed = mutate(&branch.head.client, "removeEvidence", json!({"id": id})).await.ok();
        assert_eq!(removed.list("removeEvidence.registration.evidence").len(), 0);
        assert_eq!(head(ready.family(), &url).await.status, 404);
        let again = mutate(&branch.head.client, "removeEvidence", json!({"id": id})).await;
        assert_eq!(again.code(), Some("NOT_FOUND"));
    }

    async fn it_moves_with_its_family(kind) {
        let ready = Ready::on(kind).await;
        let world = &ready.world;
        ready.sent("a.pdf", "PDF", &pdf()).await;
        let (here, there) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let household = ask(&here.head.client, "household", json!({"id": here.household})).await.ok();
        let version = household.data("household.version");
        let input = json!({"id": here.household, "branchId": there.unit, "expectedVersion": version});
        mutate(&world.ward(0, 0).officer.client, "moveHousehold", input).await.ok();
        assert_eq!(ready.seen(&there.head.client).await.len(), 1);
        let gone = ask(&here.head.client, "registration", json!({"id": here.registration})).await;
        assert_eq!(gone.code(), Some("NOT_FOUND"));
    }

    async fn a_bucket_holds_it_as_a_folder_does(kind) {
        let bucket = Bucket::start().await;
        let settings = bucket.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ready = Ready::with(kind, &settings).await;
        let bytes = photo(64, 32);
        let begun = ready.begin("a.jpg", "JPEG", &bytes).await.ok();
        let url = begun.text("beginUpload.evidence.upload.url");
        let half = bytes.len() / 2;
        assert_eq!(patch(ready.family(), &url, 0, &bytes[..half]).await.status, 204, "{:?}", bucket.refused());
        assert_eq!(patch(ready.family(), &url, half, &bytes[half..]).await.status, 204);
        let seen = ready.seen(ready.family()).await;
        assert_eq!(seen[0]["state"], "CHECKED", "{:?}", bucket.refused());
        let file = get(&ready.world.app.anonymous(), seen[0]["download"]["url"].as_str().expect("a link")).await;
        assert_eq!((file.status.as_u16(), file.bytes.starts_with(&[0xff, 0xd8])), (200, true));
        let tenant = ready.world.district(0).tenant.to_string();
        assert!(bucket.names().iter().all(|name| name.starts_with(&format!("hoi/{tenant}/"))), "{:?}", bucket.names());
        assert_eq!(bucket.names().len(), 4, "two pieces, the whole and the small picture");
        sweep(&ready).await;
        assert_eq!(bucket.names().len(), 2);
        mutate(ready.family(), "removeEvidence", json!({"id": seen[0]["id"]})).await.ok();
        sweep(&ready).await;
        assert!(bucket.names().is_empty() && bucket.refused().is_empty(), "{:?}", bucket.refused());
    }
}
