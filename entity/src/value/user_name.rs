//! Names people sign in with.
//!
//! A user name begins with a letter, so it can never be taken for a phone number, and it is plain ASCII in one case,
//! so no two accounts can look alike.

use std::fmt;

use super::Rule;

/// A sign-in name: 3 to 40 of `a-z`, `0-9`, dot, underscore and hyphen, beginning with a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

stored_as_text!(UserName);

impl UserName {
    /// The least length in characters.
    pub const MIN: usize = 3;
    /// The greatest length in characters.
    pub const MAX: usize = 40;

    /// Reads a user name; blanks around it are dropped and capitals made small.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::NotAUserName`] for a character that is not allowed, [`Rule::TooShort`],
    /// [`Rule::TooLong`].
    pub fn parse(input: &str) -> Result<Self, Rule> {
        let name = input.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err(Rule::Required);
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(allowed) {
            return Err(Rule::NotAUserName);
        }
        // All ASCII from here on: bytes are characters.
        match name.len() {
            ..Self::MIN => Err(Rule::TooShort { min: Self::MIN }),
            Self::MIN..=Self::MAX => Ok(Self(name)),
            _ => Err(Rule::TooLong { max: Self::MAX }),
        }
    }
}

impl fmt::Debug for UserName {
    /// Masked: user names are often made of the person's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserName(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::UserName;
    use crate::value::Rule;

    #[test]
    fn capitals_and_blanks_are_mended() {
        assert_eq!(
            UserName::parse(" Hoan-Kiem.chi_hoi01 ").unwrap().as_str(),
            "hoan-kiem.chi_hoi01"
        );
    }

    #[test]
    fn what_cannot_be_a_user_name_is_refused() {
        assert_eq!(UserName::parse(" "), Err(Rule::Required));
        assert_eq!(UserName::parse("ab"), Err(Rule::TooShort { min: 3 }));
        assert_eq!(UserName::parse(&"a".repeat(41)), Err(Rule::TooLong { max: 40 }));
        // The last begins with the Kelvin sign, whose Unicode lower case is an ordinary k.
        for wrong in [
            "0912345678",
            ".abc",
            "hội.an",
            "a b c",
            "abc\0",
            "abc@x",
            "\u{212a}elvin",
        ] {
            assert_eq!(UserName::parse(wrong), Err(Rule::NotAUserName), "{wrong:?}");
        }
    }

    #[test]
    fn a_debug_print_hides_it() {
        assert_eq!(
            format!("{:?}", UserName::parse("nguyen.van.an").unwrap()),
            "UserName(***)"
        );
    }

    proptest! {
        #[test]
        fn a_parsed_name_parses_to_itself(input in "[a-zA-Z][a-zA-Z0-9._-]{2,39}") {
            let name = UserName::parse(&input).unwrap();
            prop_assert_eq!(UserName::parse(name.as_str()), Ok(name.clone()));
            prop_assert_eq!(UserName::from_stored(name.to_string()), name);
        }

        #[test]
        fn no_input_panics(input in any::<String>()) {
            let _ = UserName::parse(&input);
        }
    }
}
