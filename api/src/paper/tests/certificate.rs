//! Certificates.

use chrono::NaiveDate;
use entity::vocabulary::LearningModel;

use super::{holds, inside, pages_of, texts};
use crate::paper::certificate::lay_out;
use crate::paper::sheet::{LONG, Mark, SHORT};
use crate::paper::{Certificate, PaperError, SAMPLE, certificates};

fn certificate() -> Certificate {
    Certificate {
        model: LearningModel::LearningFamily,
        year: 2026,
        sample: false,
        revoked: false,
        reprint: 0,
        holder: "Nguyễn Thị Ngọc Ánh".to_owned(),
        address: "Số 12 phố Hàng Bông, phường Cửa Nam, thành phố Hà Nội".to_owned(),
        rank: None,
        committee: "Ủy ban nhân dân phường Cửa Nam".to_owned(),
        decision: "215/QĐ-UBND".to_owned(),
        date: NaiveDate::from_ymd_opt(2026, 12, 15).unwrap(),
        place: "Cửa Nam".to_owned(),
        capacity: vec!["Chủ tịch".to_owned()],
        signer: "Bùi Quốc Khánh".to_owned(),
        number: "00017/2026".to_owned(),
        address_to_verify: "https://khuyenhoc.example/g/7K3M9QXT4WHC".to_owned(),
    }
}

fn stamps(certificate: &Certificate) -> Vec<String> {
    let stamp = |mark: &Mark| match mark {
        Mark::Stamp { text, .. } => Some(text.clone()),
        _ => None,
    };
    lay_out(certificate).unwrap().marks.iter().filter_map(stamp).collect()
}

#[test]
fn everything_stands_on_one_page_across() {
    let sheet = lay_out(&certificate()).unwrap();
    inside(&sheet);
    assert_eq!((sheet.width, sheet.height), (LONG, SHORT));
    for part in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "GIẤY CHỨNG NHẬN",
        "Nguyễn Thị Ngọc Ánh",
        "Địa chỉ: Số 12 phố Hàng Bông",
        "Đạt danh hiệu “Gia đình học tập” năm 2026",
        "Quyết định số 215/QĐ-UBND ngày 15 tháng 12 năm 2026",
        "ỦY BAN NHÂN DÂN PHƯỜNG CỬA NAM",
        "CHỦ TỊCH",
        "Bùi Quốc Khánh",
        "Số giấy chứng nhận: 00017/2026",
        "Để kiểm tra",
        "https://khuyenhoc.example/g/7K3M9QXT4WHC",
    ] {
        assert!(holds(&sheet, part), "{part}");
    }
    assert!(!holds(&sheet, "in lại") && !holds(&sheet, SAMPLE));
    assert_eq!(stamps(&certificate()), [""; 0]);
}

#[test]
fn names_of_a_hundred_characters_fit() {
    let sensible =
        "Trường Trung học phổ thông chuyên Khoa học Xã hội và Nhân văn trực thuộc Đại học Quốc gia thành phố";
    for holder in [sensible.to_owned(), "W".repeat(100), "Ễ ".repeat(50)] {
        let long = Certificate {
            address: "Ngõ ".repeat(50),
            address_to_verify: format!("https://khuyenhoc.example/{}", "x".repeat(94)),
            capacity: vec![
                "TM. Ủy ban nhân dân".to_owned(),
                "KT. Chủ tịch".to_owned(),
                "Phó Chủ tịch".to_owned(),
            ],
            signer: "Nguyễn Hoàng Phương Thảo Nguyên".to_owned(),
            reprint: 2,
            holder: holder.clone(),
            ..certificate()
        };
        let sheet = lay_out(&long).unwrap();
        inside(&sheet);
        let words: String = texts(&sheet).concat().split_whitespace().collect();
        let wanted: String = holder.split_whitespace().collect();
        assert!(words.contains(&wanted), "{words}");
        assert!(holds(&sheet, "Bản in lại lần 2"));
    }
}

#[test]
fn samples_and_revocations_are_seen_across_the_page() {
    let sample = Certificate {
        sample: true,
        ..certificate()
    };
    assert_eq!(stamps(&sample), ["MẪU"]);
    assert!(holds(&lay_out(&sample).unwrap(), SAMPLE));
    let revoked = Certificate {
        revoked: true,
        ..certificate()
    };
    assert_eq!(stamps(&revoked), ["THU HỒI"]);
}

#[test]
fn a_batch_is_one_page_each_and_the_same_again_when_printed_again() {
    let batch = vec![certificate(); 7];
    let pdf = certificates(&batch).unwrap();
    assert_eq!(pages_of(&pdf), 7);
    assert_eq!(pdf, certificates(&batch).unwrap());
    let endless = Certificate {
        address_to_verify: "x".repeat(3000),
        ..certificate()
    };
    assert!(matches!(certificates(&[endless]), Err(PaperError::Qr(_))));
}
