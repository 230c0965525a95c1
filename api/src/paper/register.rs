//! The register of a branch or ward: who has registered for a title in a year, and how far it has come.

use chrono::NaiveDate;
use entity::value::Points;
use entity::vocabulary::{LearningModel, RegistrationState};

use super::model::{Block, Column, Letterhead, Paper, Row, Signatures, Signer, Table};
use super::words::{SAMPLE, count, place_and_date, points, short_date, signer, state, words};

/// A register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether criteria that somebody was marked by are a sample.
    pub sample: bool,
    /// The ward association's name.
    pub association: String,
    /// The branch's name; none where the register is the ward's.
    pub branch: Option<String>,
    /// Where it is printed.
    pub place: String,
    /// The day it says how things stood on.
    pub date: NaiveDate,
    /// Who has registered.
    pub subjects: Vec<Registered>,
    /// Who signs.
    pub signer: Option<String>,
}

/// Somebody who has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Who.
    pub name: String,
    /// Where.
    pub address: String,
    /// The branch.
    pub branch: String,
    /// The day of registering.
    pub date: NaiveDate,
    /// How far it has come.
    pub state: RegistrationState,
    /// The total of the last sheet that was signed.
    pub total: Option<Points>,
    /// A remark.
    pub remark: Option<String>,
}

impl Register {
    /// The paper.
    pub fn paper(&self) -> Paper {
        let words = words(self.model);
        let year = self.year;
        let issuer = self.branch.as_ref().unwrap_or(&self.association);
        let capacity: &[&str] = if self.branch.is_some() {
            &["TM. CHI HỘI", "CHI HỘI TRƯỞNG"]
        } else {
            &["TM. BAN THƯỜNG VỤ", "CHỦ TỊCH"]
        };
        let reached = |wanted: fn(RegistrationState) -> bool| {
            count(self.subjects.iter().filter(|subject| wanted(subject.state)).count())
        };
        Paper {
            letterhead: Letterhead {
                parent: self.branch.as_ref().map(|_| self.association.clone()),
                issuer: Some(issuer.clone()),
                place_and_date: Some(place_and_date(Some(&self.place), Some(self.date), year)),
                ..Letterhead::default()
            },
            title: "DANH SÁCH ĐĂNG KÝ".to_owned(),
            subtitle: format!("Phấn đấu đạt danh hiệu “{}” năm {year}", words.title),
            blocks: vec![
                Block::Table(self.table(words.name)),
                Block::text(format!(
                    "Tính đến ngày {}: {} {} đăng ký, {} đã được chi hội duyệt, {} được công nhận.",
                    short_date(self.date),
                    reached(RegistrationState::is_sent_in),
                    words.subject,
                    reached(RegistrationState::is_accepted),
                    reached(|state| state == RegistrationState::Recognised),
                )),
            ],
            signatures: Signatures {
                recipients: Vec::new(),
                signers: vec![Signer {
                    name: self.signer.clone(),
                    ..signer(capacity, None)
                }],
            },
            footer: format!("Danh sách đăng ký danh hiệu “{}” năm {year} - {issuer}", words.title),
            warning: self.sample.then(|| SAMPLE.to_owned()),
            ..Paper::default()
        }
    }

    fn table(&self, name: &str) -> Table {
        let of_ward = self.branch.is_none();
        let mut columns = vec![
            Column::numbers("STT", 11),
            Column::text(name, 22),
            Column::text("Địa chỉ", 22),
        ];
        // a ward's branches have long names, and every row has one
        columns.extend(of_ward.then(|| Column::text("Chi hội", 24)));
        columns.extend([
            Column::middle("Ngày đăng ký", 19),
            Column::text("Tình trạng", 17),
            Column::numbers("Điểm", 13),
            Column::text("Ghi chú", 11),
        ]);
        let row = |(number, subject): (usize, &Registered)| {
            let mut cells = vec![number.to_string(), subject.name.clone(), subject.address.clone()];
            cells.extend(of_ward.then(|| subject.branch.clone()));
            cells.extend([
                short_date(subject.date),
                state(subject.state).to_owned(),
                subject.total.map_or_else(String::new, points),
                subject.remark.clone().unwrap_or_default(),
            ]);
            Row::new(cells)
        };
        Table {
            name: "Danh sách đăng ký".to_owned(),
            columns,
            rows: (1..).zip(&self.subjects).map(row).collect(),
            for_pen: false,
        }
    }
}
