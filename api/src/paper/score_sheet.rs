//! Score sheets: a criteria set as a form, blank or with its marks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::value::Points;

use super::model::{Block, Column, Field, Letterhead, Manner, Paper, Row, Signatures, Signer, Table};
use super::words::{ModelWords, SAMPLE, issued_by, place_and_date, points, signer, words};
use crate::criteria::score::{Mark, Score, score};
use crate::criteria::set::{CriteriaSet, Indicator};

/// Whose sheet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The subject's own.
    Own,
    /// The branch meeting's.
    Branch,
    /// The ward association's.
    Ward,
}

/// A sheet; what is not known is left for a pen.
#[derive(Debug, Clone)]
pub struct ScoreSheet<'a> {
    /// The criteria.
    pub set: &'a CriteriaSet,
    /// The programme year.
    pub year: i32,
    /// Whose sheet it is.
    pub stage: Stage,
    /// Who is scored.
    pub name: Option<String>,
    /// Where.
    pub address: Option<String>,
    /// The branch's name.
    pub branch: Option<String>,
    /// One mark for each indicator in the set's order; none for a blank sheet.
    pub marks: Option<&'a [Mark]>,
    /// What is written beside indicators, by their codes.
    pub notes: BTreeMap<String, String>,
    /// Who signs.
    pub signer: Option<String>,
    /// The place of signing.
    pub place: Option<String>,
    /// The day of signing.
    pub date: Option<NaiveDate>,
}

