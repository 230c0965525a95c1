//! Words that several papers share.

use chrono::{Datelike, NaiveDate};
use entity::value::Points;
use entity::vocabulary::{LearningModel, RegistrationState};

use super::model::Signer;
use crate::criteria::set::Decision;

/// What a paper of a set says whose text was not verified against the official one.
pub const SAMPLE: &str = "MẪU - chưa phải văn bản chính thức";

/// What a title and its subjects are called.
pub(super) struct ModelWords {
    /// The title.
    pub title: &'static str,
    /// One subject, in a sentence.
    pub subject: &'static str,
    /// What the subject's name is called on a form.
    pub name: &'static str,
    /// Who speaks on a form.
    pub speaker: &'static str,
    /// Who signs for the subject.
    pub signer: &'static str,
    /// Its address on a form.
    pub address: &'static str,
    /// How many people belong to it; none where it is one person.
    pub people: Option<&'static str>,
}

/// The words for a title.
pub(super) fn words(model: LearningModel) -> ModelWords {
    match model {
        LearningModel::LearningFamily => ModelWords {
            title: "Gia đình học tập",
            subject: "gia đình",
            name: "Họ và tên chủ hộ",
            speaker: "Gia đình tôi",
            signer: "CHỦ HỘ",
            address: "Địa chỉ",
            people: Some("Số người trong gia đình"),
        },
        LearningModel::LearningClan => ModelWords {
            title: "Dòng họ học tập",
            subject: "dòng họ",
            name: "Tên dòng họ",
            speaker: "Dòng họ chúng tôi",
            signer: "TRƯỞNG DÒNG HỌ",
            address: "Địa chỉ liên hệ",
            people: Some("Số gia đình trong dòng họ"),
        },
        LearningModel::LearningUnit => ModelWords {
            title: "Đơn vị học tập",
            subject: "đơn vị",
            name: "Tên đơn vị",
            speaker: "Đơn vị chúng tôi",
            signer: "THỦ TRƯỞNG ĐƠN VỊ",
            address: "Trụ sở",
            people: Some("Số cán bộ, nhân viên"),
        },
        LearningModel::LearningCommunity => ModelWords {
            title: "Cộng đồng học tập",
            subject: "cộng đồng",
            name: "Tên thôn, tổ dân phố",
            speaker: "Cộng đồng chúng tôi",
            signer: "ĐẠI DIỆN CỘNG ĐỒNG",
            address: "Địa bàn",
            people: Some("Số hộ gia đình"),
        },
        LearningModel::LearningCitizen => ModelWords {
            title: "Công dân học tập",
            subject: "công dân",
            name: "Họ và tên",
            speaker: "Tôi",
            signer: "NGƯỜI ĐĂNG KÝ",
            address: "Nơi ở",
            people: None,
        },
    }
}

/// `05/11/2026`.
pub fn short_date(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

/// `ngày 05 tháng 11 năm 2026`; days below 10 and January and February have a nought, as the decree wants it.
pub(super) fn long_date(date: NaiveDate) -> String {
    let month = date.month();
    let nought = if month < 3 { "0" } else { "" };
    format!("ngày {:02} tháng {nought}{month} năm {}", date.day(), date.year())
}

/// The document that a criteria set comes from: `Quyết định số 448/QĐ-KHVN ngày 01/12/2015 của ..`. What kind of document it
/// is, its number says (Decree 30/2020/NĐ-CP, annex III: TT is Thông tư, QĐ is Quyết định).
pub fn issued_by(document: &Decision) -> String {
    let kind = if document.number.contains("/TT-") {
        "Thông tư"
    } else {
        "Quyết định"
    };
    let day = short_date(document.date);
    format!("{kind} số {} ngày {day} của {}", document.number, document.issuer.vi)
}

/// Where a registration stands.
pub(super) fn state(state: RegistrationState) -> &'static str {
    match state {
        RegistrationState::Draft => "Chưa gửi",
        RegistrationState::Submitted => "Chờ duyệt",
        RegistrationState::Returned => "Trả lại",
        RegistrationState::Approved => "Đã duyệt",
        RegistrationState::Rejected => "Từ chối",
        RegistrationState::Withdrawn => "Đã rút",
        RegistrationState::SelfScored => "Đã tự chấm điểm",
        RegistrationState::BranchAssessed => "Đã bình xét",
        RegistrationState::WardProposed => "Đã đề nghị",
        RegistrationState::Recognised => "Được công nhận",
        RegistrationState::NotRecognised => "Không công nhận",
        RegistrationState::Revoked => "Bị thu hồi",
    }
}

/// Place and date, with dots for what is not known yet.
pub(super) fn place_and_date(place: Option<&str>, date: Option<NaiveDate>, year: i32) -> String {
    let place = place.unwrap_or("..................");
    let date = date.map_or_else(|| format!("ngày ...... tháng ...... năm {year}"), long_date);
    format!("{place}, {date}")
}

/// Points with a comma: `8,5`.
pub(super) fn points(points: Points) -> String {
    points.to_string().replace('.', ",")
}

/// A count with points between thousands: `15.000`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// Who signs, by hand.
pub(super) fn signer(capacity: &[&str], name: Option<&str>) -> Signer {
    Signer {
        capacity: capacity.iter().map(|line| (*line).to_owned()).collect(),
        hint: name.is_none().then(|| "(Ký, ghi rõ họ tên)".to_owned()),
        name: name.map(str::to_owned),
        ..Signer::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_decree_wants_them() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        assert_eq!(long_date(date(2026, 2, 5)), "ngày 05 tháng 02 năm 2026");
        assert_eq!(long_date(date(2026, 3, 15)), "ngày 15 tháng 3 năm 2026");
        assert_eq!(short_date(date(2026, 3, 5)), "05/03/2026");
        assert_eq!(
            place_and_date(Some("Hà Nội"), None, 2026),
            "Hà Nội, ngày ...... tháng ...... năm 2026"
        );
    }

    #[test]
    fn numbers_are_written_the_vietnamese_way() {
        assert_eq!(points(Points::from_hundredths(850)), "8,5");
        assert_eq!(points(Points::from_hundredths(10_000)), "100");
        assert_eq!(
            [7, 157, 1000, 15_000, 1_234_567].map(count),
            ["7", "157", "1.000", "15.000", "1.234.567"]
        );
    }
}
