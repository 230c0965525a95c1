//! Prints every paper into a folder, so that anybody can look at them: `cargo run --example papers -- FOLDER`.
//! `ROWS` in the environment sets how long the long list is.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an example that fails shall say where"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{NaiveDate, NaiveTime};
use entity::value::Points;
use entity::vocabulary::LearningModel;
use khuyenhoc::criteria::check;
use khuyenhoc::criteria::score::Mark;
use khuyenhoc::criteria::set::CriteriaSet;
use khuyenhoc::criteria::shipped::SHIPPED;
use khuyenhoc::paper::{
    Certificate, Minutes, Paper, Proposal, Proposed, Recognised, RecognisedList, RegistrationForm, ScoreSheet, Stage,
    Verdict, Vote, certificates,
};

const NAMES: [&str; 6] = [
    "Nguyễn Thị Ngọc Ánh",
    "Trần Đình Thế",
    "Phạm Hữu Nghĩa",
    "Lê Thị Bưởi",
    "Hoàng Thị Phương Thảo",
    "Công Tằng Tôn Nữ Thị Quỳnh Nguyệt Ánh Phương Uyên",
];
const STREETS: [&str; 4] = [
    "Số 12 phố Hàng Bông",
    "Số 7, ngõ 40, phố Phan Bội Châu",
    "P. 1203, tòa nhà CT2A, khu đô thị Nam Thăng Long, đường Võ Chí Công kéo dài",
    "=HYPERLINK(\"http://x\") ngõ Hội Vũ",
];

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "papers".to_owned()));
    std::fs::create_dir_all(&folder).unwrap();
    let rows = std::env::var("ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(150);

    forms(&folder);
    sheets(&folder);
    let minutes = meeting();
    print(&folder, "minutes", &minutes.paper());
    let blank = Minutes {
        date: None,
        begun: None,
        ended: None,
        place: None,
        chair: None,
        secretary: None,
        present: None,
        invited: None,
        votes: Vec::new(),
        remarks: None,
        ..minutes
    };
    print(&folder, "minutes-blank", &blank.paper());
    print(&folder, "proposal", &proposal(rows).paper());
    print(&folder, "decision", &decision(40).paper());
    let list = certificate_list();
    std::fs::write(folder.join("certificates.pdf"), certificates(&list).unwrap()).unwrap();
}

fn print(folder: &Path, name: &str, paper: &Paper) {
    let begun = Instant::now();
    let pdf = paper.to_pdf().unwrap();
    let between = Instant::now();
    let xlsx = paper.to_xlsx().unwrap();
    println!(
        "{name}: {} KB PDF in {} ms, {} KB XLSX in {} ms",
        pdf.len() / 1024,
        (between - begun).as_millis(),
        xlsx.len() / 1024,
        between.elapsed().as_millis()
    );
    std::fs::write(folder.join(format!("{name}.pdf")), pdf).unwrap();
    std::fs::write(folder.join(format!("{name}.xlsx")), xlsx).unwrap();
}

fn forms(folder: &Path) {
    for (name, model) in [
        ("family", LearningModel::LearningFamily),
        ("clan", LearningModel::LearningClan),
        ("citizen", LearningModel::LearningCitizen),
    ] {
        let form = RegistrationForm::blank(model, 2026, true);
        print(folder, &format!("registration-{name}-blank"), &form.paper());
    }
    let filled = RegistrationForm {
        branch: Some("Chi hội Khuyến học Tổ dân phố số 5".to_owned()),
        association: Some("Hội Khuyến học phường Cửa Nam".to_owned()),
        name: Some(name(5)),
        address: Some(street(2)),
        phone: Some("0912 345 678".to_owned()),
        people: Some(5),
        note: Some("Gia đình có hai cháu đang học xa nhà, xin được bổ sung giấy khen vào tháng 6.".to_owned()),
        place: Some("Cửa Nam".to_owned()),
        date: Some(day(2, 5)),
        sample: false,
        ..RegistrationForm::blank(LearningModel::LearningFamily, 2026, false)
    };
    print(folder, "registration-filled", &filled.paper());
}

fn sheets(folder: &Path) {
    for (name, text) in SHIPPED {
        let set: CriteriaSet = check::read(text).unwrap();
        let marks: Vec<Mark> = set
            .indicators()
            .enumerate()
            .map(|(place, indicator)| match indicator.when_not_applicable {
                Some(_) if place % 4 == 1 => Mark::NotApplicable,
                _ => Mark::Points(indicator.maximum),
            })
            .collect();
        let blank = ScoreSheet {
            set: &set,
            year: 2026,
            stage: Stage::Own,
            name: None,
            address: None,
            branch: None,
            marks: None,
            notes: BTreeMap::new(),
            signer: None,
            place: None,
            date: None,
        };
        print(folder, &format!("score-{name}-blank"), &blank.paper());
        let filled = ScoreSheet {
            stage: Stage::Branch,
            name: Some(NAMES[0].to_owned()),
            address: Some(street(1)),
            branch: Some("Chi hội Khuyến học Tổ dân phố số 5".to_owned()),
            marks: Some(&marks),
            signer: Some("Vũ Đức Thọ".to_owned()),
            place: Some("Cửa Nam".to_owned()),
            date: Some(day(11, 12)),
            ..blank
        };
        print(folder, &format!("score-{name}"), &filled.paper());
    }
}

