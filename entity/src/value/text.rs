//! Free text, cleaned at the edge.
//!
//! Text arrives from phones, spreadsheets and word processors: decomposed by iOS, padded by Excel, sometimes with
//! characters nobody can see. It is brought to one form here so that equal-looking texts are equal, and what could
//! mislead a reader or upset a log, a terminal or a database is refused (OWASP ASVS 5.0, 1.1.1 and 2.2.1).

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::{Rule, fold};

/// Cleans a text of one line.
///
/// NFC; tabs, line breaks and every other blank become single spaces; none at the ends; characters without any
/// appearance (soft hyphen, zero-width space, byte order mark, tags) are dropped. `max` counts Unicode scalar values
/// after all that.
///
/// # Errors
/// [`Rule::ControlCharacter`], [`Rule::BidiControl`], [`Rule::NotACharacter`], [`Rule::Required`] when nothing is left,
/// [`Rule::TooLong`].
pub fn clean_line(input: &str, max: usize) -> Result<String, Rule> {
    let text = compose(input)?;
    within(one_spaced(&text), max)
}

/// Cleans a text of several lines: like [`clean_line`], line by line.
///
/// Line breaks stay and are written `\n`, whichever of `\r\n`, `\r`, U+2028 and U+2029 came in. Blank lines stay,
/// except at the beginning and the end.
///
/// # Errors
/// As [`clean_line`].
pub fn clean_text(input: &str, max: usize) -> Result<String, Rule> {
    let text = compose(input)?
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let lines: Vec<String> = text.split('\n').map(one_spaced).collect();
    within(lines.join("\n").trim_matches('\n').to_owned(), max)
}

/// NFC without invisible characters, or the first rule that a character breaks.
fn compose(input: &str) -> Result<String, Rule> {
    let text: String = input.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    match text.chars().find_map(broken_rule) {
        Some(rule) => Err(rule),
        None => Ok(text),
    }
}

fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn within(text: String, max: usize) -> Result<String, Rule> {
    if text.is_empty() {
        Err(Rule::Required)
    } else if text.chars().count() > max {
        Err(Rule::TooLong { max })
    } else {
        Ok(text)
    }
}

/// Default-ignorable characters that no Vietnamese or minority text needs. The joiners U+200C and U+200D are not among
/// them: some scripts and all composed emoji do need those.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

fn broken_rule(c: char) -> Option<Rule> {
    match c {
        '\t' | '\n' | '\r' => None,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(Rule::BidiControl)
        }
        '\u{fff9}'..='\u{fffb}' => Some(Rule::ControlCharacter),
        '\u{fdd0}'..='\u{fdef}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => Some(Rule::NotACharacter),
        c if u32::from(c) & 0xfffe == 0xfffe => Some(Rule::NotACharacter),
        c if c.is_control() => Some(Rule::ControlCharacter),
        _ => None,
    }
}

/// A line of at most 200 characters: a title, a decision number, the name of a unit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ShortText(String);

stored_as_text!(ShortText);

impl ShortText {
    /// The greatest length in Unicode scalar values.
    pub const MAX: usize = 200;

    /// Cleans a line.
    ///
    /// # Errors
    /// As [`clean_line`].
    pub fn parse(input: &str) -> Result<Self, Rule> {
        clean_line(input, Self::MAX).map(Self)
    }
}

/// Text of several lines and at most 2000 characters: a note, the reason for a return or a rejection.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LongText(String);

stored_as_text!(LongText);

impl LongText {
    /// The greatest length in Unicode scalar values.
    pub const MAX: usize = 2000;

    /// Cleans a text.
    ///
    /// # Errors
    /// As [`clean_text`].
    pub fn parse(input: &str) -> Result<Self, Rule> {
        clean_text(input, Self::MAX).map(Self)
    }
}

/// An address as people write it, on one line of at most 300 characters.
///
/// It is not taken apart: house, lane and alley numbers follow no order a program could rely on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(String);

stored_as_text!(Address);

impl Address {
    /// The greatest length in Unicode scalar values.
    pub const MAX: usize = 300;

    /// Cleans an address.
    ///
    /// # Errors
    /// As [`clean_line`].
    pub fn parse(input: &str) -> Result<Self, Rule> {
        clean_line(input, Self::MAX).map(Self)
    }

