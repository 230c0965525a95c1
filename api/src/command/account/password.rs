//! Passwords on the command line: made up and shown once, or read from standard input; never an argument, which every
//! user of the machine could see.

use std::io::BufRead;

use entity::value::{Language, Rule};
use secrecy::{ExposeSecret, SecretString};

use crate::account::password::{About, MIN_LENGTH, NewPassword, generate};
use crate::clock::Entropy;
use crate::command::failure::{Failure, print};

/// A new password: one line of standard input, or one made up.
pub(super) fn take(entropy: &dyn Entropy, stdin: bool) -> Result<SecretString, Failure> {
    if !stdin {
        return Ok(generate(entropy));
    }
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// Shows a password that was made up.
pub(super) fn show(password: &SecretString, stdin: bool) -> Result<(), Failure> {
    if stdin {
        return Ok(());
    }
    print(&format!("password, shown only now: {}\n", password.expose_secret()))
}

/// The password as it is hashed, if it may become this person's.
///
/// # Errors
/// Which rule it breaks.
pub(super) fn check(password: &SecretString, about: &About<'_>) -> Result<NewPassword, Failure> {
    let told = |rule: Rule| Failure::new(format!("the password: {}", rule.message(Language::En)));
    NewPassword::parse(password, about, MIN_LENGTH).map_err(told)
}
