//! The form on which a title is registered for, blank or filled in.

use chrono::NaiveDate;
use entity::vocabulary::LearningModel;

use super::model::{Block, Column, Field, Letterhead, Manner, Paper, Row, Signatures, Signer, Table};
use super::words::{SAMPLE, place_and_date, short_date, signer, words};

/// What is known of a registration; what is not is left for a pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationForm {
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether the criteria in force are a sample.
    pub sample: bool,
    /// The branch's name: `Chi hội Khuyến học Tổ dân phố số 5`.
    pub branch: Option<String>,
    /// The ward association's name: `Hội Khuyến học phường Cửa Nam`.
    pub association: Option<String>,
    /// Who registers.
    pub name: Option<String>,
    /// Who speaks for a clan, a unit or a community.
    pub representative: Option<String>,
    /// Where.
    pub address: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// How many people or families belong to it.
    pub people: Option<u32>,
    /// What they want to say.
    pub note: Option<String>,
    /// The place of signing.
    pub place: Option<String>,
    /// The day of signing.
    pub date: Option<NaiveDate>,
    /// Who is head of the branch.
    pub branch_head: Option<String>,
}

impl RegistrationForm {
    /// A form for a pen.
    pub fn blank(model: LearningModel, year: i32, sample: bool) -> Self {
        Self {
            model,
            year,
            sample,
            branch: None,
            association: None,
            name: None,
            representative: None,
            address: None,
            phone: None,
            people: None,
            note: None,
            place: None,
            date: None,
            branch_head: None,
        }
    }

    /// The paper.
    pub fn paper(&self) -> Paper {
        let Self { year, .. } = self;
        let words = words(self.model);
        let filled = self.name.is_some();
        // who registers signs; for all others somebody speaks
        let alone = matches!(
            self.model,
            LearningModel::LearningFamily | LearningModel::LearningCitizen
        );
        // on a form that is filled in an empty answer is an empty answer
        let value = |value: &Option<String>| value.clone().or_else(|| filled.then(String::new));
        let mut fields = vec![vec![Field::new(words.name, self.name.clone())]];
        if !alone {
            fields.push(vec![Field::new("Người đại diện", value(&self.representative))]);
        }
        fields.push(vec![Field::new(words.address, value(&self.address)).lines(2)]);
        let phone = Field::new("Điện thoại", value(&self.phone));
        fields.push(match words.people {
            Some(people) => vec![
                phone,
                Field::new(people, value(&self.people.map(|people| people.to_string()))),
            ],
            None => vec![phone],
        });
        fields.push(vec![Field::new("Thuộc chi hội", value(&self.branch))]);
        let mut blocks = vec![
            Block::paragraph(
                Manner::Centred,
                format!(
                    "Kính gửi: {};\n{}.",
                    self.branch
                        .as_deref()
                        .unwrap_or("Chi hội Khuyến học ................................"),
                    self.association
                        .as_deref()
                        .unwrap_or("Hội Khuyến học phường, xã ........................"),
                ),
            ),
            Block::Fields(fields),
            Block::text(format!(
                "Sau khi tìm hiểu mục đích, ý nghĩa và các tiêu chí của danh hiệu “{}”, {} tự nguyện đăng ký phấn đấu đạt danh \
                 hiệu “{}” năm {year} và xin thực hiện:",
                words.title,
                lower_first(words.speaker),
                words.title,
            )),
            Block::text("1. Học tập thường xuyên, tạo điều kiện và động viên mọi người cùng học tập."),
            Block::text("2. Phấn đấu đạt các tiêu chí của danh hiệu; tự chấm điểm trung thực vào cuối năm."),
            Block::text("3. Tham gia các hoạt động khuyến học, khuyến tài ở địa phương."),
        ];
        if self.note.is_some() || !filled {
            blocks.push(Block::Fields(vec![vec![
                Field::new("Ý kiến thêm", self.note.clone()).lines(2),
            ]]));
        }
        let mut right = signer(&[words.signer], None);
        right
            .name
            .clone_from(if alone { &self.name } else { &self.representative });
        right.place_and_date = Some(place_and_date(self.place.as_deref(), self.date, *year));
        // the branch confirms by hand, in its own time: the name stands ready, and where to sign as well
        let left = Signer {
            name: self.branch_head.clone(),
            ..signer(&["XÁC NHẬN CỦA CHI HỘI"], None)
        };
        Paper {
            letterhead: Letterhead::default(),
            title: "BẢN ĐĂNG KÝ".to_owned(),
            subtitle: format!("Phấn đấu đạt danh hiệu “{}” năm {year}", words.title),
            blocks,
            signatures: Signatures {
                recipients: Vec::new(),
                signers: vec![left, right],
            },
            footer: format!(
                "Bản đăng ký danh hiệu “{}” năm {year}. Việc đăng ký là tự nguyện.",
                words.title
            ),
            warning: self.sample.then(|| SAMPLE.to_owned()),
            ..Paper::default()
        }
    }
}

/// What forms say as one list, for who sorts and adds up.
pub fn list_of_forms(forms: &[RegistrationForm]) -> Paper {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let row = |(number, form): (usize, &RegistrationForm)| {
        Row::new([
            number.to_string(),
            words(form.model).title.to_owned(),
            form.year.to_string(),
            text(&form.name),
            text(&form.representative),
            text(&form.address),
            text(&form.phone),
            form.people.map_or_else(String::new, |people| people.to_string()),
            text(&form.branch),
            form.date.map_or_else(String::new, short_date),
            text(&form.note),
        ])
    };
    let columns = vec![
        Column::numbers("STT", 6),
        Column::text("Danh hiệu", 12),
        Column::numbers("Năm", 6),
        Column::text("Tên", 18),
        Column::text("Người đại diện", 12),
        Column::text("Địa chỉ", 20),
        Column::text("Điện thoại", 12),
        Column::numbers("Số người", 7),
        Column::text("Chi hội", 14),
        Column::middle("Ngày đăng ký", 10),
        Column::text("Ý kiến thêm", 16),
    ];
    Paper {
        title: "BẢN ĐĂNG KÝ".to_owned(),
        blocks: vec![Block::Table(Table {
            name: "Bản đăng ký".to_owned(),
            columns,
            rows: (1..).zip(forms).map(row).collect(),
            for_pen: false,
        })],
        warning: forms.iter().any(|form| form.sample).then(|| SAMPLE.to_owned()),
        ..Paper::default()
    }
}

/// The same with a small first letter, inside a sentence.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
