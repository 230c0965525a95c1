//! The codes people type: six digits from an app, or a recovery code from a sheet of paper.
//!
//! A recovery code has 120 random bits, so a plain hash of it is enough (ASVS 6.5.2 asks for 112), and nobody guesses one.

use aws_lc_rs::digest;
use secrecy::{ExposeSecret, SecretString};

use super::totp;
use crate::clock::Entropy;

/// How many recovery codes there are at a time.
pub const RECOVERY_CODES: usize = 10;
/// Random bytes of one.
const RECOVERY_BYTES: usize = 15;
/// Letters of one.
const RECOVERY_LETTERS: usize = 24;
/// Letters between two dashes.
const GROUP: usize = 4;

/// What somebody typed.
pub enum Code {
    /// Six digits.
    FromApp(SecretString),
    /// The hash of a recovery code.
    Recovery(Vec<u8>),
}

impl Code {
    /// Reads a code as people write it: with blanks or dashes anywhere, in small letters, with a digit for the letter that
    /// looks like it. Nothing for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut kept = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
        // nobody types more; the rest of a long text is not looked at
        let kept: String = kept.by_ref().take(RECOVERY_LETTERS + 1).collect();
        if kept.len() == totp::DIGITS && kept.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::FromApp(kept.into()));
        }
        let letters: String = kept.chars().map(likely).collect();
        let is_code = letters.len() == RECOVERY_LETTERS && letters.chars().all(is_letter);
        is_code.then(|| Self::Recovery(hash(&letters)))
    }
}

/// A new recovery code as it is shown, in six groups of four letters, and what is stored of it.
pub fn new_recovery_code(entropy: &dyn Entropy) -> (SecretString, Vec<u8>) {
    let mut bytes = zeroize::Zeroizing::new([0; RECOVERY_BYTES]);
    entropy.fill(bytes.as_mut());
    let letters = base32(bytes.as_ref());
    let hash = hash(letters.expose_secret());
    let mut shown = String::new();
    for (at, letter) in letters.expose_secret().chars().enumerate() {
        if at > 0 && at % GROUP == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }
    (shown.into(), hash)
}

/// Bytes as letters and digits (RFC 4648 section 6). Their number is a multiple of five, so there is nothing to pad.
pub fn base32(bytes: &[u8]) -> SecretString {
    let mut text = String::with_capacity(bytes.len() * 8 / 5);
    for five in bytes.chunks(5) {
        let whole = five.iter().fold(0_u64, |whole, byte| (whole << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            let value = u8::try_from((whole >> (place * 5)) & 31).unwrap_or_default();
            text.push(char::from(if value < 26 { b'A' + value } else { b'2' + (value - 26) }));
        }
    }
    text.into()
}

/// The letter that was meant: the alphabet has no 0, 1 and 8, because they look like others.
fn likely(letter: char) -> char {
    match letter {
        '0' => 'O',
        '1' => 'I',
        '8' => 'B',
        other => other.to_ascii_uppercase(),
    }
}

const fn is_letter(letter: char) -> bool {
    matches!(letter, 'A'..='Z' | '2'..='7')
}

fn hash(letters: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, letters.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    fn recovery(text: &str) -> Option<Vec<u8>> {
        match Code::parse(text) {
            Some(Code::Recovery(hash)) => Some(hash),
            _ => None,
        }
    }

    #[test]
    fn letters_are_those_of_the_standard() {
        // RFC 4648 section 10
        assert_eq!(base32(b"fooba").expose_secret(), "MZXW6YTB");
        assert_eq!(base32(&[0xff; 5]).expose_secret(), "77777777");
        assert_eq!(base32(&[0; totp::SECRET_BYTES]).expose_secret(), "A".repeat(32));
    }

    #[test]
    fn a_recovery_code_is_read_as_people_write_it() {
        let (shown, stored) = new_recovery_code(&SeededEntropy::new(1));
        let shown = shown.expose_secret();
        assert_eq!((shown.len(), shown.matches('-').count()), (29, 5));
        let spaced = shown.to_lowercase().replace('-', " ");
        let alike = shown.replace('O', "0").replace('I', "1").replace('B', "8");
        for written in [
            shown.to_owned(),
            spaced,
            alike,
            shown.replace('-', ""),
            format!(" {shown}\n"),
        ] {
            assert_eq!(recovery(&written), Some(stored.clone()), "{written}");
        }
        let other = shown.replace(['A', 'C'], "D") + "D";
        for wrong in [&shown[..28], &format!("{shown}A"), &other, ""] {
            assert_ne!(recovery(wrong), Some(stored.clone()), "{wrong}");
        }
    }

    #[test]
    fn six_digits_are_from_an_app() {
        for text in ["123456", "123 456", " 123-456 "] {
            let read = Code::parse(text);
            assert!(matches!(&read, Some(Code::FromApp(digits)) if digits.expose_secret() == "123456"));
        }
        for text in ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", &"1".repeat(100_000)] {
            assert!(Code::parse(text).is_none(), "{}", text.len());
        }
    }

    #[test]
    fn codes_differ() {
        let entropy = SeededEntropy::new(7);
        let codes: std::collections::HashSet<Vec<u8>> = (0..100).map(|_| new_recovery_code(&entropy).1).collect();
        assert_eq!(codes.len(), 100);
    }
}
