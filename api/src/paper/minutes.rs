//! The minutes of the branch meeting that assesses the subjects of a year.

use chrono::{NaiveDate, NaiveTime, Timelike};
use entity::value::Points;
use entity::vocabulary::LearningModel;

use super::model::{Block, Column, Field, Letterhead, Manner, Paper, Row, Signatures, Table};
use super::words::{SAMPLE, count, long_date, points, signer, words};

/// How many empty rows a blank form has.
const BLANK_ROWS: usize = 12;

/// A meeting; what is not known is left for a pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minutes {
    /// The title that was assessed.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether the criteria in force are a sample.
    pub sample: bool,
    /// The ward association's name.
    pub association: String,
    /// The branch's name.
    pub branch: String,
    /// The day.
    pub date: Option<NaiveDate>,
    /// When it began.
    pub begun: Option<NaiveTime>,
    /// When it ended.
    pub ended: Option<NaiveTime>,
    /// Where it was held.
    pub place: Option<String>,
    /// Who led it.
    pub chair: Option<String>,
    /// Who wrote.
    pub secretary: Option<String>,
    /// How many came.
    pub present: Option<u32>,
    /// How many were asked to come.
    pub invited: Option<u32>,
    /// The votes, one for each subject; none leaves rows for a pen.
    pub votes: Vec<Vote>,
    /// Remarks of the meeting.
    pub remarks: Option<String>,
}

/// What the meeting decided of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// Who.
    pub name: String,
    /// Where.
    pub address: String,
    /// The branch's total.
    pub total: Option<Points>,
    /// Votes for it.
    pub votes_for: u32,
    /// Votes against it.
    pub votes_against: u32,
    /// Whether it is proposed.
    pub proposed: bool,
    /// A remark.
    pub remark: Option<String>,
}

impl Minutes {
    /// The paper.
    pub fn paper(&self) -> Paper {
        let words = words(self.model);
        let year = self.year;
        let held = self.date.is_some();
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let or_none = |text: &Option<String>| text.clone().or_else(|| held.then(|| "không".to_owned()));
        let mut blocks = vec![
            Block::text(format!(
                "Hôm nay, vào hồi {}, {}, {} tổ chức họp bình xét danh hiệu “{}” năm {year}.",
                time(self.begun),
                self.date
                    .map_or_else(|| format!("ngày ...... tháng ...... năm {year}"), long_date),
                self.branch,
                words.title,
            )),
            Block::Fields(vec![vec![Field::new("Địa điểm", self.place.clone())]]),
            Block::paragraph(Manner::Heading, "I. THÀNH PHẦN"),
            Block::Fields(vec![
                vec![
                    Field::new("Chủ trì", self.chair.clone()),
                    Field::new("Thư ký", self.secretary.clone()),
                ],
                vec![
                    Field::new("Số người được mời", number(self.invited)),
                    Field::new("Số người có mặt", number(self.present)),
                ],
            ]),
            Block::paragraph(Manner::Heading, "II. NỘI DUNG VÀ KẾT QUẢ BÌNH XÉT"),
            Block::text(format!(
                "Cuộc họp đã nghe báo cáo kết quả tự chấm điểm, thảo luận và biểu quyết từng {} như sau:",
                words.subject
            )),
            Block::Table(self.table(words.name)),
        ];
        if !self.votes.is_empty() {
            let proposed = self.votes.iter().filter(|vote| vote.proposed).count();
            blocks.push(Block::text(format!(
                "Kết quả: {} {} được đề nghị công nhận trên tổng số {} {} được bình xét.",
                count(proposed),
                words.subject,
                count(self.votes.len()),
                words.subject,
            )));
        }
        blocks.extend([
            Block::paragraph(Manner::Heading, "III. Ý KIẾN TẠI CUỘC HỌP"),
            Block::Fields(vec![vec![Field::new("Ý kiến", or_none(&self.remarks)).lines(3)]]),
            Block::text(format!(
                "Biên bản được đọc lại cho mọi người cùng nghe và thống nhất. Cuộc họp kết thúc vào hồi {} cùng ngày. Biên bản \
                 được lập thành 02 bản, chi hội lưu 01 bản, gửi {} 01 bản.",
                time(self.ended),
                self.association,
            )),
        ]);
        Paper {
            letterhead: Letterhead {
                parent: Some(self.association.clone()),
                issuer: Some(self.branch.clone()),
                ..Letterhead::default()
            },
            title: "BIÊN BẢN".to_owned(),
            subtitle: format!("Họp bình xét danh hiệu “{}” năm {year}", words.title),
            blocks,
            signatures: Signatures {
                recipients: Vec::new(),
                signers: vec![
                    signer(&["THƯ KÝ"], self.secretary.as_deref()),
                    signer(&["CHỦ TRÌ"], self.chair.as_deref()),
                ],
            },
            footer: format!("Biên bản bình xét “{}” năm {year}, {}", words.title, self.branch),
            warning: self.sample.then(|| SAMPLE.to_owned()),
            ..Paper::default()
        }
    }

    fn table(&self, name: &str) -> Table {
        let row = |(number, vote): (usize, &Vote)| {
            let verdict = if vote.proposed {
                "Đề nghị"
            } else {
                "Không đề nghị"
            };
            let remark = vote
                .remark
                .as_ref()
                .map_or_else(|| verdict.to_owned(), |remark| format!("{verdict}: {remark}"));
            Row::new([
                number.to_string(),
                vote.name.clone(),
                vote.address.clone(),
                vote.total.map_or_else(String::new, points),
                vote.votes_for.to_string(),
                vote.votes_against.to_string(),
                remark,
            ])
        };
        let blank = (1..=BLANK_ROWS).map(|number| Row::new([number.to_string()]));
        Table {
            name: "Kết quả bình xét".to_owned(),
            columns: vec![
                Column::numbers("STT", 8),
                Column::text(name, 27),
                Column::text("Địa chỉ", 24),
                Column::numbers("Điểm", 9),
                Column::numbers("Đồng ý", 9),
                Column::numbers("Không đồng ý", 11),
                Column::text("Kết luận", 18),
            ],
            rows: if self.votes.is_empty() {
                blank.collect()
            } else {
                (1..).zip(&self.votes).map(row).collect()
            },
            for_pen: self.votes.is_empty(),
        }
    }
}

/// `19 giờ 30 phút`.
fn time(time: Option<NaiveTime>) -> String {
    time.map_or_else(
        || "...... giờ ...... phút".to_owned(),
        |time| format!("{} giờ {:02} phút", time.hour(), time.minute()),
    )
}
