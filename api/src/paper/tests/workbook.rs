//! Workbooks.

use std::io::{Cursor, Read};

use super::{Block, Column, Paper, Row, Table};

/// A part of a workbook, unpacked.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn table(name: &str) -> Block {
    Block::Table(Table {
        name: name.to_owned(),
        columns: vec![Column::text("Họ và tên", 3), Column::numbers("Điểm", 1)],
        rows: vec![
            Row::new(["=HYPERLINK(\"http://x\")", "8,5"]),
            Row::new(["+84 912", "=1+1"]),
            Row::new(["-1", "–"]),
            Row::strong(["@SUM(A1)", "100"]),
        ],
        for_pen: false,
    })
}

#[test]
fn what_looks_like_a_formula_stays_text_and_numbers_are_numbers() {
    let paper = Paper {
        title: "=CMD()".to_owned(),
        blocks: vec![table("Danh sách")],
        ..Paper::default()
    };
    let bytes = paper.to_xlsx().unwrap();
    for sheet in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
        assert!(!part(&bytes, sheet).contains("<f>"), "no formula in {sheet}");
    }
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    let texts = part(&bytes, "xl/sharedStrings.xml");
    for text in [
        "=HYPERLINK(\"http://x\")",
        "+84 912",
        "=1+1",
        ">-1<",
        "@SUM(A1)",
        "=CMD()",
    ] {
        assert!(texts.contains(text), "{text}: {texts}");
    }
    assert!(sheet.contains("<v>8.5</v>") && sheet.contains("<v>100</v>"), "{sheet}");
    assert!(
        sheet.contains("state=\"frozen\"") && sheet.contains("ySplit=\"1\""),
        "{sheet}"
    );
    assert!(sheet.contains("<cols>"), "{sheet}");
}

#[test]
fn tables_have_sheets_of_their_own_whatever_they_are_called() {
    let blocks = [
        "Danh sách",
        "Danh sách",
        "a/b:c*?[]",
        "",
        "Tên rất dài, dài hơn ba mươi mốt chữ cái",
    ]
    .map(table)
    .to_vec();
    let bytes = Paper {
        blocks,
        ..Paper::default()
    }
    .to_xlsx()
    .unwrap();
    let book = part(&bytes, "xl/workbook.xml");
    for name in [
        "\"Danh sách\"",
        "\"Danh sách 2\"",
        "\"abc\"",
        "\"Bảng\"",
        "\"Thông tin\"",
    ] {
        assert!(book.contains(&format!("name={name}")), "{name}: {book}");
    }
}

#[test]
fn sheets_of_several_papers_have_names_that_no_program_takes_for_the_same() {
    let paper = |name: &str| Paper {
        title: name.to_owned(),
        blocks: vec![table(name)],
        ..Paper::default()
    };
    let papers = ["Lê Thị Bưởi", "LÊ THỊ BƯỞI", "Lê Thị Bưởi 2", "history", "Thông tin"].map(paper);
    let bytes = crate::paper::to_xlsx(&papers).unwrap();
    let book = part(&bytes, "xl/workbook.xml");
    for name in [
        "\"Lê Thị Bưởi\"",
        "\"LÊ THỊ BƯỞI 2\"",
        "\"Lê Thị Bưởi 2 2\"",
        "\"Bảng\"",
        "\"Thông tin\"",
        "\"Thông tin 2\"",
    ] {
        assert!(book.contains(&format!("name={name}")), "{name}: {book}");
    }
}
