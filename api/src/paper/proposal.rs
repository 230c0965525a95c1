//! The submission (tờ trình) by which a ward association proposes subjects to the People's Committee, with its list.

use chrono::NaiveDate;
use entity::value::Points;
use entity::vocabulary::LearningModel;

use super::model::{Annex, Block, Column, Letterhead, Manner, Paper, Row, Signatures, Table};
use super::words::{SAMPLE, count, long_date, place_and_date, points, signer, words};

/// A submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether the criteria in force are a sample.
    pub sample: bool,
    /// The association above: `Hội Khuyến học thành phố Hà Nội`.
    pub parent: Option<String>,
    /// The ward association.
    pub association: String,
    /// To whom: `Ủy ban nhân dân phường Cửa Nam`.
    pub committee: String,
    /// The document the criteria come from: `Quyết định số 448/QĐ-KHVN ngày 01/12/2015 của ..`.
    pub criteria: String,
    /// Its number, `12/TTr-HKH`, where it has one already.
    pub number: Option<String>,
    /// Where it is issued.
    pub place: String,
    /// When, where it is issued already.
    pub date: Option<NaiveDate>,
    /// How many had registered.
    pub registered: usize,
    /// Who is proposed.
    pub subjects: Vec<Proposed>,
    /// What it says besides.
    pub remarks: Option<String>,
    /// Who signs.
    pub signer: Option<String>,
    /// As what; the president unless said.
    pub signer_title: Option<String>,
}

/// Somebody who is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Who.
    pub name: String,
    /// Where.
    pub address: String,
    /// The branch.
    pub branch: String,
    /// The total.
    pub total: Option<Points>,
    /// The rank, where there are ranks.
    pub rank: Option<String>,
    /// A remark.
    pub remark: Option<String>,
}

impl Proposal {
    /// The paper.
    pub fn paper(&self) -> Paper {
        let words = words(self.model);
        let year = self.year;
        let Self {
            association, committee, ..
        } = self;
        let proposed = count(self.subjects.len());
        let mut blocks = vec![
            Block::paragraph(Manner::Centred, format!("Kính gửi: {committee}.")),
            Block::text(format!("Căn cứ {};", self.criteria)),
            Block::text(format!(
                "Căn cứ biên bản họp bình xét của các chi hội khuyến học và kết quả thẩm định của {association},",
            )),
            Block::text(format!(
                "Năm {year} có {} {} đăng ký phấn đấu đạt danh hiệu “{}”. Sau khi tự chấm điểm, bình xét tại chi hội, niêm yết \
                 công khai và thẩm định, có {proposed} {} đủ điều kiện đề nghị công nhận.",
                count(self.registered),
                words.subject,
                words.title,
                words.subject,
            )),
            Block::text(format!(
                "{association} kính trình {committee} xem xét, quyết định công nhận danh hiệu “{}” năm {year} cho {proposed} {} \
                 (có danh sách kèm theo).",
                words.title, words.subject,
            )),
        ];
        blocks.extend(self.remarks.iter().map(Block::text));
        blocks.push(Block::text("Kính đề nghị quý cơ quan xem xét, quyết định./."));
        let number = self.number.as_deref().unwrap_or("......../TTr-HKH");
        let day = self
            .date
            .map_or_else(|| format!("ngày ...... tháng ...... năm {year}"), long_date);
        let title = self
            .signer_title
            .as_ref()
            .map_or_else(|| "CHỦ TỊCH".to_owned(), |title| title.to_uppercase());
        let president = || signer(&["TM. BAN THƯỜNG VỤ", &title], self.signer.as_deref());
        Paper {
            letterhead: Letterhead {
                parent: self.parent.clone(),
                issuer: Some(association.clone()),
                number: Some(format!("Số: {number}")),
                place_and_date: Some(place_and_date(Some(&self.place), self.date, year)),
            },
            title: "TỜ TRÌNH".to_owned(),
            subtitle: format!("Về việc đề nghị công nhận danh hiệu “{}” năm {year}", words.title),
            blocks,
            signatures: Signatures {
                recipients: vec!["Như trên;".to_owned(), "Lưu: Văn phòng Hội.".to_owned()],
                signers: vec![president()],
            },
            annexes: vec![Annex {
                title: "DANH SÁCH".to_owned(),
                subtitle: format!(
                    "Đề nghị công nhận danh hiệu “{}” năm {year}\n(Kèm theo Tờ trình số {number} {day} của {association})",
                    words.title
                ),
                blocks: vec![
                    Block::Table(self.table(words.name)),
                    Block::text(format!("Danh sách có {proposed} {}./.", words.subject)),
                ],
                signatures: Signatures {
                    recipients: Vec::new(),
                    signers: vec![president()],
                },
            }],
            footer: format!("Tờ trình số {number} của {association}"),
            warning: self.sample.then(|| SAMPLE.to_owned()),
        }
    }

    fn table(&self, name: &str) -> Table {
        let ranked = self.subjects.iter().any(|subject| subject.rank.is_some());
        let mut columns = vec![
            Column::numbers("STT", 9),
            Column::text(name, 27),
            Column::text("Địa chỉ", 28),
            Column::text("Chi hội", 20),
            Column::numbers("Tổng điểm", 10),
        ];
        columns.extend(ranked.then(|| Column::middle("Xếp loại", 11)));
        columns.push(Column::text("Ghi chú", 12));
        let row = |(number, subject): (usize, &Proposed)| {
            let mut cells = vec![
                number.to_string(),
                subject.name.clone(),
                subject.address.clone(),
                subject.branch.clone(),
                subject.total.map_or_else(String::new, points),
            ];
            cells.extend(ranked.then(|| subject.rank.clone().unwrap_or_default()));
            cells.push(subject.remark.clone().unwrap_or_default());
            Row::new(cells)
        };
        Table {
            name: "Danh sách đề nghị".to_owned(),
            columns,
            rows: (1..).zip(&self.subjects).map(row).collect(),
            for_pen: false,
        }
    }
}
