//! The papers the associations fill in and sign.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::value::Points;
use entity::vocabulary::LearningModel;

use super::{holds, inside, lay_out, texts};
use crate::criteria::check;
use crate::criteria::score::{Mark, score};
use crate::criteria::shipped::SHIPPED;
use crate::paper::sheet::{Mark as Drawn, Sheet};
use crate::paper::{
    Minutes, Paper, Proposal, Proposed, RecognisedList, Register, Registered, RegistrationForm, SAMPLE, ScoreSheet,
    Stage, Verdict, Vote,
};

fn laid_out(paper: &Paper) -> Vec<Sheet> {
    let sheets = lay_out(paper).unwrap();
    sheets.iter().for_each(inside);
    sheets
}

fn dotted(sheets: &[Sheet]) -> usize {
    let marks = sheets.iter().flat_map(|sheet| &sheet.marks);
    marks
        .filter(|mark| matches!(mark, Drawn::Line { dotted: true, .. }))
        .count()
}

fn all(sheets: &[Sheet]) -> String {
    sheets.iter().flat_map(texts).collect::<Vec<_>>().join(" ")
}

fn date() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 11, 12)
}

#[test]
fn a_blank_form_leaves_room_for_a_pen_and_a_filled_one_does_not() {
    for model in [
        LearningModel::LearningFamily,
        LearningModel::LearningClan,
        LearningModel::LearningUnit,
        LearningModel::LearningCommunity,
        LearningModel::LearningCitizen,
    ] {
        let blank = RegistrationForm::blank(model, 2026, true);
        let sheets = laid_out(&blank.paper());
        assert_eq!(sheets.len(), 1, "{model:?}");
        assert!(dotted(&sheets) >= 6, "{model:?}");
        assert!(holds(&sheets[0], SAMPLE));

        let filled = RegistrationForm {
            name: Some("Nguyễn Thị Ngọc Ánh".to_owned()),
            sample: false,
            ..blank
        };
        let sheets = laid_out(&filled.paper());
        assert_eq!(dotted(&sheets), 0, "{model:?}");
        assert!(holds(&sheets[0], "Nguyễn Thị Ngọc Ánh") && !holds(&sheets[0], SAMPLE));
    }
}

#[test]
fn every_shipped_set_is_printed_with_all_its_indicators() {
    for (name, text) in SHIPPED {
        let set = check::read(text).unwrap();
        let sheet = ScoreSheet {
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
        let sheets = laid_out(&sheet.paper());
        for page in &sheets {
            assert_eq!(holds(page, SAMPLE), set.sample, "{name}");
        }
        let shown: Vec<&str> = sheets.iter().flat_map(texts).collect();
        for indicator in set.indicators() {
            assert!(shown.contains(&indicator.code.as_str()), "{name} {}", indicator.code);
        }
    }
}

#[test]
fn a_filled_sheet_shows_what_scoring_says() {
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == "family-448-2015").unwrap();
    let set = check::read(text).unwrap();
    let mut marks: Vec<Mark> = set
        .indicators()
        .map(|indicator| Mark::Points(indicator.maximum))
        .collect();
    marks[1] = Mark::NotApplicable;
    marks[3] = Mark::Points(Points::whole(5).unwrap());
    let total = score(&set, &marks).total;
    let sheet = ScoreSheet {
        set: &set,
        year: 2026,
        stage: Stage::Branch,
        name: Some("Lê Thị Bưởi".to_owned()),
        address: None,
        branch: None,
        marks: Some(&marks),
        notes: BTreeMap::new(),
        signer: Some("Vũ Đức Thọ".to_owned()),
        place: Some("Cửa Nam".to_owned()),
        date: date(),
    };
    let shown = all(&laid_out(&sheet.paper()));
    let total = total.to_string().replace('.', ",");
    assert_eq!(total, "94,44");
    assert!(shown.contains(&format!("Tổng cộng 100 {total}")), "{shown}");
    assert!(shown.contains(&format!("Tổng điểm: {total} Kết quả: Đạt")), "{shown}");
    assert!(
        shown.contains("10 – x"),
        "the line that does not apply has a cross: {shown}"
    );
    assert!(shown.contains("quy về thang 100 điểm"), "{shown}");
    assert!(shown.contains("Cửa Nam, ngày 12 tháng 11 năm 2026"), "{shown}");
}

fn minutes(votes: Vec<Vote>) -> Minutes {
    Minutes {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        association: "Hội Khuyến học phường Cửa Nam".to_owned(),
        branch: "Chi hội Khuyến học Tổ dân phố số 5".to_owned(),
        date: None,
        begun: None,
        ended: None,
        place: None,
        chair: None,
        secretary: None,
        present: None,
        invited: None,
        votes,
        remarks: None,
    }
}

#[test]
fn minutes_tell_votes_and_how_many_are_proposed() {
    let vote = |proposed| Vote {
        name: "Phạm Hữu Nghĩa".to_owned(),
        address: "Số 7, ngõ 40".to_owned(),
        total: Points::whole(85).ok(),
        votes_for: 31,
        votes_against: 2,
        proposed,
        remark: None,
    };
    let held = Minutes {
        date: date(),
        present: Some(33),
        ..minutes(vec![vote(true), vote(false), vote(true)])
    };
    let shown = all(&laid_out(&held.paper()));
    assert!(
        shown.contains("2 gia đình được đề nghị công nhận trên tổng số 3 gia đình"),
        "{shown}"
    );
    assert!(shown.contains("85 31 2 Đề nghị"), "{shown}");
    assert!(
        shown.contains("Số người có mặt: 33") && shown.contains("Ý kiến: không"),
        "{shown}"
    );

    let blank = laid_out(&minutes(Vec::new()).paper());
    assert!(dotted(&blank) >= 8);
    assert!(all(&blank).contains("vào hồi ...... giờ ...... phút"));
}

