//! Files that answers carry, as far as tests read them.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::Answer;

/// The bytes of a file; its size must be what the answer says.
pub fn bytes(answer: &Answer, path: &str) -> Vec<u8> {
    let content = answer.text(&format!("{path}.content"));
    let bytes = STANDARD.decode(content).expect("base64");
    assert_eq!(answer.data(&format!("{path}.size")), &serde_json::json!(bytes.len()));
    bytes
}

/// How many pages a PDF has.
pub fn pages(pdf: &[u8]) -> usize {
    assert!(pdf.starts_with(b"%PDF-"), "a PDF");
    let text = String::from_utf8_lossy(pdf);
    let all = |part: &str| text.matches(part).count();
    all("/Type/Page") + all("/Type /Page") - all("/Type/Pages") - all("/Type /Pages")
}

/// A workbook: the cells of each sheet by its name, as text; a number is shown as it is stored.
#[derive(Debug)]
pub struct Book(Vec<(String, Vec<Vec<String>>)>);

impl Book {
    /// Unpacks one. It must hold no formula.
    pub fn read(file: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("a workbook");
        let mut part = |name: &str| {
            let mut text = String::new();
            let mut file = archive.by_name(name).expect("a part of a workbook");
            file.read_to_string(&mut text).expect("text");
            text
        };
        let texts: Vec<String> = elements(&part("xl/sharedStrings.xml"), "si")
            .iter()
            .map(|(_, inner)| elements(inner, "t").into_iter().map(|(_, text)| plain(&text)).collect())
            .collect();
        let names: Vec<String> = part("xl/workbook.xml")
            .split("<sheet name=\"")
            .skip(1)
            .map(|rest| plain(rest.split('"').next().unwrap_or_default()))
            .collect();
        let sheets = (1..).zip(names).map(|(number, name)| {
            let sheet = part(&format!("xl/worksheets/sheet{number}.xml"));
            assert!(!sheet.contains("<f>"), "a formula in {name}");
            let cell = |(head, inner): &(String, String)| {
                let value = elements(inner, "v").into_iter().next().map(|(_, value)| value);
                match value {
                    Some(value) if head.contains("t=\"s\"") => {
                        let at: usize = value.parse().expect("a place");
                        texts.get(at).cloned().expect("a text")
                    }
                    other => other.unwrap_or_default(),
                }
            };
            let row = |(_, inner): &(String, String)| elements(inner, "c").iter().map(cell).collect();
            (name, elements(&sheet, "row").iter().map(row).collect())
        });
        Self(sheets.collect())
    }

    /// The names of its sheets.
    pub fn sheets(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The rows of a sheet below its heading, each by the columns' headings.
    pub fn rows(&self, sheet: &str) -> Vec<HashMap<String, String>> {
        let (_, rows) = self
            .0
            .iter()
            .find(|(name, _)| name == sheet)
            .expect("a sheet of this name");
        let heading = rows.first().expect("a heading");
        let by_heading = |row: &Vec<String>| heading.iter().cloned().zip(row.iter().cloned()).collect();
        rows.iter().skip(1).map(by_heading).collect()
    }

    /// One column of a sheet.
    pub fn column(&self, sheet: &str, heading: &str) -> Vec<String> {
        let cell = |row: HashMap<String, String>| row.get(heading).cloned().expect("a column of this name");
        self.rows(sheet).into_iter().map(cell).collect()
    }

    /// Everything that stands in it, a line for each row.
    pub fn text(&self) -> String {
        let rows = self.0.iter().flat_map(|(_, rows)| rows);
        rows.map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
    }
}

/// The elements of a name, each with its head and what is inside.
fn elements(xml: &str, name: &str) -> Vec<(String, String)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once(&open) {
        rest = after;
        // a longer name that begins the same is another element
        if !after.starts_with([' ', '>', '/']) {
            continue;
        }
        let Some((head, inner)) = after.split_once('>') else {
            break;
        };
        if head.ends_with('/') {
            found.push((head.to_owned(), String::new()));
            rest = inner;
        } else if let Some((inside, after)) = inner.split_once(&close) {
            found.push((head.to_owned(), inside.to_owned()));
            rest = after;
        }
    }
    found
}

fn plain(xml: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(xml.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}
