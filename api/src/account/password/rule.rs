//! What may be a new password, and how the program makes one up.
//!
//! Length is the rule, and not being easy to guess: no classes of characters, no expiry (NIST SP 800-63B-4 section
//! 3.1.1.2).

use entity::table::account;
use entity::value::Rule;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::guess;
use crate::clock::Entropy;

/// The least length in code points of a password that is the only factor (NIST SP 800-63B-4, ASVS 6.2.1).
pub const MIN_LENGTH: usize = 15;
/// The least length in code points of a password beside a second factor.
pub const MIN_LENGTH_WITH_SECOND_FACTOR: usize = 8;
/// The least length in code points, by whether the account has a second factor.
pub const fn min_length(beside_second_factor: bool) -> usize {
    if beside_second_factor {
        MIN_LENGTH_WITH_SECOND_FACTOR
    } else {
        MIN_LENGTH
    }
}

/// The greatest length in code points.
pub const MAX_LENGTH: usize = 128;
/// The greatest length in bytes as sent. Room for 128 code points of any script, even with every mark apart.
pub const MAX_BYTES: usize = 1024;

/// Whose password it is to be: what is known of a person is what is guessed first.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The person's name.
    pub name: &'a str,
    /// Phone number, E.164.
    pub phone: Option<&'a str>,
    /// Name for signing in.
    pub user_name: Option<&'a str>,
}

impl<'a> From<&'a account::Model> for About<'a> {
    fn from(account: &'a account::Model) -> Self {
        Self {
            name: &account.name,
            phone: account.phone.as_deref(),
            user_name: account.user_name.as_deref(),
        }
    }
}

/// A text that may become somebody's password, normalised. `Debug` does not show it.
#[derive(Clone)]
pub struct NewPassword(Zeroizing<String>);

impl NewPassword {
    /// Whether a text may become this person's password. Code points are counted after normalisation (NFKC), so a letter
    /// with its marks counts the same from every keyboard. `min` is [`MIN_LENGTH`], or
    /// [`MIN_LENGTH_WITH_SECOND_FACTOR`] for an account that has one.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn parse(password: &SecretString, about: &About<'_>, min: usize) -> Result<Self, Rule> {
        let too_long = Rule::TooLong { max: MAX_LENGTH };
        let normal = normal(password.expose_secret()).ok_or(too_long)?;
        match length(&normal) {
            length if length < min => return Err(Rule::TooShort { min }),
            length if length > MAX_LENGTH => return Err(too_long),
            _ => {}
        }
        if normal.chars().any(char::is_control) {
            return Err(Rule::ControlCharacter);
        }
        guess::check(&normal, about)?;
        Ok(Self(normal))
    }

    /// Whether it is enough beside a second factor only.
    pub fn is_short(&self) -> bool {
        length(&self.0) < MIN_LENGTH
    }

    /// A password that everybody may know, such as the demo's; it is held against no rule.
    pub fn public(password: &str) -> Self {
        Self(Zeroizing::new(password.nfkc().collect()))
    }

    /// As it is hashed.
    pub(super) fn normal(self) -> Zeroizing<String> {
        self.0
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword")
    }
}

/// The text in NFKC, once and nothing else: no trimming, no change of case. `None` above [`MAX_BYTES`].
pub(super) fn normal(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > MAX_BYTES {
        return None;
    }
    // NFKC makes UTF-8 at most eleven times as long (UAX 15). Reserved at once: growing would leave copies behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len() * 11));
    normal.extend(password.nfkc());
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
