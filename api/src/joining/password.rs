//! What may become a new password, said in the words of the input.

use secrecy::SecretString;

use crate::account::password::{About, MIN_LENGTH, NewPassword};
use crate::error::{Error, Result};

/// A new password as it is hashed.
///
/// # Errors
/// INVALID at `path` with the first rule it breaks.
pub fn new_password(path: &str, password: &SecretString, about: &About<'_>) -> Result<NewPassword> {
    NewPassword::parse(password, about, MIN_LENGTH).map_err(|rule| Error::invalid(path, rule))
}
