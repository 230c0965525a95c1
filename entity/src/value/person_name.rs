//! People's names, and the order a Vietnamese list puts them in.
//!
//! Lists are sorted by given name, then family name, then what stands between, in Vietnamese alphabetical order. The
//! two databases cannot do that alike (one has no such collation, the other takes it from the machine it runs on), so
//! the order is worked out here once and stored as a key that sorts by its bytes.

use std::{fmt, sync::LazyLock};

use icu_collator::{
    Collator, CollatorBorrowed, CollatorPreferences,
    options::{CollatorOptions, Strength},
    preferences::CollationNumericOrdering,
};
use icu_locale_core::locale;
use unicode_normalization::char::is_combining_mark;

use super::{Rule, clean_line, fold};

static VIETNAMESE: LazyLock<CollatorBorrowed<'static>> =
    LazyLock::new(|| vietnamese_order(CollationNumericOrdering::False));

/// The collation of Vietnamese lists, with digits one by one or as the numbers they make.
#[expect(
    clippy::expect_used,
    reason = "the data is compiled into the program; the tests would fail without it"
)]
pub(super) fn vietnamese_order(numbers: CollationNumericOrdering) -> CollatorBorrowed<'static> {
    let mut preferences = CollatorPreferences::from(locale!("vi"));
    preferences.numeric_ordering = Some(numbers);
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Tertiary);
    Collator::try_new(preferences, options).expect("collation data for vi is compiled in")
}

/// A person's full name in NFC, as the person writes it: family name, middle names, given name.
///
/// Letters of any script, with spaces, hyphens, apostrophes and dots; 1 to 100 characters. A single word is a whole
/// name: some of the country's peoples have no family names.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

stored_as_text!(PersonName);

impl PersonName {
    /// The greatest length in Unicode scalar values.
    pub const MAX: usize = 100;

    /// Cleans and checks a name.
    ///
    /// # Errors
    /// As [`clean_line`]; [`Rule::NotAName`] for a digit, a sign, or a word without letters.
    pub fn parse(input: &str) -> Result<Self, Rule> {
        let name = clean_line(input, Self::MAX)?;
        if name.split(' ').all(is_word) {
            Ok(Self(name))
        } else {
            Err(Rule::NotAName)
        }
    }

    /// The given name: the last word. People are called and sorted by it.
    pub fn given(&self) -> &str {
        self.0.rsplit_once(' ').map_or(self.as_str(), |(_, given)| given)
    }

    /// The family name: the first word; empty when the name has only one.
    pub fn family(&self) -> &str {
        self.0.split_once(' ').map_or("", |(family, _)| family)
    }

    /// The words between family and given name; empty when there are none.
    pub fn middle(&self) -> &str {
        let after_family = self.0.split_once(' ').map_or("", |(_, rest)| rest);
        after_family.rsplit_once(' ').map_or("", |(middle, _)| middle)
    }

    /// The folded name, for finding it without marks; see [`fold`].
    pub fn search_key(&self) -> String {
        fold(&self.0)
    }

    /// Bytes whose order is the order of names: given name, then family name, then middle names, each by the CLDR root
    /// collation as tailored for `vi` (a < ă < â, d < đ, o < ô < ơ; then the tones level, huyền, hỏi, ngã, sắc, nặng).
    ///
    /// Keys of different versions of the collation data do not compare: renew the stored ones when `icu_collator`
    /// changes.
    pub fn sort_key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for part in [self.given(), self.family(), self.middle()] {
            if !key.is_empty() {
                // Collation keys have no zero byte, so a part that is the beginning of another sorts before it.
                key.push(0);
            }
            let Ok(()) = VIETNAMESE.write_sort_key_to(part, &mut key);
        }
        key
    }
}

impl fmt::Debug for PersonName {
    /// Masked: a name is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(***)")
    }
}

