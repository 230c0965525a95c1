//! Telephone numbers as people in Viet Nam write them.
//!
//! Lists carry the same number with dots, blanks, a leading 0 or +84, and often still in the eleven-digit form that
//! mobile numbers had until 2018. All of these become one E.164 text (ITU-T), so that equality finds the account or
//! the duplicate.

use std::fmt;

use super::Rule;

/// The most digits any accepted form has: 0084, a superfluous 0, and ten digits.
const MAX_DIGITS: usize = 15;

/// Prefixes of the old eleven-digit mobile numbers and what replaced them in 2018, both without the leading 0.
const OLD_MOBILE: [(&str, &str); 21] = [
    ("120", "70"),
    ("121", "79"),
    ("122", "77"),
    ("126", "76"),
    ("128", "78"),
    ("123", "83"),
    ("124", "84"),
    ("125", "85"),
    ("127", "81"),
    ("129", "82"),
    ("162", "32"),
    ("163", "33"),
    ("164", "34"),
    ("165", "35"),
    ("166", "36"),
    ("167", "37"),
    ("168", "38"),
    ("169", "39"),
    ("186", "56"),
    ("188", "58"),
    ("199", "59"),
];

/// A Vietnamese mobile or landline number, stored as E.164: `+84912345678`.
///
/// A family may share one number, so equal numbers do not mean the same person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

stored_as_text!(PhoneNumber);

impl PhoneNumber {
    /// Reads a number with a leading 0, 84, +84 or 0084; dots, blanks, hyphens and parentheses may stand anywhere.
    ///
    /// Mobile numbers have ten digits and begin 03, 05, 07, 08 or 09; landlines begin 02 and have ten or eleven, those
    /// of Hà Nội (024) and Thành phố Hồ Chí Minh (028) always eleven. Old eleven-digit mobile numbers become today's.
    ///
    /// # Errors
    /// [`Rule::Required`] when nothing is there, [`Rule::NotAPhoneNumber`] otherwise, full-width digits included.
    pub fn parse(input: &str) -> Result<Self, Rule> {
        let text = input.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        digits(text)
            .as_deref()
            .and_then(significant)
            .and_then(current)
            .map(|number| Self(format!("+84{number}")))
            .ok_or(Rule::NotAPhoneNumber)
    }

