//! Papers: from what is known to what people sign.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{
    World, YEAR, ask, create_household, decide, family_marks, mutate, publish_shipped, register, score,
};
use tests::file::{Book, bytes, pages};
use tests::titles::{
    AUTUMN, assess, assessed, decision, items, minutes, propose, recognise, self_score, self_scored, words,
};
use uuid::Uuid;

async fn book(client: &Client, field: &str, mut variables: Value) -> Book {
    variables["format"] = json!("XLSX");
    let answer = ask(client, field, variables).await.ok();
    let media_type = answer.text(&format!("{field}.mediaType"));
    assert_eq!(
        media_type,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    Book::read(&bytes(&answer, field))
}

async fn pdf_pages(client: &Client, field: &str, variables: Value) -> usize {
    let answer = ask(client, field, variables).await.ok();
    assert_eq!(answer.text(&format!("{field}.mediaType")), "application/pdf");
    pages(&bytes(&answer, field))
}

async fn meeting(client: &Client, unit: &str) -> String {
    let answer = ask(client, "assessments", json!({"unitId": unit, "year": YEAR}))
        .await
        .ok();
    answer.text("assessments.nodes.0.id")
}

/// Households of these names, registered and approved.
async fn named(world: &World, head: &Client, names: &[&str]) -> Vec<String> {
    world.app.clock.set(moment(tests::app::START));
    let mut ids = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let address = format!("Số {number}, ngõ Hội Vũ");
        let household = create_household(
            head,
            json!({"headName": name, "address": address, "phone": "0912345678"}),
        )
        .await;
        ids.push(
            register(head, &household, Uuid::new_v4())
                .await
                .ok()
                .text("registerHousehold.registration.id"),
        );
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    decide(head, "approveRegistrations", &all).await.ok();
    ids
}

fn code(answer: &Answer) -> &str {
    answer.code().unwrap_or("none")
}

on_both! {
    async fn a_form_says_what_is_registered_and_a_blank_one_where(kind) {
        let world = World::build(kind).await;
        let (branch, district) = (world.branch(0, 0, 0), world.district(0));
        let head = &branch.head.client;
        let ids = named(&world, head, &["Phạm Thị Ánh", "Đặng Văn Ở"]).await;
        let forms = book(head, "registrationForms", json!({"registrationIds": [ids[1], ids[0]]})).await;
        assert_eq!(forms.column("Bản đăng ký", "Tên"), ["Đặng Văn Ở", "Phạm Thị Ánh"], "in the order asked");
        let row = &forms.rows("Bản đăng ký")[1];
        for (column, expected) in [
            ("Danh hiệu", "Gia đình học tập"), ("Năm", "2026"), ("Địa chỉ", "Số 0, ngõ Hội Vũ"), ("Điện thoại", "0912 345 678"),
            ("Chi hội", "Chi hội 1"), ("Ngày đăng ký", "10/03/2026"),
        ] {
            assert_eq!(row[column], expected, "{row:?}");
        }
        let asked = json!({"registrationIds": ids});
        assert_eq!(pdf_pages(head, "registrationForms", asked.clone()).await, 2);
        // the words are Vietnamese whoever asks, and the file is called in plain letters
        let english = head.clone().with_header("accept-language", "en");
        let answers = [ask(head, "registrationForms", asked.clone()).await.ok(), ask(&english, "registrationForms", asked).await.ok()];
        assert_eq!(bytes(&answers[0], "registrationForms"), bytes(&answers[1], "registrationForms"));
        assert_eq!(answers[0].text("registrationForms.fileName"), "ban-dang-ky-2026.pdf");

        let own = pdf_pages(&branch.family.client, "registrationForms", json!({"registrationIds": [branch.registration]})).await;
        assert_eq!(own, 1);
        let blank = json!({"unitId": branch.unit, "year": YEAR, "copies": 3});
        assert_eq!(pdf_pages(head, "blankForms", blank.clone()).await, 3);
        let answer = ask(&district.officer.client, "blankForms", blank).await.ok();
        assert_eq!(answer.text("blankForms.fileName"), "ban-dang-ky-chi-hoi-1-2026.pdf");
        let minutes = json!({"unitId": branch.unit, "year": YEAR, "form": "MINUTES", "model": "LEARNING_CLAN"});
        assert_eq!(pdf_pages(head, "blankForms", minutes).await, 2);
        let sheet = json!({"unitId": branch.unit, "year": YEAR, "form": "SCORE_SHEET"});
        let none = ask(head, "blankForms", sheet.clone()).await;
        assert_eq!(code(&none), "REFUSED", "the city has published no criteria");
        publish_shipped(&world.officer.client, "family-448-2015").await;
        assert!(pdf_pages(head, "blankForms", sheet).await >= 1);
    }

    async fn a_score_sheet_is_printed_as_signed_or_for_a_pen(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let ids = named(&world, head, &["Phạm Thị Ánh", "PHẠM THỊ ÁNH"]).await;
        world.app.clock.set(moment(AUTUMN));
        publish_shipped(&world.officer.client, "family-448-2015").await;
        let asked = json!({"registrationIds": ids});
        assert_eq!(code(&ask(head, "scoreSheetForms", asked.clone()).await), "NOT_FOUND", "nothing is signed");
        for id in &ids {
            score(head, id, &family_marks(8.0)).await.ok();
        }
        let signed = book(head, "scoreSheetForms", asked.clone()).await;
        assert_eq!(signed.sheets(), ["Phạm Thị Ánh", "PHẠM THỊ ÁNH 2", "Thông tin"]);
        let rows = signed.rows("Phạm Thị Ánh");
        let total = rows.iter().find(|row| row["Nội dung tiêu chí"] == "Tổng cộng").expect("a total");
        assert_eq!((total["Điểm tối đa"].as_str(), total["Điểm chấm"].as_str()), ("100", "80"));
        assert_eq!(rows[1]["Điểm chấm"], "8");
        let text = signed.text();
        for part in ["MẪU", "PHIẾU TỰ CHẤM ĐIỂM", "Tổng điểm | 80", "Kết quả | Đạt", "Quyết định số 448/QĐ-KHVN"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let mut blank = asked.clone();
        blank["blank"] = json!(true);
        blank["kind"] = json!("BRANCH");
        let empty = book(head, "scoreSheetForms", blank).await;
        assert!(empty.column("Phạm Thị Ánh", "Điểm chấm").iter().all(String::is_empty));
        assert!(empty.text().contains("TM. CHI HỘI, CHI HỘI TRƯỞNG | Vũ Thị Chi"), "the head by the post in force: {}", empty.text());
        assert!(pdf_pages(head, "scoreSheetForms", asked).await >= 2);
    }

    async fn papers_of_a_branch_of_157_hold_them_all(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, officer) = (&branch.head.client, &ward.officer.client);
        let ids = assessed(&world, branch, 157).await;
        let before = world.app.statements();
        let held = json!({"assessmentId": meeting(head, &branch.unit).await});
        let met = book(head, "assessmentPaper", held.clone()).await;
        assert!(world.app.statements() - before < 40, "as many statements for 157 as for one");
        let rows = met.rows("Kết quả bình xét");
        assert_eq!(rows.len(), 157);
        assert!(rows.iter().all(|row| row["Họ và tên chủ hộ"] == "Lý Thị Danh" && row["Đồng ý"] == "40" && row["Điểm"] == "100"));
        let text = met.text();
        for part in ["157 gia đình được đề nghị công nhận trên tổng số 157", "Chi hội 1", "Hội Khuyến học phường 1", "ngày 14 tháng 11 năm 2026",
            "Chủ trì | Vũ Thị Chi", "Thư ký | Lê Văn Ghi", "Số người có mặt | 40"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(pdf_pages(head, "assessmentPaper", held).await > 3);

        propose(officer, &ward.unit, "05/TTr-HKH", &ids).await.ok();
        let lists = ask(officer, "submissions", json!({"unitId": ward.unit, "year": YEAR})).await.ok();
        assert_eq!(lists.text("submissions.nodes.0.number"), "05/TTr-HKH");
        assert_eq!(lists.list("submissions.nodes.0.registrations.nodes").len(), 50);
        assert_eq!(lists.data("submissions.nodes.0.registrations.pageInfo.hasNextPage"), true);
        let listed = json!({"submissionId": lists.text("submissions.nodes.0.id")});
        let list = book(officer, "submissionPaper", listed.clone()).await;
        assert_eq!(list.column("Danh sách đề nghị", "Tổng điểm"), vec!["100"; 157]);
        let text = list.text();
        // one more has registered: the branch's own family
        for part in ["Số: 05/TTr-HKH", "có 159 gia đình đăng ký", "có 157 gia đình đủ điều kiện", "Kính gửi: Ủy ban nhân dân phường 1",
            "TM. BAN THƯỜNG VỤ, CHỦ TỊCH HỘI | Đỗ Văn Phường", "Hội Khuyến học Hoàn Kiếm", "MẪU", "Danh sách có 157 gia đình"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(pdf_pages(officer, "submissionPaper", listed).await > 4);

        recognise(officer, &ward.unit, "215/QĐ-UBND", &ids).await.ok();
        world.app.clock.advance(chrono::TimeDelta::seconds(1));
        let mut revoke = decision(&ward.unit, "9/QĐ-UBND", &ids[..1]);
        revoke["reason"] = json!("Khai không đúng");
        mutate(officer, "revokeTitles", revoke).await.ok();
        let decisions = ask(officer, "decisions", json!({"unitId": ward.unit, "year": YEAR})).await.ok();
        let kinds: Vec<&Value> = decisions.list("decisions.nodes").iter().map(|node| &node["kind"]).collect();
        assert_eq!(kinds, ["REVOCATION", "RECOGNITION"]);
        let recognised = book(officer, "decisionPaper", json!({"decisionId": decisions.text("decisions.nodes.1.id")})).await;
        let rows = recognised.rows("Danh sách công nhận");
        assert_eq!(rows.len(), 157, "also the one whose title was taken away since");
        let numbers: Vec<&String> = rows.iter().map(|row| &row["Số giấy chứng nhận"]).collect();
        assert_eq!((numbers[0].as_str(), numbers[156].as_str()), ("0001/2026", "0157/2026"));
        let revoked: Vec<&String> = rows.iter().map(|row| &row["Ghi chú"]).filter(|remark| !remark.is_empty()).collect();
        assert_eq!(revoked, ["Đã thu hồi theo Quyết định số 9/QĐ-UBND"]);
        assert!(recognised.text().contains("CHỦ TỊCH | Trịnh Văn Ký"));
        let printed = json!({"decisionId": decisions.text("decisions.nodes.1.id")});
        assert!(pdf_pages(officer, "decisionPaper", printed).await > 4);
        let of_ward = json!({"unitId": ward.unit, "year": YEAR});
        assert!(pdf_pages(officer, "registrationListPaper", of_ward).await > 4);
        let taken = book(officer, "decisionPaper", json!({"decisionId": decisions.text("decisions.nodes.0.id")})).await;
        assert_eq!(taken.rows("Danh sách thu hồi").len(), 1);
        assert!(taken.text().contains("Thu hồi danh hiệu “Gia đình học tập” năm 2026"));

        let register = json!({"unitId": branch.unit, "year": YEAR});
        let book = book(head, "registrationListPaper", register.clone()).await;
        let states = book.column("Danh sách đăng ký", "Tình trạng");
        let count = |state: &str| states.iter().filter(|known| *known == state).count();
        assert_eq!((count("Được công nhận"), count("Bị thu hồi"), count("Chờ duyệt")), (156, 1, 1));
        let text = book.text();
        assert!(text.contains("158 gia đình đăng ký, 157 đã được chi hội duyệt, 156 được công nhận"), "{text}");
        assert!(pdf_pages(head, "registrationListPaper", register).await > 3);
    }

    async fn votes_and_points_decide_who_is_proposed_and_each_meeting_has_its_own_sheets(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let ids = named(&world, head, &["Đỗ Thị Ba", "An Văn Hai", "Ân Thị Một"]).await;
        world.app.clock.set(moment(AUTUMN));
        self_score(&world, &branch.head, &ids).await;
        let mut input = minutes(&branch.unit, &ids);
        input["items"][1] = json!({"registrationId": ids[1], "votesFor": 10, "votesAgainst": 30, "remark": "=1+1 cháu bỏ học"});
        let lines: Vec<Value> = family_marks(1.0);
        input["items"][2]["marks"] = json!(lines);
        let met = mutate(head, "enterAssessment", input).await.ok();
        let held = json!({"assessmentId": met.text("enterAssessment.assessment.id")});
        let rows = book(head, "assessmentPaper", held.clone()).await.rows("Kết quả bình xét");
        let said: Vec<(&str, &str, &str)> = rows.iter()
            .map(|row| (row["Họ và tên chủ hộ"].as_str(), row["Điểm"].as_str(), row["Kết luận"].as_str()))
            .collect();
        // Vietnamese order: by given name
        assert_eq!(said, [
            ("Đỗ Thị Ba", "100", "Đề nghị"),
            ("An Văn Hai", "100", "Không đề nghị: =1+1 cháu bỏ học"),
            ("Ân Thị Một", "10", "Không đề nghị"),
        ]);
        assert_eq!(pdf_pages(head, "assessmentPaper", held.clone()).await, 1);
        // returned, marked and assessed anew: the first minutes stay what they were
        let back = json!({"items": items(&ids[2..]), "reason": "Xem lại điểm"});
        mutate(&world.ward(0, 0).officer.client, "sendBackRegistrations", back).await.ok();
        world.app.clock.advance(chrono::TimeDelta::seconds(1));
        assess(branch, &ids[2..], Value::Null).await.ok();
        let again = book(head, "assessmentPaper", held).await.rows("Kết quả bình xét");
        assert_eq!(again[2]["Điểm"], "10");
        let newer = book(head, "assessmentPaper", json!({"assessmentId": meeting(head, &branch.unit).await})).await;
        assert_eq!(newer.column("Kết quả bình xét", "Điểm").len(), 1);
    }

    async fn what_looks_like_a_formula_stays_text(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let address = "=HYPERLINK(\"http://x\";\"y\")";
        let household = create_household(head, json!({"headName": "Lý Thị Danh", "address": address})).await;
        let input = json!({"householdId": household, "year": YEAR, "note": "@SUM(A1:A9)"});
        let id = mutate(head, "registerHousehold", input).await.ok().text("registerHousehold.registration.id");
        // Book::read fails on any formula
        let forms = book(head, "registrationForms", json!({"registrationIds": [id]})).await;
        assert_eq!(forms.column("Bản đăng ký", "Địa chỉ"), [address]);
        assert_eq!(forms.column("Bản đăng ký", "Ý kiến thêm"), ["@SUM(A1:A9)"]);
        let list = book(head, "registrationListPaper", json!({"unitId": world.branch(0, 0, 0).unit, "year": YEAR})).await;
        assert!(list.column("Danh sách đăng ký", "Địa chỉ").contains(&address.to_owned()));
    }

    async fn papers_are_for_those_who_see_all_that_stands_on_them(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let own = vec![branch.registration.clone()];
        mutate(&branch.head.client, "approveRegistrations", json!({"items": items(&own)})).await.ok();
        world.app.clock.set(moment(AUTUMN));
        self_score(&world, &branch.head, &own).await;
        assess(branch, &own, Value::Null).await.ok();
        propose(officer, &ward.unit, "1", &own).await.ok();
        recognise(officer, &ward.unit, "2", &own).await.ok();
        let first = |answer: Answer, field: &str| answer.text(&format!("{field}.nodes.0.id"));
        let lists = ask(officer, "submissions", json!({"unitId": ward.unit, "year": YEAR})).await.ok();
        let decisions = ask(officer, "decisions", json!({"unitId": ward.unit, "year": YEAR})).await.ok();
        let papers = [
            ("assessmentPaper", json!({"assessmentId": meeting(officer, &ward.unit).await})),
            ("submissionPaper", json!({"submissionId": first(lists, "submissions")})),
            ("decisionPaper", json!({"decisionId": first(decisions, "decisions")})),
        ];
        let (family, head) = (&branch.family.client, &branch.head.client);
        // its own form and sheets are a family's, and no list, though it stands on it
        for (field, variables) in [
            ("registrationForms", json!({"registrationIds": own})),
            ("scoreSheetForms", json!({"registrationIds": own})),
            ("scoreSheetForms", json!({"registrationIds": own, "kind": "BRANCH"})),
        ] {
            ask(family, field, variables.clone()).await.ok();
            for stranger in [&world.branch(0, 0, 1).family.client, &world.branch(0, 0, 1).head.client, &world.ward(0, 1).officer.client,
                &world.district(1).officer.client] {
                assert_eq!(code(&ask(stranger, field, variables.clone()).await), "NOT_FOUND", "{field}");
            }
        }
        for (at, (field, variables)) in papers.iter().enumerate() {
            assert_eq!(code(&ask(family, field, variables.clone()).await), "NOT_FOUND", "{field}");
            let of_head = if at == 0 { "none" } else { "NOT_FOUND" };
            assert_eq!(code(&ask(head, field, variables.clone()).await), of_head, "{field}");
            for client in [officer, &world.district(0).officer.client, &world.officer.client] {
                ask(client, field, variables.clone()).await.ok();
            }
            for client in [&world.ward(0, 1).officer.client, &world.district(1).officer.client, &world.branch(0, 0, 1).head.client] {
                assert_eq!(code(&ask(client, field, variables.clone()).await), "NOT_FOUND", "{field}");
            }
        }
        // one of another branch keeps all from being printed
        let mixed = json!({"registrationIds": [own[0], world.branch(0, 0, 1).registration]});
        let answer = ask(head, "registrationForms", mixed).await;
        assert_eq!((code(&answer), answer.data("registrationForms")), ("NOT_FOUND", &Value::Null));
        let twice = ask(head, "registrationForms", json!({"registrationIds": [own[0], own[0]]})).await;
        assert_eq!(twice.problems(), [("registrationIds.1".to_owned(), "REPEATED".to_owned())]);
        let many = ask(head, "blankForms", json!({"unitId": branch.unit, "year": YEAR, "copies": 201})).await;
        assert_eq!(many.problems(), [("copies".to_owned(), "OUT_OF_RANGE".to_owned())]);
        let district = ask(&world.district(0).officer.client, "registrationListPaper", json!({"unitId": world.district(0).unit, "year": YEAR})).await;
        assert_eq!(code(&district), "NOT_FOUND", "a register is a ward's or a branch's");
    }

    async fn each_file_is_written_down_and_an_hour_has_so_many(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let asked = json!({"registrationIds": [branch.registration]});
        ask(head, "registrationForms", asked.clone()).await.ok();
        ask(head, "registrationForms", json!({"registrationIds": [world.branch(0, 0, 1).registration]})).await;
        let written = "SELECT detail FROM security_event WHERE kind = 'PAPERS_PRINTED'";
        let lines = world.app.database.sql(written).await;
        assert_eq!(lines.len(), 1, "what was refused is not written down");
        assert_eq!(lines[0][0].as_deref(), Some("registrationForms 1"));
        world.app.database.sql("UPDATE quota SET used = 200").await;
        let limited = ask(head, "registrationForms", asked.clone()).await;
        assert_eq!(code(&limited), "RATE_LIMITED");
        ask(&branch.family.client, "registrationForms", asked.clone()).await.ok();
        world.app.clock.advance(chrono::TimeDelta::hours(1));
        ask(head, "registrationForms", asked).await.ok();
    }

    async fn four_files_fill_a_request(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let fields = |many: usize| -> String {
            let field = |at: usize| format!("p{at}: blankForms(unitId: $unit, year: 2026) {{ size }}");
            format!("query ($unit: ID!) {{ {} }}", (0..many).map(field).collect::<Vec<_>>().join(" "))
        };
        branch.head.client.run(&fields(4), json!({"unit": branch.unit})).await.ok();
        let answer = branch.head.client.run(&fields(5), json!({"unit": branch.unit})).await;
        assert_eq!(code(&answer), "INVALID", "{}", answer.json);
    }

    async fn lists_and_decisions_are_found_page_by_page(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 6).await;
        for (at, two) in ids.chunks(2).enumerate() {
            propose(officer, &ward.unit, &format!("{at}/TTr"), two).await.ok();
            recognise(officer, &ward.unit, &format!("{at}/QĐ"), two).await.ok();
            world.app.clock.advance(chrono::TimeDelta::seconds(1));
        }
        let other = self_scored(&world, world.branch(0, 1, 0), 1).await;
        assess(world.branch(0, 1, 0), &other, Value::Null).await.ok();
        propose(&world.ward(0, 1).officer.client, &world.ward(0, 1).unit, "other", &other).await.ok();
        for field in ["submissions", "decisions"] {
            let mut seen = Vec::new();
            let mut after = Value::Null;
            for _ in 0..3 {
                let variables = json!({"unitId": ward.unit, "year": YEAR, "first": 1, "after": after});
                let page = ask(officer, field, variables).await.ok();
                seen.push(page.text(&format!("{field}.nodes.0.number")));
                assert_eq!(page.data(&format!("{field}.nodes.0.ward.name")), "Phường 1");
                assert_eq!(page.list(&format!("{field}.nodes.0.registrations.nodes")).len(), 2);
                after = page.data(&format!("{field}.pageInfo.endCursor")).clone();
            }
            let numbers: Vec<&str> = seen.iter().map(|number| &number[..1]).collect();
            assert_eq!(numbers, ["2", "1", "0"], "newest first");
            // as many statements for all of them as for one
            let mut taken = Vec::new();
            for first in [1, 3] {
                let before = world.app.statements();
                ask(officer, field, json!({"unitId": ward.unit, "year": YEAR, "first": first})).await.ok();
                taken.push(world.app.statements() - before);
            }
            assert_eq!(taken[0], taken[1], "{field}");
        }
        // the district has the lists of all its wards; a branch and a family have none
        let all = ask(&world.district(0).officer.client, "submissions", json!({"unitId": world.district(0).unit, "year": YEAR})).await.ok();
        assert_eq!(all.list("submissions.nodes").len(), 4);
        for client in [&branch.head.client, &branch.family.client, &world.ward(0, 1).officer.client] {
            let answer = ask(client, "submissions", json!({"unitId": ward.unit, "year": YEAR})).await;
            assert_eq!(code(&answer), "NOT_FOUND");
        }
        // a page of one list
        let on = "query ($unit: ID!, $after: String) { submissions(unitId: $unit, year: 2026, first: 1) { nodes {
            registrations(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } } } } }";
        let first = officer.run(on, json!({"unit": ward.unit})).await.ok();
        let at = "submissions.nodes.0.registrations";
        assert_eq!(first.data(&format!("{at}.pageInfo.hasNextPage")), true);
        let second = officer.run(on, json!({"unit": ward.unit, "after": first.text(&format!("{at}.pageInfo.endCursor"))})).await.ok();
        let listed: Vec<String> = [&first, &second].map(|page| page.text(&format!("{at}.nodes.0.id"))).into();
        let expected: std::collections::BTreeSet<&String> = ids[4..].iter().collect();
        assert_eq!(listed.iter().collect::<std::collections::BTreeSet<_>>(), expected);
        assert_eq!(second.data(&format!("{at}.pageInfo.hasNextPage")), false);
        assert_eq!(words("submitProposal", &propose(officer, &ward.unit, "9", &ids[..1]).await.ok()), ["NOT_IN_THIS_STATE"]);
    }
}
