//! Codes that people read from paper, hear on the telephone and type: how they look, and how the server knows them
//! again without storing one.
//!
//! A code follows from a row's id and a key of the server. So a repeated request shows the same code, the row holds
//! nothing that opens anything, and a stolen table without the key is of no use.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use entity::value::Rule;
use uuid::Uuid;

/// Crockford's base 32: no I, L, O, U. A character's place is its value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: eleven random ones with 55 bits together, and the check character.
const LENGTH: usize = 12;
/// Characters that stand together.
const GROUP: usize = 4;

/// A code of twelve characters, shown as `7K3M-9QXT-4WHC`. The last is a check character: one wrong character, or two
/// neighbours changed about, is found before anything is looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Reads what somebody typed or scanned: capitals or not, O for 0, I or L for 1, with any blanks and hyphens. Of a
    /// scanned text such as `KHUYENHOC:JOIN:7K3M9QXT4WHC` the part after the last colon counts.
    ///
    /// # Errors
    /// `NOT_A_CODE`.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let typed = text.rsplit(':').next().unwrap_or_default();
        let mut values = Vec::with_capacity(LENGTH);
        for c in typed.chars() {
            let letter = match c.to_ascii_uppercase() {
                c if c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}'..='\u{2015}') => continue,
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = (0..).zip(ALPHABET).find(|(_, known)| char::from(**known) == letter);
            let (value, _) = value.ok_or(Rule::NotACode)?;
            if values.len() == LENGTH {
                return Err(Rule::NotACode);
            }
            values.push(value);
        }
        if values.len() == LENGTH && remainder(&values) == 0 {
            Ok(Self(text_of(&values)))
        } else {
            Err(Rule::NotACode)
        }
    }

    /// The characters without hyphens.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed and read out: groups of four.
    pub fn shown(&self) -> String {
        let mut shown = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (place, c) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                shown.push('-');
            }
            shown.push(c);
        }
        shown
    }

    /// Whether it is the same code, in a time that does not tell how much of it is.
    pub fn is(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Code {
    /// Hidden: a code opens something.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(..)")
    }
}

/// Whether two texts are equal, in a time that does not tell how much of them is.
pub fn same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Makes codes, and what is stored in place of a secret.
pub struct Codes(hmac::Key);

impl Codes {
    /// With a key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The code of a row. `purpose` keeps one table's codes from being another's.
    pub fn code(&self, purpose: &str, id: Uuid) -> Code {
        let tag = self.tag(purpose, id.as_bytes());
        let mut values: Vec<u8> = tag.as_ref().iter().take(LENGTH - 1).map(|byte| byte & 31).collect();
        let check = times_two(remainder(&values));
        values.push(check);
        Code(text_of(&values))
    }

    /// Six digits that belong to a row.
    pub fn digits(&self, purpose: &str, id: Uuid) -> String {
        let tag = self.tag(purpose, id.as_bytes());
        // 64 bits for one of a million: no number is favoured by more than one in 10^13
        let number = tag
            .as_ref()
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }

    /// What is stored of a text by which a row is found: it cannot be tried out without the key.
    pub fn hash(&self, purpose: &str, text: &str) -> Vec<u8> {
        self.tag(purpose, text.as_bytes()).as_ref().to_vec()
    }

    /// [`Codes::hash`] in hexadecimal digits.
    pub fn hash_text(&self, purpose: &str, text: &str) -> String {
        let mut digits = String::new();
        for byte in self.hash(purpose, text) {
            digits.push_str(&format!("{byte:02x}"));
        }
        digits
    }

    /// An id that follows from a text, so that a second sending makes the same row.
    pub fn id(&self, purpose: &str, text: &str) -> Uuid {
        let mut bytes = [0; 16];
        let tag = self.tag(purpose, text.as_bytes());
        bytes
            .iter_mut()
            .zip(tag.as_ref())
            .for_each(|(byte, hash)| *byte = *hash);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    fn tag(&self, purpose: &str, bytes: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        context.sign()
    }
}

fn text_of(values: &[u8]) -> String {
    let letter = |value: &u8| ALPHABET.get(usize::from(*value)).copied().map(char::from);
    values.iter().filter_map(letter).collect()
}

/// The characters as a polynomial over the field of 32 elements, at its generator: 0 for a whole code. Each place has
/// another weight, so no single error and no exchange of neighbours keeps the sum.
fn remainder(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_two(sum) ^ value)
}

/// Times the generator, modulo x^5 + x^2 + 1.
const fn times_two(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Codes {
        Codes::new(&[7; 32])
    }

    fn code(id: u128) -> Code {
        codes().code("test", Uuid::from_u128(id))
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for id in 0..200 {
            let code = code(id);
            let shown = code.shown();
            assert_eq!(shown.len(), 14);
            let sloppy = shown
                .to_lowercase()
                .replace('0', "o")
                .replace('1', "l")
                .replace('-', " – ");
            for typed in [
                shown.as_str(),
                code.as_str(),
                &sloppy,
                &format!("KHUYENHOC:JOIN:{}", code.as_str()),
            ] {
                assert_eq!(Code::parse(typed).as_ref(), Ok(&code), "{typed}");
            }
        }
    }

    #[test]
    fn one_wrong_character_and_two_changed_about_are_found() {
        for id in 0..20 {
            let code = code(id);
            let letters: Vec<char> = code.as_str().chars().collect();
            for place in 0..LENGTH {
                for other in ALPHABET {
                    let mut wrong = letters.clone();
                    wrong[place] = char::from(*other);
                    let parsed = Code::parse(&wrong.iter().collect::<String>());
                    assert_eq!(parsed.is_ok(), wrong == letters, "{wrong:?}");
                }
                if place > 0 && letters[place] != letters[place - 1] {
                    let mut wrong = letters.clone();
                    wrong.swap(place, place - 1);
                    assert!(Code::parse(&wrong.iter().collect::<String>()).is_err(), "{wrong:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "",
            "----",
            "7K3M-9QXT",
            "7K3M-9QXT-4WHU",
            "đăng ký",
            &"0".repeat(13),
            &"7".repeat(10_000),
        ] {
            assert_eq!(Code::parse(text), Err(Rule::NotACode), "{text}");
        }
    }

    #[test]
    fn rows_purposes_and_keys_have_codes_of_their_own() {
        let id = Uuid::from_u128(1);
        assert!(code(1).is(&code(1)));
        assert!(!code(1).is(&code(2)));
        assert!(!code(1).is(&codes().code("other", id)));
        assert!(!code(1).is(&Codes::new(&[8; 32]).code("test", id)));
        let digits = codes().digits("test", id);
        assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(digits, codes().digits("test", Uuid::from_u128(2)));
        assert_eq!(format!("{:?}", code(1)), "Code(..)");
    }
}
