//! The tables of a paper as a workbook, for who sorts and adds up. Every text is written as text, so a name that begins
//! with `=` stays a name; only cells of columns of numbers are numbers.

use std::collections::HashSet;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use unicode_normalization::UnicodeNormalization;

use super::error::PaperError;
use super::model::{Align, Block, Column, Paper, Signatures, Table};

/// A cell holds 32,767 UTF-16 units; no text of ours comes near half of it.
const CELL_LIMIT: usize = 16_000;
/// A sheet's name holds 31 characters.
const NAME_LIMIT: usize = 31;
/// So wide is a table altogether, in characters: an A4 page.
const WIDTH: f64 = 95.0;
/// A4, in the numbering of workbooks.
const A4: u8 = 9;

/// Writes the workbook.
pub(super) fn write(papers: &[Paper]) -> Result<Vec<u8>, PaperError> {
    let mut workbook = Workbook::new();
    // a workbook has a day of making, and ours shall not tell equal papers apart
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(papers.first().map_or("", |paper| &paper.title))
            .set_creation_datetime(&made),
    );
    let mut taken = HashSet::new();
    for paper in papers {
        let annexed = paper.annexes.iter().flat_map(|annex| &annex.blocks);
        for block in paper.blocks.iter().chain(annexed) {
            if let Block::Table(table) = block {
                let name = name_of(&mut taken, &table.name);
                let sheet = workbook.add_worksheet();
                sheet.set_name(name)?;
                write_table(sheet, table, paper)?;
            }
        }
    }
    let name = name_of(&mut taken, "Thông tin");
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    write_text(sheet, papers)?;
    Ok(workbook.save_to_buffer()?)
}

/// A name that workbooks allow and that no other sheet has, capitals aside; `History` is a workbook's own.
fn name_of(taken: &mut HashSet<String>, wanted: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') && !c.is_control();
    let short: String = wanted.nfc().filter(allowed).take(NAME_LIMIT - 5).collect();
    let short = match short.trim() {
        "" => "Bảng",
        name if name.eq_ignore_ascii_case("history") => "Bảng",
        name => name,
    };
    let numbered = (2..).map(|number| format!("{short} {number}"));
    let mut names = std::iter::once(short.to_owned()).chain(numbered);
    // there are as many names as numbers
    names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
}

fn write_table(sheet: &mut Worksheet, table: &Table, paper: &Paper) -> Result<(), XlsxError> {
    let heading = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter);
    let shares: f64 = table.columns.iter().map(|column| f64::from(column.share.max(1))).sum();
    let mut formats = Vec::with_capacity(table.columns.len());
    for (place, column) in (0u16..).zip(&table.columns) {
        sheet.set_column_width(place, WIDTH * f64::from(column.share.max(1)) / shares)?;
        sheet.write_string_with_format(0, place, text(&column.heading), &heading)?;
        let plain = format_of(column);
        formats.push((plain.clone(), plain.set_bold()));
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0);
    if table.columns.len() > 6 {
        sheet.set_landscape();
    }
    // & begins a command in heads and feet
    let title = text(&paper.title).replace('&', "&&");
    sheet.set_header(format!("&C&B{}", title.chars().take(200).collect::<String>()));
    sheet.set_footer("&RTrang &P/&N");
    for (line, row) in (1u32..).zip(&table.rows) {
        for ((place, column), (plain, bold)) in (0u16..).zip(&table.columns).zip(&formats) {
            let cell = row.cells.get(usize::from(place)).map_or("", String::as_str);
            let format = if row.strong { bold } else { plain };
            match number(column, cell) {
                Some(number) => sheet.write_number_with_format(line, place, number, format)?,
                None => sheet.write_string_with_format(line, place, text(cell), format)?,
            };
        }
    }
    Ok(())
}

fn format_of(column: &Column) -> Format {
    let align = match column.align {
        Align::Left => FormatAlign::Left,
        Align::Centre => FormatAlign::Center,
        Align::Right => FormatAlign::Right,
    };
    // `@` keeps it text when somebody edits the cell, too
    let shown = if column.numbers { "General" } else { "@" };
    let format = Format::new().set_align(align).set_align(FormatAlign::VerticalCenter);
    format
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_num_format(shown)
}

/// The number in a cell of numbers: digits, with a comma before the places.
fn number(column: &Column, cell: &str) -> Option<f64> {
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    if !column.numbers || cell.is_empty() || !digits {
        return None;
    }
    cell.replace(',', ".").parse().ok()
}

/// What stands around the tables, line by line.
fn write_text(sheet: &mut Worksheet, papers: &[Paper]) -> Result<(), XlsxError> {
    let wrapped = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_num_format("@");
    let bold = wrapped.clone().set_bold();
    sheet.set_column_width(0, 45)?;
    sheet.set_column_width(1, 50)?;
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0);
    for (line, (label, value)) in (0u32..).zip(papers.iter().flat_map(around)) {
        let format = if value.is_none() { &bold } else { &wrapped };
        sheet.write_string_with_format(line, 0, text(&label), format)?;
        if let Some(value) = value {
            sheet.write_string_with_format(line, 1, text(&value), &wrapped)?;
        }
    }
    Ok(())
}

/// Lines of a label and a value; text that stands alone has no value.
fn around(paper: &Paper) -> Vec<(String, Option<String>)> {
    let head = &paper.letterhead;
    let mut lines = Vec::new();
    let heads = [
        &paper.warning,
        &head.parent,
        &head.issuer,
        &head.number,
        &head.place_and_date,
    ];
    lines.extend(heads.into_iter().flatten().map(|text| (text.clone(), None)));
    let mut part = |title: &str, subtitle: &str, blocks: &[Block], signatures: &Signatures| {
        for text in [title, subtitle].into_iter().filter(|text| !text.is_empty()) {
            lines.push((text.to_owned(), None));
        }
        for block in blocks {
            match block {
                Block::Paragraph { text, .. } => lines.push((text.clone(), Some(String::new()))),
                Block::Fields(fields) => lines.extend(
                    fields
                        .iter()
                        .flatten()
                        .map(|field| (field.label.clone(), Some(field.value.clone().unwrap_or_default()))),
                ),
                Block::Table(_) => {}
            }
        }
        for signer in &signatures.signers {
            lines.push((
                signer.capacity.join(", "),
                Some(signer.name.clone().unwrap_or_default()),
            ));
        }
    };
    part(&paper.title, &paper.subtitle, &paper.blocks, &paper.signatures);
    for annex in &paper.annexes {
        part(&annex.title, &annex.subtitle, &annex.blocks, &annex.signatures);
    }
    lines
}

/// Text as a cell takes it.
fn text(text: &str) -> String {
    text.nfc()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(CELL_LIMIT)
        .collect()
}
