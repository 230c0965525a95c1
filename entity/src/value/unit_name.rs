//! Names of units, and the order a list of them is read in.
//!
//! Residential groups are numbered, and a list in which group 10 stands before group 2 is a list nobody finds anything
//! in. So numbers in a name sort by their value here, which plain Vietnamese collation does not do.

use std::sync::LazyLock;

use icu_collator::{CollatorBorrowed, preferences::CollationNumericOrdering};

use super::{Rule, clean_line, fold, person_name::vietnamese_order};

static BY_NUMBER: LazyLock<CollatorBorrowed<'static>> =
    LazyLock::new(|| vietnamese_order(CollationNumericOrdering::True));

/// The name of a city, district, ward or branch in NFC: one line of 1 to 120 characters.
///
/// Everything that can stand in a line is allowed: branches are called after groups, schools, firms and clans, and
/// carry numbers, strokes and brackets. Names repeat across the city and are never a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnitName(String);

stored_as_text!(UnitName);

impl UnitName {
    /// The greatest length in Unicode scalar values.
    pub const MAX: usize = 120;

    /// Cleans and checks a name.
    ///
    /// # Errors
    /// As [`clean_line`].
    pub fn parse(input: &str) -> Result<Self, Rule> {
        clean_line(input, Self::MAX).map(Self)
    }

    /// The folded name, for finding it without marks; see [`fold`]. Empty for a name of signs only.
    pub fn key(&self) -> String {
        fold(&self.0)
    }

    /// Bytes whose order is the order of names: the CLDR root collation as tailored for `vi`, with every run of digits
    /// taken as one number ("Tổ dân phố số 2" before "Tổ dân phố số 10").
    ///
    /// Keys of different versions of the collation data do not compare: renew the stored ones when `icu_collator`
    /// changes.
    pub fn sort_key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        let Ok(()) = BY_NUMBER.write_sort_key_to(&self.0, &mut key);
        key
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{BY_NUMBER, UnitName};
    use crate::value::Rule;

    fn name(text: &str) -> UnitName {
        UnitName::parse(text).unwrap()
    }

    #[test]
    fn names_as_branches_bear_them_are_accepted() {
        for text in [
            "Phường Văn Miếu - Quốc Tử Giám",
            "Chi hội tổ dân phố số 5A",
            "Chi hội dòng họ Nguyễn (chi 2/4)",
            "Chi hội Trường THCS Trưng Vương & phụ huynh",
            "7",
        ] {
            assert_eq!(name(text).as_str(), text);
        }
        assert_eq!(name(" Tổ\u{a0}dân  phố\tsố 2 ").as_str(), "Tổ dân phố số 2");
        assert_eq!(name("Thu\u{31b}o\u{31b}\u{323}ng Ca\u{301}t").as_str(), "Thượng Cát");
    }

    #[test]
    fn what_is_no_line_is_refused() {
        assert_eq!(UnitName::parse(" \u{200b} "), Err(Rule::Required));
        assert_eq!(UnitName::parse("Tổ\u{202e} 1"), Err(Rule::BidiControl));
        assert_eq!(UnitName::parse("Tổ\0 1"), Err(Rule::ControlCharacter));
        assert_eq!(UnitName::parse(&"ộ".repeat(121)), Err(Rule::TooLong { max: 120 }));
        assert!(UnitName::parse(&"ộ".repeat(120)).is_ok());
    }

    #[test]
    fn names_sort_by_letters_and_numbers() {
        let in_order = [
            "Phường 2",
            "Phường 10",
            "Phường Điện Biên",
            "Phường Ô Chợ Dừa",
            "Phường Ơn",
            "Tổ dân phố số 1",
            "Tổ dân phố số 2",
            "Tổ dân phố số 2A",
            "Tổ dân phố số 10",
            "Tổ dân phố số 100",
            "Xã Dương Quang",
            "Xã Đa Tốn",
        ];
        for pair in in_order.windows(2) {
            assert!(name(pair[0]).sort_key() < name(pair[1]).sort_key(), "{pair:?}");
        }
    }

    #[test]
    fn a_name_is_found_without_marks() {
        assert_eq!(name("Chi hội Đội Cấn - số 2").key(), "chi hoi doi can so 2");
        assert_eq!(name("***").key(), "");
    }

    proptest! {
        #[test]
        fn groups_sort_by_their_number(left in 0_u32..5000, right in 0_u32..5000) {
            let key = |number: u32| name(&format!("Tổ dân phố số {number}")).sort_key();
            prop_assert_eq!(key(left).cmp(&key(right)), left.cmp(&right));
        }

        #[test]
        fn key_order_is_the_order_of_the_collation(left in "[aâơđĐ 0-9]{1,6}", right in "[aâơđĐ 0-9]{1,6}") {
            if let (Ok(left), Ok(right)) = (UnitName::parse(&left), UnitName::parse(&right)) {
                prop_assert_eq!(
                    left.sort_key().cmp(&right.sort_key()),
                    BY_NUMBER.compare(left.as_str(), right.as_str())
                );
            }
        }

        #[test]
        fn a_parsed_name_stays_as_it_is(input in any::<String>()) {
            if let Ok(name) = UnitName::parse(&input) {
                prop_assert_eq!(UnitName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