    /// What two spellings of one address have in common: no marks, no punctuation, no capitals. Duplicate candidates in
    /// a ward are found by it. A slash counts as a gap, so `12/3` stays apart from `123`.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

// Notes and addresses speak about people: a debug print gives their size and nothing else.
macro_rules! debug_by_size {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} characters)", stringify!($name), self.0.chars().count())
            }
        }
    )+};
}

debug_by_size!(ShortText, LongText, Address);

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use unicode_normalization::is_nfc;

    use super::{Address, LongText, ShortText, clean_line, clean_text};
    use crate::value::Rule;

    #[test]
    fn blanks_and_decomposed_letters_come_to_one_form() {
        assert_eq!(
            clean_line("  Tổ \t 5,\r\n Hàng\u{a0}Bạc ", 50).unwrap(),
            "Tổ 5, Hàng Bạc"
        );
        assert_eq!(clean_line("ba\u{323}c", 3).unwrap(), "bạc");
        assert_eq!(clean_line("\u{feff}a\u{200b}\u{301}", 1).unwrap(), "á");
    }

    #[test]
    fn lines_are_kept_where_lines_are_allowed() {
        assert_eq!(
            clean_text("\r\n một  hai \r\n\r\nba\rbốn\u{2028}năm\n", 50).unwrap(),
            "một hai\n\nba\nbốn\nnăm"
        );
        assert_eq!(LongText::parse("\n \r\n").unwrap_err(), Rule::Required);
    }

    #[test]
    fn harmful_characters_are_refused_by_name() {
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{b}', '\u{fffa}'] {
            assert_eq!(clean_line(&format!("a{c}b"), 9), Err(Rule::ControlCharacter), "{c:?}");
        }
        for c in [
            '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200e}', '\u{200f}', '\u{61c}',
        ] {
            assert_eq!(clean_text(&format!("a{c}b"), 9), Err(Rule::BidiControl), "{c:?}");
        }
        for c in [
            '\u{fdd0}',
            '\u{fffe}',
            '\u{1ffff}',
            '\u{e000}',
            '\u{f0000}',
            '\u{10fffd}',
            char::MAX,
        ] {
            assert_eq!(clean_line(&format!("a{c}b"), 9), Err(Rule::NotACharacter), "{c:?}");
        }
    }

    #[test]
    fn length_is_counted_after_composition() {
        assert!(ShortText::parse(&"e\u{302}\u{301}".repeat(200)).is_ok());
        assert_eq!(ShortText::parse(&"ế".repeat(201)), Err(Rule::TooLong { max: 200 }));
        assert_eq!(ShortText::parse("   "), Err(Rule::Required));
    }

    #[test]
    fn an_address_has_a_key_without_marks_and_punctuation() {
        let key = |text: &str| Address::parse(text).unwrap().key();
        assert_eq!(key("Số 12/3, ngõ Đoàn Nhữ Hài"), "so 12 3 ngo doan nhu hai");
        assert_eq!(key("so 12/3 NGÕ ĐOÀN NHỮ HÀI."), key("Số 12/3, ngõ Đoàn Nhữ Hài"));
        assert_ne!(key("12/3 Hàng Bạc"), key("123 Hàng Bạc"));
    }

    #[test]
    fn a_debug_print_tells_nothing_but_the_size() {
        assert_eq!(
            format!("{:?}", Address::from_stored("12 Hàng Bạc".to_owned())),
            "Address(11 characters)"
        );
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(input in any::<String>()) {
            if let Ok(line) = clean_line(&input, 60) {
                prop_assert!(is_nfc(&line));
                prop_assert!(line.chars().count() <= 60 && !line.chars().any(char::is_control));
                prop_assert_eq!(clean_line(&line, 60), Ok(line));
            }
        }

        #[test]
        fn cleaning_lines_twice_changes_nothing(input in "[a-zế \u{301}\r\n\t\u{2028}]{0,40}") {
            if let Ok(text) = clean_text(&input, 60) {
                prop_assert!(!text.contains('\r'));
                prop_assert_eq!(clean_text(&text, 60), Ok(text));
            }
        }
    }
}