impl ScoreSheet<'_> {
    /// The paper.
    pub fn paper(&self) -> Paper {
        let words = words(self.set.model);
        let year = self.year;
        let score = self.marks.map(|marks| score(self.set, marks));
        let issued = issued_by(&self.set.decision);
        let criteria = format!("({}; ban hành kèm theo {issued})", self.set.title.vi);
        let mut blocks = vec![
            Block::Fields(self.fields(&words)),
            Block::paragraph(Manner::Note, criteria),
            Block::paragraph(Manner::Note, self.set.introduction.vi.clone()),
            Block::Table(self.table(score.as_ref())),
        ];
        blocks.extend(self.result(score.as_ref()));
        blocks.push(Block::text(self.set.declaration.vi.clone()));
        Paper {
            letterhead: Letterhead::default(),
            title: match self.stage {
                Stage::Own => "PHIẾU TỰ CHẤM ĐIỂM",
                Stage::Branch => "PHIẾU CHẤM ĐIỂM CỦA CHI HỘI",
                Stage::Ward => "PHIẾU THẨM ĐỊNH CỦA HỘI KHUYẾN HỌC",
            }
            .to_owned(),
            subtitle: format!("Danh hiệu “{}” năm {year}", words.title),
            blocks,
            signatures: self.signatures(&words),
            footer: format!("{}, phiên bản {}", self.set.code, self.set.version),
            warning: self.set.sample.then(|| SAMPLE.to_owned()),
            ..Paper::default()
        }
    }

    fn fields(&self, words: &ModelWords) -> Vec<Vec<Field>> {
        let filled = self.name.is_some();
        let value = |value: &Option<String>| value.clone().or_else(|| filled.then(String::new));
        vec![
            vec![Field::new(words.name, self.name.clone())],
            vec![Field::new(words.address, value(&self.address))],
            vec![Field::new("Thuộc chi hội", value(&self.branch))],
        ]
    }

    fn table(&self, score: Option<&Score>) -> Table {
        let mut rows = Vec::new();
        let mut lines = (0..).map(|place: usize| {
            let mark = self.marks.and_then(|marks| marks.get(place));
            (
                mark,
                score.and_then(|score| score.counted.get(place).copied().flatten()),
            )
        });
        for group in &self.set.groups {
            let first = rows.len();
            let mut sum = Points::ZERO;
            for indicator in &group.indicators {
                let (mark, counted) = lines.next().unwrap_or_default();
                sum = sum.plus(counted.unwrap_or(Points::ZERO));
                rows.push(line(indicator, mark, counted, self.notes.get(&indicator.code)));
            }
            let sum = score.map_or_else(String::new, |_| points(sum));
            let cells = [
                group.code.clone(),
                group.title.vi.clone(),
                points(group.maximum),
                sum,
                String::new(),
            ];
            rows.insert(first, Row::strong(cells));
        }
        let total = score.map_or_else(String::new, |score| points(score.total));
        let cells = [
            String::new(),
            "Tổng cộng".to_owned(),
            points(self.set.maximum),
            total,
            String::new(),
        ];
        rows.push(Row::strong(cells));
        Table {
            // in a workbook of many sheets each bears the name of its subject
            name: self.name.clone().unwrap_or_else(|| "Phiếu chấm điểm".to_owned()),
            columns: vec![
                Column::middle("STT", 8),
                Column::text("Nội dung tiêu chí", 56),
                Column::numbers("Điểm tối đa", 11),
                Column::numbers("Điểm chấm", 11),
                Column::middle("Không áp dụng", 14),
            ],
            rows,
            for_pen: self.marks.is_none(),
        }
    }

    /// Total, rank and whether it passes, and how that is found.
    fn result(&self, score: Option<&Score>) -> Vec<Block> {
        let set = self.set;
        let mut rule = format!("Đạt danh hiệu khi tổng điểm từ {} trở lên", points(set.pass_total));
        if let Some(each) = set.pass_each {
            rule.push_str(&format!(" và không tiêu chí nào dưới {} điểm", points(each)));
        }
        rule.push('.');
        let ranks: Vec<String> = set
            .ranks
            .iter()
            .map(|rank| format!("{} từ {} điểm", rank.title.vi, points(rank.total)))
            .collect();
        if !ranks.is_empty() {
            rule.push_str(&format!(" Xếp loại: {}.", ranks.join("; ")));
        }
        let title = |code: &String| {
            set.ranks
                .iter()
                .find(|rank| rank.code == *code)
                .map(|rank| rank.title.vi.clone())
        };
        let passes = |score: &Score| if score.passes() { "Đạt" } else { "Chưa đạt" }.to_owned();
        let mut fields = vec![
            Field::new("Tổng điểm", score.map(|score| points(score.total))),
            Field::new("Kết quả", score.map(passes)),
        ];
        if !ranks.is_empty() {
            let rank = |score: &Score| {
                score
                    .rank
                    .as_ref()
                    .and_then(title)
                    .unwrap_or_else(|| "không".to_owned())
            };
            fields.push(Field::new("Xếp loại", score.map(rank)));
        }
        if score.is_some_and(|score| score.counted.iter().any(Option::is_none)) {
            let maximum = points(set.maximum);
            rule.push_str(&format!(
                " Tiêu chí không áp dụng được bỏ ra và tổng điểm được quy về thang {maximum} điểm."
            ));
        }
        vec![Block::paragraph(Manner::Note, rule), Block::Fields(vec![fields])]
    }

    fn signatures(&self, words: &ModelWords) -> Signatures {
        let date = Some(place_and_date(self.place.as_deref(), self.date, self.year));
        let name = self.signer.as_deref();
        let right = match self.stage {
            Stage::Own if words.people.is_none() => signer(&["NGƯỜI TỰ CHẤM ĐIỂM"], name),
            Stage::Own => signer(&[words.signer], name),
            Stage::Branch => signer(&["TM. CHI HỘI", "CHI HỘI TRƯỞNG"], name),
            Stage::Ward => signer(&["TM. BAN THƯỜNG VỤ", "CHỦ TỊCH"], name),
        };
        Signatures {
            recipients: Vec::new(),
            signers: vec![Signer {
                place_and_date: date,
                ..right
            }],
        }
    }
}

/// The row of an indicator.
fn line(indicator: &Indicator, mark: Option<&Mark>, counted: Option<Points>, note: Option<&String>) -> Row {
    let mut text = indicator.text.vi.clone();
    if let Some(evidence) = &indicator.evidence {
        text.push_str(&format!("\n(Minh chứng: {})", evidence.vi));
    }
    if let Some(note) = note {
        text.push_str(&format!("\n(Ghi chú: {note})"));
    }
    let not_applicable = match mark {
        Some(Mark::NotApplicable) => "x",
        // who holds a pen sees where no cross may stand
        None if indicator.when_not_applicable.is_none() => "–",
        _ => "",
    };
    let counted = match mark {
        Some(_) => counted.map_or_else(|| "–".to_owned(), points),
        None => String::new(),
    };
    Row::new([
        indicator.code.clone(),
        text,
        points(indicator.maximum),
        counted,
        not_applicable.to_owned(),
    ])
}
