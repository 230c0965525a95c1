//! What every paper keeps: nothing sticks out, nothing is lost, nothing stands alone.

mod certificate;
mod makers;
mod workbook;

use super::layout::lay_out;
use super::model::{Block, Column, Field, Letterhead, Manner, Paper, Row, Signatures, Signer, Table};
use super::sheet::{Mark, Sheet};

/// All texts of a sheet, in the order in which they were set.
fn texts(sheet: &Sheet) -> Vec<&str> {
    let mut texts = Vec::new();
    for mark in &sheet.marks {
        if let Mark::Text { text, .. } = mark {
            texts.push(text.as_str());
        }
    }
    texts
}

fn holds(sheet: &Sheet, part: &str) -> bool {
    texts(sheet).iter().any(|text| text.contains(part))
}

/// Fails where a mark leaves its sheet, or the margins between which text stands.
fn inside(sheet: &Sheet) {
    let typeface = super::typeface::Typeface::get().unwrap();
    let margin = super::sheet::mm(14.0);
    for mark in &sheet.marks {
        if let Mark::Text {
            x,
            y,
            style,
            spread,
            text,
            ..
        } = mark
        {
            let blanks = super::sheet::times(text.matches(' ').count());
            let width = typeface.cut(style.face).width(text, style.size) + spread * blanks;
            assert!(
                *x >= margin && x + width <= sheet.width - margin,
                "{text} from {x}, {width} wide"
            );
            assert!(*y > margin / 2.0 && *y < sheet.height - margin / 2.0, "{text} at {y}");
            assert!(*spread >= 0.0, "{text}");
        }
    }
}

fn pages_of(pdf: &[u8]) -> usize {
    assert!(pdf.starts_with(b"%PDF-1.7"));
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type/Page").count() + text.matches("/Type /Page").count()
        - text.matches("/Type/Pages").count()
        - text.matches("/Type /Pages").count()
}

fn list(rows: usize) -> Paper {
    let row = |number: usize| {
        Row::new([
            number.to_string(),
            format!("Nguyễn Thị Người Thứ {number}"),
            "Số 1".to_owned(),
        ])
    };
    Paper {
        letterhead: Letterhead {
            issuer: Some("Hội Khuyến học phường Cửa Nam".to_owned()),
            ..Letterhead::default()
        },
        title: "DANH SÁCH".to_owned(),
        blocks: vec![Block::Table(Table {
            name: "Danh sách".to_owned(),
            columns: vec![
                Column::numbers("STT", 1),
                Column::text("Họ và tên", 4),
                Column::text("Địa chỉ", 4),
            ],
            rows: (1..=rows).map(row).collect(),
            for_pen: false,
        })],
        signatures: Signatures {
            recipients: Vec::new(),
            signers: vec![Signer {
                capacity: vec!["CHỦ TỊCH".to_owned()],
                name: Some("Đặng Thị Kim Liên".to_owned()),
                ..Signer::default()
            }],
        },
        ..Paper::default()
    }
}

#[test]
fn a_long_list_repeats_its_heading_and_numbers_its_pages_and_loses_nobody() {
    let sheets = lay_out(&list(400)).unwrap();
    assert!(sheets.len() > 8);
    for (number, sheet) in (1..).zip(&sheets) {
        inside(sheet);
        assert!(holds(sheet, &format!("Trang {number}/{}", sheets.len())));
        assert_eq!(
            texts(sheet).iter().filter(|text| **text == "STT").count(),
            1,
            "page {number}"
        );
    }
    let people: Vec<&str> = sheets
        .iter()
        .flat_map(texts)
        .filter(|text| text.starts_with("Nguyễn Thị Người Thứ"))
        .collect();
    let expected: Vec<String> = (1..=400)
        .map(|number| format!("Nguyễn Thị Người Thứ {number}"))
        .collect();
    assert_eq!(people, expected);
    assert_eq!(pages_of(&list(400).to_pdf().unwrap()), sheets.len());
}