#[test]
fn a_submission_has_its_list_on_pages_of_its_own() {
    let subject = |number: usize| Proposed {
        name: format!("Người thứ {number}"),
        address: "Số 1".to_owned(),
        branch: "Tổ dân phố số 5".to_owned(),
        total: None,
        rank: None,
        remark: None,
    };
    let proposal = Proposal {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        parent: Some("Hội Khuyến học thành phố Hà Nội".to_owned()),
        association: "Hội Khuyến học phường Cửa Nam".to_owned(),
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        criteria: "Quyết định số 448/QĐ-KHVN".to_owned(),
        number: None,
        place: "Cửa Nam".to_owned(),
        date: None,
        registered: 1_200,
        subjects: (1..=1_050).map(subject).collect(),
        remarks: None,
        signer_title: None,
        signer: None,
    };
    let sheets = laid_out(&proposal.paper());
    let shown = texts(&sheets[0]).join(" ");
    assert!(
        shown.contains("Năm 2026 có 1.200 gia đình") && shown.contains("1.050 gia đình"),
        "{shown}"
    );
    assert!(
        shown.contains("Số: ......../TTr-HKH") && shown.contains("Nơi nhận:"),
        "{shown}"
    );
    assert!(!holds(&sheets[0], "Người thứ") && !holds(&sheets[0], "DANH SÁCH"));
    assert!(holds(&sheets[1], "DANH SÁCH") && holds(&sheets[1], "Người thứ 1"));
    let last = sheets.last().unwrap();
    assert!(holds(last, "Danh sách có 1.050 gia đình./.") && holds(last, "(Ký, ghi rõ họ tên)"));
}

#[test]
fn the_list_of_a_decision_names_the_decision_and_its_signer() {
    let list = RecognisedList {
        verdict: Verdict::Recognised,
        model: LearningModel::LearningClan,
        year: 2026,
        sample: true,
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        number: "215/QĐ-UBND".to_owned(),
        date: date().unwrap(),
        place: "Cửa Nam".to_owned(),
        capacity: vec!["TM. ỦY BAN NHÂN DÂN".to_owned(), "CHỦ TỊCH".to_owned()],
        signer: "Bùi Quốc Khánh".to_owned(),
        subjects: Vec::new(),
    };
    let shown = all(&laid_out(&list.paper()));
    for part in [
        "215/QĐ-UBND",
        "“Dòng họ học tập” năm 2026",
        "Bùi Quốc Khánh",
        "0 dòng họ",
        SAMPLE,
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_register_says_how_far_each_has_come() {
    use entity::vocabulary::RegistrationState;

    let registered = |state: &RegistrationState| Registered {
        name: "Công Tằng Tôn Nữ Thị Quỳnh Nguyệt Ánh Phương Uyên".to_owned(),
        address: "Số 7, ngõ 40, phố Phan Bội Châu".to_owned(),
        branch: "Tổ dân phố số 5".to_owned(),
        date: date().unwrap(),
        state: *state,
        total: Points::whole(85).ok(),
        remark: None,
    };
    let register = Register {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        association: "Hội Khuyến học phường Cửa Nam".to_owned(),
        branch: None,
        place: "Cửa Nam".to_owned(),
        date: date().unwrap(),
        subjects: RegistrationState::ALL.iter().map(registered).collect(),
        signer: None,
    };
    let day = crate::paper::short_date(date().unwrap());
    let is_whole = |shown: &str| shown.matches(day.as_str()).count() >= RegistrationState::ALL.len();
    let shown = all(&laid_out(&register.paper()));
    for part in [
        "DANH SÁCH ĐĂNG KÝ",
        "Tổ dân phố",
        "Trả lại",
        "CHỦ TỊCH",
        "(Ký, ghi rõ họ tên)",
        "10 gia đình đăng ký",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(is_whole(&shown), "a day is never parted: {shown}");
    let of_branch = Register {
        branch: Some("Chi hội 5".to_owned()),
        signer: Some("Vũ Đức Thọ".to_owned()),
        ..register
    };
    let shown = all(&laid_out(&of_branch.paper()));
    assert!(
        shown.contains("CHI HỘI TRƯỞNG") && shown.contains("Vũ Đức Thọ"),
        "{shown}"
    );
    assert!(
        !shown.contains("Tổ dân phố"),
        "a branch's register is of one branch: {shown}"
    );
}

#[test]
fn copies_are_the_same_pages_again() {
    let form = RegistrationForm::blank(LearningModel::LearningFamily, 2026, false).paper();
    let pages = |papers: &[Paper], copies| super::pages_of(&crate::paper::to_pdf(papers, copies).unwrap());
    assert_eq!(pages(std::slice::from_ref(&form), 3), 3);
    assert_eq!(pages(&[form.clone(), form], 2), 4);
}