/// Whether this can be one word of a name. A mark cannot come first, having nothing to stand on, and there must be a
/// letter.
fn is_word(word: &str) -> bool {
    let letter = |c: char| c.is_alphabetic() && !c.is_numeric() && !is_combining_mark(c);
    let sign = |c: char| matches!(c, '-' | '\u{2010}' | '\'' | '\u{2019}' | '.');
    !word.starts_with(is_combining_mark)
        && word.contains(letter)
        && word.chars().all(|c| letter(c) || is_combining_mark(c) || sign(c))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

    use super::{PersonName, VIETNAMESE};
    use crate::value::Rule;

    fn name(text: &str) -> PersonName {
        PersonName::parse(text).unwrap()
    }

    #[test]
    fn a_name_has_its_parts() {
        let parts = |text: &str| {
            let name = name(text);
            [
                name.family().to_owned(),
                name.middle().to_owned(),
                name.given().to_owned(),
            ]
        };
        assert_eq!(parts("Nguyễn Thị Minh Khai"), ["Nguyễn", "Thị Minh", "Khai"]);
        assert_eq!(parts("Lê Lợi"), ["Lê", "", "Lợi"]);
        assert_eq!(parts("Siu"), ["", "", "Siu"]);
        assert_eq!(name("  Nguye\u{302}\u{303}n   Văn A").as_str(), "Nguyễn Văn A");
    }

    #[test]
    fn names_of_every_people_are_accepted() {
        for text in [
            "H'Hen Niê",
            "Y’ Moan",
            "Nguyễn Đ. Hoà",
            "Anne-Marie Lê",
            "Đặng Thị Ý",
            "金哲",
            "ស្រីមុំ",
            "A",
        ] {
            assert!(PersonName::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        for text in [
            "An 2",
            "Lê @ Lợi",
            "-",
            "Lê - Lợi",
            "<b>An</b>",
            "Henry Ⅷ",
            "An, Lê",
            "An \u{301}",
            "Lê\u{200d}",
            "😀",
        ] {
            assert_eq!(PersonName::parse(text), Err(Rule::NotAName), "{text}");
        }
        assert_eq!(PersonName::parse(""), Err(Rule::Required));
        assert_eq!(PersonName::parse("\u{3164}"), Err(Rule::Required));
        assert_eq!(PersonName::parse("An\u{202e}"), Err(Rule::BidiControl));
        assert_eq!(PersonName::parse(&"ế".repeat(101)), Err(Rule::TooLong { max: 100 }));
        assert!(PersonName::parse(&"ế".repeat(100)).is_ok());
    }

    #[test]
    fn names_sort_the_vietnamese_way() {
        let in_order = [
            // by letter: a ă â, d đ, e ê, o ô ơ, u ư
            "Lê An",
            "Lê Ăn",
            "Lê Ân",
            "Lê Dung",
            "Lê Đào",
            "Lê Em",
            "Lê Êm",
            "Lê On",
            "Lê Ôn",
            "Lê Ơn",
            // a tone decides only among the same letters
            "Lê Ta",
            "Lê Tà",
            "Lê Tả",
            "Lê Tã",
            "Lê Tá",
            "Lê Tạ",
            "Lê Tam",
            "Lê Tạm",
            "Lê Tan",
            "Lê Un",
            "Lê Ưn",
        ];
        assert!(
            in_order
                .windows(2)
                .all(|pair| name(pair[0]).sort_key() < name(pair[1]).sort_key()),
            "alphabet"
        );
        // by given name, then family name, then middle name, a missing part first
        let in_order = [
            "An",
            "Đỗ An",
            "Nguyễn An",
            "Nguyễn Bá An",
            "Nguyễn Văn An",
            "Trần An",
            "Lê Anh",
            "An Bình",
        ];
        assert!(
            in_order
                .windows(2)
                .all(|pair| name(pair[0]).sort_key() < name(pair[1]).sort_key()),
            "parts"
        );
    }

    #[test]
    fn a_name_is_found_without_marks_and_printed_only_on_purpose() {
        assert_eq!(name("Đặng Thị Thúy").search_key(), "dang thi thuy");
        assert_eq!(format!("{:?}", name("Lê Lợi")), "PersonName(***)");
        assert_eq!(name("Lê Lợi").to_string(), "Lê Lợi");
    }

    /// Names out of few letters, so that ties and near ties are common.
    fn some_name() -> impl Strategy<Value = PersonName> {
        "[aăâàảãáạbdđeêoôơớuưĐAÂ'.-]{1,3}( [aăâàáạdđĐ]{1,2}){0,3}"
            .prop_filter_map("not a name", |text| PersonName::parse(&text).ok())
    }

    const ANY_SCRIPT: &str = "\\p{L}{1,6}( \\p{L}{1,4}){0,2}";

    fn by_parts(left: &PersonName, right: &PersonName) -> Ordering {
        VIETNAMESE
            .compare(left.given(), right.given())
            .then_with(|| VIETNAMESE.compare(left.family(), right.family()))
            .then_with(|| VIETNAMESE.compare(left.middle(), right.middle()))
    }

    proptest! {
        #[test]
        fn key_order_is_the_order_of_the_parts(left in some_name(), right in some_name()) {
            prop_assert_eq!(left.sort_key().cmp(&right.sort_key()), by_parts(&left, &right));
        }

        #[test]
        fn key_order_holds_in_every_script(left in ANY_SCRIPT, right in ANY_SCRIPT) {
            if let (Ok(left), Ok(right)) = (PersonName::parse(&left), PersonName::parse(&right)) {
                prop_assert_eq!(left.sort_key().cmp(&right.sort_key()), by_parts(&left, &right));
                prop_assert_eq!(left.sort_key().split(|byte| *byte == 0).count(), 3);
            }
        }

        #[test]
        fn a_parsed_name_is_whole(input in any::<String>()) {
            if let Ok(name) = PersonName::parse(&input) {
                let joined = [name.family(), name.middle(), name.given()].join(" ");
                prop_assert_eq!(joined.split_whitespace().collect::<Vec<_>>().join(" "), name.as_str());
                prop_assert!(!name.search_key().is_empty());
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