#[test]
fn no_page_holds_signatures_alone() {
    for rows in 1..80 {
        let sheets = lay_out(&list(rows)).unwrap();
        let last = sheets.last().unwrap();
        assert!(holds(last, "CHỦ TỊCH") && holds(last, "Đặng Thị Kim Liên"), "{rows}");
        assert!(holds(last, &format!("Nguyễn Thị Người Thứ {rows}")), "{rows}");
        inside(last);
    }
}

#[test]
fn no_heading_ends_a_page_and_no_line_of_a_paragraph_stands_alone() {
    let filler = |count: usize| (0..count).map(|_| Block::text("Dòng.")).collect::<Vec<_>>();
    for before in 20..45 {
        let mut blocks = filler(before);
        blocks.push(Block::paragraph(Manner::Heading, "II. NỘI DUNG"));
        blocks.push(Block::text("từ ".repeat(90)));
        let sheets = lay_out(&Paper {
            blocks,
            ..Paper::default()
        })
        .unwrap();
        for sheet in &sheets {
            let lines = texts(sheet).iter().filter(|text| text.starts_with("từ")).count();
            assert_ne!(lines, 1, "{before}");
            assert!(!holds(sheet, "II. NỘI DUNG") || lines > 1, "{before}");
        }
    }
}

#[test]
fn the_heading_of_a_group_stays_with_its_first_row() {
    for before in 20..60 {
        let mut paper = list(before);
        if let Some(Block::Table(table)) = paper.blocks.first_mut() {
            table.rows.push(Row::strong(["", "NHÓM HAI", ""]));
            table.rows.push(Row::new(["1", "Người của nhóm hai", ""]));
        }
        let sheets = lay_out(&paper).unwrap();
        let sheet = sheets.iter().find(|sheet| holds(sheet, "NHÓM HAI")).unwrap();
        assert!(holds(sheet, "Người của nhóm hai"), "{before}");
    }
}

#[test]
fn whatever_people_write_stays_inside() {
    let long = "Nghiêng".repeat(60);
    let cell = "Một câu trả lời rất dài. ".repeat(250);
    let paper = Paper {
        letterhead: Letterhead {
            parent: Some("Hội Khuyến học thành phố Hà Nội ".repeat(3)),
            issuer: Some(long.clone()),
            number: Some("Số: 1/TTr".to_owned()),
            place_and_date: Some("Cửa Nam, ngày 05 tháng 02 năm 2026".to_owned()),
        },
        title: long.clone(),
        subtitle: format!("{long}\n{long}"),
        blocks: vec![
            Block::text(long.clone()),
            Block::paragraph(Manner::Centred, long.clone()),
            Block::Fields(vec![
                vec![
                    Field::new("Tên", Some(long.clone())),
                    Field::new(long.clone(), None).lines(3),
                ],
                vec![Field::new(long.clone(), Some(cell.clone()))],
                Vec::new(),
            ]),
            Block::Table(Table {
                columns: vec![Column::text(long.clone(), 1), Column::numbers("Điểm", 2)],
                rows: vec![
                    Row::new([cell.clone(), "8,5".to_owned(), "quá".to_owned()]),
                    Row::new([long.clone()]),
                ],
                ..Table::default()
            }),
            Block::Table(Table::default()),
        ],
        signatures: Signatures {
            recipients: vec![long.clone()],
            signers: vec![Signer {
                capacity: vec![long.clone()],
                name: Some(long.clone()),
                ..Signer::default()
            }],
        },
        footer: long,
        ..Paper::default()
    };
    let sheets = lay_out(&paper).unwrap();
    sheets.iter().for_each(inside);
    let shown = sheets
        .iter()
        .flat_map(texts)
        .flat_map(|text| text.matches("dài."))
        .count();
    assert_eq!(shown, 500, "both long answers are there to their ends");
    assert_eq!(pages_of(&paper.to_pdf().unwrap()), sheets.len());
    paper.to_xlsx().unwrap();
}

#[test]
fn equal_papers_give_equal_bytes() {
    let paper = list(60);
    assert_eq!(paper.to_pdf().unwrap(), paper.clone().to_pdf().unwrap());
    assert_eq!(paper.to_xlsx().unwrap(), paper.clone().to_xlsx().unwrap());
    assert_eq!(pages_of(&Paper::default().to_pdf().unwrap()), 1);
}