fn meeting() -> Minutes {
    let vote = |number: usize| Vote {
        name: name(number),
        address: street(number),
        total: Points::whole(80 + i64::try_from(number % 20).unwrap()).ok(),
        votes_for: 31,
        votes_against: 2,
        proposed: number % 9 != 8,
        remark: (number % 9 == 8).then(|| "còn cháu bỏ học giữa chừng, đề nghị phấn đấu năm sau".to_owned()),
    };
    Minutes {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        association: "Hội Khuyến học phường Cửa Nam".to_owned(),
        branch: "Chi hội Khuyến học Tổ dân phố số 5".to_owned(),
        date: Some(day(11, 12)),
        begun: NaiveTime::from_hms_opt(19, 30, 0),
        ended: NaiveTime::from_hms_opt(21, 5, 0),
        place: Some("Nhà văn hóa Tổ dân phố số 5, số 40 phố Phan Bội Châu".to_owned()),
        chair: Some("Vũ Đức Thọ".to_owned()),
        secretary: Some("Đỗ Thị Hằng".to_owned()),
        present: Some(33),
        invited: Some(41),
        votes: (0..30).map(vote).collect(),
        remarks: Some("Ông Trần Đình Thế đề nghị phường mở thêm lớp tin học cho người cao tuổi.".to_owned()),
    }
}

fn proposal(rows: usize) -> Proposal {
    let subject = |number: usize| Proposed {
        name: name(number),
        address: street(number),
        branch: format!("Tổ dân phố số {}", number / 157 + 1),
        total: Points::whole(80 + i64::try_from(number % 20).unwrap()).ok(),
        rank: None,
        remark: number.is_multiple_of(50).then(|| "Đăng ký muộn".to_owned()),
    };
    Proposal {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: true,
        parent: Some("Hội Khuyến học thành phố Hà Nội".to_owned()),
        association: "Hội Khuyến học phường Cửa Nam".to_owned(),
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        criteria: "Quyết định số 448/QĐ-KHVN ngày 01/12/2015 của Trung ương Hội Khuyến học Việt Nam".to_owned(),
        number: Some("12/TTr-HKH".to_owned()),
        place: "Cửa Nam".to_owned(),
        date: Some(day(11, 25)),
        registered: rows + rows / 8,
        subjects: (0..rows).map(subject).collect(),
        remarks: None,
        signer_title: None,
        signer: Some("Đặng Thị Kim Liên".to_owned()),
    }
}

fn decision(rows: usize) -> RecognisedList {
    let subject = |number: usize| Recognised {
        name: name(number),
        address: street(number),
        branch: "Tổ dân phố số 5".to_owned(),
        rank: Some("Tốt".to_owned()),
        certificate: Some(format!("{:05}/2026", number + 1)),
        remark: (number == 7).then(|| "Thu hồi".to_owned()),
    };
    RecognisedList {
        verdict: Verdict::Recognised,
        model: LearningModel::LearningUnit,
        year: 2026,
        sample: false,
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        number: "215/QĐ-UBND".to_owned(),
        date: day(12, 15),
        place: "Cửa Nam".to_owned(),
        capacity: vec!["TM. ỦY BAN NHÂN DÂN".to_owned(), "CHỦ TỊCH".to_owned()],
        signer: "Bùi Quốc Khánh".to_owned(),
        subjects: (0..rows).map(subject).collect(),
    }
}

fn certificate_list() -> Vec<Certificate> {
    let plain = Certificate {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        revoked: false,
        reprint: 0,
        holder: NAMES[0].to_owned(),
        address: format!("{}, phường Cửa Nam, thành phố Hà Nội", street(0)),
        rank: None,
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        decision: "215/QĐ-UBND".to_owned(),
        date: day(12, 15),
        place: "Cửa Nam".to_owned(),
        capacity: vec!["Chủ tịch".to_owned()],
        signer: "Bùi Quốc Khánh".to_owned(),
        number: "00017/2026/GCN-GĐHT".to_owned(),
        address_to_verify: "https://khuyenhoc.example/g/7K3M9QXT4WHC".to_owned(),
    };
    let long = Certificate {
        model: LearningModel::LearningUnit,
        reprint: 2,
        holder: "Trường Trung học phổ thông chuyên Khoa học Xã hội và Nhân văn trực thuộc Đại học Quốc gia thành phố"
            .to_owned(),
        address: format!("{}, phường Cửa Nam, thành phố Hà Nội", street(2)),
        rank: Some("Tốt".to_owned()),
        capacity: vec![
            "TM. Ủy ban nhân dân".to_owned(),
            "KT. Chủ tịch".to_owned(),
            "Phó Chủ tịch".to_owned(),
        ],
        signer: "Nguyễn Hoàng Phương Thảo Nguyên".to_owned(),
        address_to_verify: format!(
            "https://khuyenhoc.example/kiem-tra/giay-chung-nhan/{}",
            "7K3M9QXT4WHC".repeat(5)
        ),
        ..plain.clone()
    };
    let sample = Certificate {
        sample: true,
        holder: NAMES[5].to_owned(),
        ..plain.clone()
    };
    let revoked = Certificate {
        revoked: true,
        model: LearningModel::LearningClan,
        holder: "Họ Nguyễn Bá làng Yên Thái".to_owned(),
        ..plain.clone()
    };
    vec![plain, long, sample, revoked]
}

fn name(number: usize) -> String {
    NAMES[number % NAMES.len()].to_owned()
}

fn street(number: usize) -> String {
    STREETS[number % STREETS.len()].to_owned()
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}