    /// As [`Self::parse`]; an empty text stands for no number: forms send one.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_or_none(input: &str) -> Result<Option<Self>, Rule> {
        if input.trim().is_empty() {
            Ok(None)
        } else {
            Self::parse(input).map(Some)
        }
    }

    /// The number as it is dialled and read at home: `0912 345 678`, `024 3822 1234`.
    pub fn national(&self) -> String {
        let number = format!("0{}", self.number());
        // How many digits before the first and before the second blank.
        let (first, second) = match number.as_bytes() {
            [b'0', b'2', b'4' | b'8', ..] => (3, 7),
            _ => (4, 7),
        };
        let mut grouped = String::with_capacity(number.len() + 2);
        for (place, digit) in number.chars().enumerate() {
            if place == first || place == second {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// The number with only its last three digits to be seen: `***678`.
    pub fn masked(&self) -> String {
        let start = self.0.len().saturating_sub(3);
        format!("***{}", self.0.get(start..).unwrap_or_default())
    }

    /// The number without country code and leading 0.
    fn number(&self) -> &str {
        self.0.strip_prefix("+84").unwrap_or(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    /// Masked: a phone number is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

/// The digits of a number, with a plus sign before them if one was written there.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(MAX_DIGITS + 1);
    for c in text.chars() {
        match c {
            '0'..='9' if digits.len() <= MAX_DIGITS => digits.push(c),
            '+' if digits.is_empty() => digits.push(c),
            // The last three are what address books wrap a copied number in; left-to-right leaves the digits in place.
            ' ' | '\u{a0}' | '.' | '-' | '(' | ')' | '\u{202a}' | '\u{202c}' | '\u{202d}' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// What follows the country code or the leading 0. Also reads `+84 (0) 912..`, which printed letterheads have.
fn significant(digits: &str) -> Option<&str> {
    let abroad = ["+84", "0084", "84"]
        .into_iter()
        .find_map(|code| digits.strip_prefix(code));
    match abroad {
        Some(number) => Some(number.strip_prefix('0').unwrap_or(number)),
        None => digits.strip_prefix('0'),
    }
}

/// The number in today's plan, or `None` if it belongs to no plan.
fn current(number: &str) -> Option<String> {
    match (number.as_bytes(), number.len()) {
        ([b'3' | b'5' | b'7' | b'8' | b'9', ..], 9) | ([b'2', ..], 10) => Some(number.to_owned()),
        ([b'2', area, ..], 9) if !matches!(area, b'4' | b'8') => Some(number.to_owned()),
        ([b'1', ..], 10) => OLD_MOBILE
            .iter()
            .find_map(|(old, new)| number.strip_prefix(old).map(|rest| format!("{new}{rest}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{OLD_MOBILE, PhoneNumber};
    use crate::value::Rule;

    fn stored(text: &str) -> String {
        PhoneNumber::parse(text).unwrap().into_string()
    }

    #[test]
    fn every_way_of_writing_gives_one_number() {
        let ways = [
            "0912345678",
            "0912 345 678",
            "0912.345.678",
            "0912-345-678",
            "(0912) 345678",
            "+84912345678",
            "84 912 345 678",
            "0084912345678",
            "+84 (0) 912 345 678",
            "(+84) 912.345.678",
            " 0912\u{a0}345\u{a0}678 ",
            "\u{202d}0912 345 678\u{202c}",
        ];
        for way in ways {
            assert_eq!(stored(way), "+84912345678", "{way}");
        }
    }

    #[test]
    fn landlines_are_read() {
        assert_eq!(stored("0274.3822.118"), "+842743822118");
        assert_eq!(stored("(024) 3822 1234"), "+842438221234");
        assert_eq!(stored("0210 382 211"), "+84210382211");
        assert_eq!(PhoneNumber::parse("024 382 2123"), Err(Rule::NotAPhoneNumber));
    }

    #[test]
    fn old_mobile_numbers_become_todays() {
        for (old, new) in [
            ("0120", "070"),
            ("0123", "083"),
            ("0129", "082"),
            ("0168", "038"),
            ("0188", "058"),
            ("0199", "059"),
        ] {
            assert_eq!(stored(&format!("{old}4567890")), stored(&format!("{new}4567890")));
            assert_eq!(
                stored(&format!("+84{}4567890", &old[1..])),
                stored(&format!("{new}4567890"))
            );
        }
        assert_eq!(PhoneNumber::parse("01604567890"), Err(Rule::NotAPhoneNumber));
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        assert_eq!(PhoneNumber::parse("  "), Err(Rule::Required));
        let wrong = [
            "113",
            "912345678",
            "091234567",
            "09123456789",
            "0412345678",
            "0612345678",
            "+85512345678",
            "0912 345 67a",
            "０９１２３４５６７８",
            "0912345678/0987654321",
            "09+12345678",
            "++84912345678",
            "+0912345678",
            "0084",
            "00840000912345678",
            "0912345678\u{202e}",
            "٠٩١٢٣٤٥٦٧٨",
        ];
        for text in wrong {
            assert_eq!(PhoneNumber::parse(text), Err(Rule::NotAPhoneNumber), "{text}");
        }
        assert_eq!(PhoneNumber::parse(&"9".repeat(100_000)), Err(Rule::NotAPhoneNumber));
    }

    #[test]
    fn numbers_are_grouped_for_reading() {
        let national = |text: &str| PhoneNumber::parse(text).unwrap().national();
        assert_eq!(national("+84912345678"), "0912 345 678");
        assert_eq!(national("02438221234"), "024 3822 1234");
        assert_eq!(national("02743822118"), "0274 382 2118");
    }

    #[test]
    fn only_the_last_three_digits_are_printed() {
        let phone = PhoneNumber::parse("0912345678").unwrap();
        assert_eq!(phone.masked(), "***678");
        assert_eq!(format!("{phone:?}"), "PhoneNumber(***678)");
        assert_eq!(phone.to_string(), "+84912345678");
    }

    proptest! {
        #[test]
        fn a_number_survives_its_own_spellings(number in "0[35789][0-9]{8}|02[0-9]{9}") {
            let phone = PhoneNumber::parse(&number).unwrap();
            prop_assert_eq!(&PhoneNumber::parse(&phone.national()).unwrap(), &phone);
            prop_assert_eq!(&PhoneNumber::parse(phone.as_str()).unwrap(), &phone);
            prop_assert_eq!(phone.national().replace(' ', ""), number);
            prop_assert_eq!(PhoneNumber::from_stored(phone.to_string()), phone);
        }

        #[test]
        fn old_numbers_give_mobile_numbers(choice in 0_usize..21, rest in "[0-9]{7}") {
            let (old, new) = OLD_MOBILE[choice];
            prop_assert_eq!(stored(&format!("0{old}{rest}")), format!("+84{new}{rest}"));
        }

        #[test]
        fn what_is_accepted_is_e164(input in any::<String>()) {
            if let Ok(phone) = PhoneNumber::parse(&input) {
                prop_assert!(phone.as_str().starts_with("+84") && (12..=13).contains(&phone.as_str().len()));
            }
        }

        #[test]
        fn what_looks_like_a_number_never_panics(input in "[+]?[0-9 .()-]{0,20}") {
            if let Ok(phone) = PhoneNumber::parse(&input) {
                prop_assert_eq!(PhoneNumber::parse(phone.as_str()).unwrap(), phone);
            }
        }
    }
}
