//! What may be a new password, and how the program makes one up.
//!
//! Length is the whole rule: no classes of characters, no expiry (NIST SP 800-63B-4 section 3.1.1.2).

use secrecy::SecretString;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::clock::Entropy;

/// The least length in code points of a password that is the only factor (NIST SP 800-63B-4, ASVS 6.2.1).
pub const MIN_LENGTH: usize = 15;
/// The greatest length in code points.
pub const MAX_LENGTH: usize = 128;
/// The greatest length in bytes as sent. Room for 128 code points of any script, even with every mark apart.
pub const MAX_BYTES: usize = 1024;

/// Why a text may not be a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordRefusal {
    /// Fewer than [`MIN_LENGTH`] code points.
    #[error("a password needs at least {MIN_LENGTH} characters")]
    TooShort,
    /// More than [`MAX_LENGTH`] code points or [`MAX_BYTES`] bytes.
    #[error("a password may have at most {MAX_LENGTH} characters")]
    TooLong,
    /// A control character, which many keyboards cannot type again.
    #[error("a password may not contain control characters")]
    ControlCharacter,
}

/// Whether a text may become somebody's password. Code points are counted after normalisation (NFC), so a letter with
/// its marks counts the same from every keyboard.
///
/// # Errors
/// The first reason found against it.
pub fn check_new_password(password: &str) -> Result<(), PasswordRefusal> {
    let normal = normal(password).ok_or(PasswordRefusal::TooLong)?;
    match length(&normal) {
        ..MIN_LENGTH => Err(PasswordRefusal::TooShort),
        MIN_LENGTH..=MAX_LENGTH if normal.chars().any(char::is_control) => Err(PasswordRefusal::ControlCharacter),
        MIN_LENGTH..=MAX_LENGTH => Ok(()),
        _ => Err(PasswordRefusal::TooLong),
    }
}

/// The text in NFC, once and nothing else: no trimming, no change of case. `None` above [`MAX_BYTES`].
pub(super) fn normal(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > MAX_BYTES {
        return None;
    }
    // NFC makes UTF-8 at most three times as long (UAX 15). Reserved at once: growing would leave copies behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len() * 3));
    normal.extend(password.nfc());
    Some(normal)
}

/// The length in code points.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// Letters and digits that differ on paper and, in Vietnamese, on the telephone: none of 0 O 1 l I, nor of the pairs
/// s-x, i-y, l-n, d-z that sound alike.
const ALPHABET: &[u8; 26] = b"abcdeghkmnpqrtuvwx23456789";
const GROUPS: usize = 5;
const GROUP: usize = 4;

/// A password to be read out or printed: five groups of four, 94 bits, for example `k7mp-3wxa-..`.
pub fn generate(entropy: &dyn Entropy) -> SecretString {
    let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
    for place in 0..GROUPS * GROUP {
        if place > 0 && place % GROUP == 0 {
            text.push('-');
        }
        let mut random = Zeroizing::new([0; 8]);
        entropy.fill(random.as_mut());
        // 64 random bits for one of 26: the first letters are favoured by less than 2 in 10^18.
        let choice = u64::from_le_bytes(*random) % 26;
        let letter = usize::try_from(choice)
            .ok()
            .and_then(|at| ALPHABET.get(at))
            .copied()
            .unwrap_or(b'a');
        text.push(char::from(letter));
    }
    SecretString::from(text.as_str())
}
