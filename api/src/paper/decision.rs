//! The list that goes with the decision of recognition by the ward's People's Committee.

use chrono::NaiveDate;
use entity::vocabulary::LearningModel;

use super::model::{Block, Column, Letterhead, Paper, Row, Signatures, Table};
use super::words::{SAMPLE, count, long_date, place_and_date, signer, words};

/// What a decision does with titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Gives them.
    Recognised,
    /// Takes them away.
    Revoked,
}

impl Verdict {
    const fn words(self) -> &'static str {
        match self {
            Self::Recognised => "Công nhận",
            Self::Revoked => "Thu hồi",
        }
    }
}

/// The list of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecognisedList {
    /// What the decision does.
    pub verdict: Verdict,
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether the criteria in force are a sample.
    pub sample: bool,
    /// Who decided: `Ủy ban nhân dân phường Cửa Nam`.
    pub committee: String,
    /// The number of the decision: `215/QĐ-UBND`.
    pub number: String,
    /// The day of the decision.
    pub date: NaiveDate,
    /// Where it was issued.
    pub place: String,
    /// For whom the signer signs, and as what: `["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]`.
    pub capacity: Vec<String>,
    /// Who signed.
    pub signer: String,
    /// Who is recognised.
    pub subjects: Vec<Recognised>,
}

/// Somebody who is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Who.
    pub name: String,
    /// Where.
    pub address: String,
    /// The branch.
    pub branch: String,
    /// The rank, where there are ranks.
    pub rank: Option<String>,
    /// The number of the certificate.
    pub certificate: Option<String>,
    /// A remark: that it was revoked, for one.
    pub remark: Option<String>,
}

impl RecognisedList {
    /// The paper.
    pub fn paper(&self) -> Paper {
        let words = words(self.model);
        let year = self.year;
        let committee = &self.committee;
        let capacity: Vec<&str> = self.capacity.iter().map(String::as_str).collect();
        Paper {
            letterhead: Letterhead {
                issuer: Some(committee.clone()),
                place_and_date: Some(place_and_date(Some(&self.place), Some(self.date), year)),
                ..Letterhead::default()
            },
            title: "DANH SÁCH".to_owned(),
            subtitle: format!(
                "{} danh hiệu “{}” năm {year}\n(Kèm theo Quyết định số {} {} của {committee})",
                self.verdict.words(),
                words.title,
                self.number,
                long_date(self.date),
            ),
            blocks: vec![
                Block::Table(self.table(words.name)),
                Block::text(format!(
                    "Danh sách có {} {}./.",
                    count(self.subjects.len()),
                    words.subject
                )),
            ],
            signatures: Signatures {
                recipients: Vec::new(),
                signers: vec![signer(&capacity, Some(&self.signer))],
            },
            footer: format!("Kèm theo Quyết định số {} của {committee}", self.number),
            warning: self.sample.then(|| SAMPLE.to_owned()),
            ..Paper::default()
        }
    }

    fn table(&self, name: &str) -> Table {
        let ranked = self.subjects.iter().any(|subject| subject.rank.is_some());
        let mut columns = vec![
            Column::numbers("STT", 9),
            Column::text(name, 25),
            Column::text("Địa chỉ", 25),
            Column::text("Chi hội", 17),
        ];
        columns.extend(ranked.then(|| Column::middle("Xếp loại", 11)));
        columns.extend([Column::middle("Số giấy chứng nhận", 18), Column::text("Ghi chú", 16)]);
        let row = |(number, subject): (usize, &Recognised)| {
            let mut cells = vec![
                number.to_string(),
                subject.name.clone(),
                subject.address.clone(),
                subject.branch.clone(),
            ];
            cells.extend(ranked.then(|| subject.rank.clone().unwrap_or_default()));
            cells.extend([&subject.certificate, &subject.remark].map(|cell| cell.clone().unwrap_or_default()));
            Row::new(cells)
        };
        Table {
            name: format!("Danh sách {}", self.verdict.words().to_lowercase()),
            columns,
            rows: (1..).zip(&self.subjects).map(row).collect(),
            for_pen: false,
        }
    }
}
