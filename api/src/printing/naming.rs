//! What bodies and files are called, from the names of units. Pure.

use entity::value::fold;

/// Kinds of wards and districts, as their names may begin with them.
const KINDS: [&str; 8] = [
    "Phường",
    "Xã",
    "Thị trấn",
    "Đặc khu",
    "Quận",
    "Huyện",
    "Thị xã",
    "Thành phố",
];

/// The kind a name begins with, and what follows it.
fn parted(name: &str) -> Option<(&'static str, &str)> {
    KINDS.iter().find_map(|kind| {
        let rest = name.strip_prefix(kind)?.strip_prefix(' ')?;
        Some((*kind, rest))
    })
}

/// The name inside a sentence: `Phường Cửa Nam` is `phường Cửa Nam`.
fn inside(name: &str) -> String {
    match parted(name) {
        Some((kind, rest)) => format!("{} {rest}", kind.to_lowercase()),
        None => name.to_owned(),
    }
}

/// The association of a ward or district: `Hội Khuyến học phường Cửa Nam`.
pub(super) fn association(unit: &str) -> String {
    if unit.starts_with("Hội ") {
        unit.to_owned()
    } else {
        format!("Hội Khuyến học {}", inside(unit))
    }
}

/// The People's Committee of a ward.
pub(super) fn committee(ward: &str) -> String {
    format!("Ủy ban nhân dân {}", inside(ward))
}

/// A branch: `Chi hội Khuyến học Tổ dân phố số 5`; one that is called a branch already stays what it is.
pub(super) fn branch(unit: &str) -> String {
    if unit.starts_with("Chi hội") {
        unit.to_owned()
    } else {
        format!("Chi hội Khuyến học {unit}")
    }
}

/// Where a paper of a ward is signed: `Cửa Nam`. A number alone is no place: `Phường 1` stays.
pub(super) fn place(ward: &str) -> String {
    match parted(ward) {
        Some((_, rest)) if rest.chars().any(char::is_alphabetic) => rest.to_owned(),
        _ => ward.to_owned(),
    }
}

/// What to call a file, in letters that every system takes: `to-trinh-phuong-cua-nam-2026.pdf`.
pub(super) fn file_name(kind: &str, of: &str, year: Option<i32>, extension: &str) -> String {
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    let words: Vec<String> = [kind, of, &year]
        .iter()
        .flat_map(|part| fold(part).split(' ').map(ascii).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect();
    format!("{}.{extension}", words.join("-"))
}

fn ascii(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_called_after_their_units() {
        assert_eq!(association("Phường Cửa Nam"), "Hội Khuyến học phường Cửa Nam");
        assert_eq!(association("Hàng Bông"), "Hội Khuyến học Hàng Bông");
        assert_eq!(
            association("Hội Khuyến học quận Ba Đình"),
            "Hội Khuyến học quận Ba Đình"
        );
        assert_eq!(committee("Thị trấn Phùng"), "Ủy ban nhân dân thị trấn Phùng");
        assert_eq!(branch("Tổ dân phố số 5"), "Chi hội Khuyến học Tổ dân phố số 5");
        assert_eq!(branch("Chi hội 7"), "Chi hội 7");
        assert_eq!(place("Phường Cửa Nam"), "Cửa Nam");
        assert_eq!(place("Phường 1"), "Phường 1");
        // a street called like a kind of ward is no ward
        assert_eq!(place("Xãm"), "Xãm");
    }

    #[test]
    fn names_of_files_are_plain() {
        let name = file_name("Tờ trình", "Phường Đống Đa/..\\\"\n", Some(2026), "pdf");
        assert_eq!(name, "to-trinh-phuong-dong-da-2026.pdf");
        assert_eq!(file_name("Biên bản", "部会", None, "xlsx"), "bien-ban.xlsx");
    }
}
