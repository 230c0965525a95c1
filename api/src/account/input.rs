//! What somebody signs in with.

use async_graphql::{ID, InputObject};
use entity::value::{PhoneNumber, UserName};
use secrecy::SecretString;

/// Name and password.
#[derive(InputObject)]
pub struct SignInInput {
    /// Phone number as people write it, or user name.
    pub login: String,
    /// Password.
    pub password: String,
    /// The post to act under; needed only by those who hold several.
    pub acting_post_id: Option<ID>,
}

/// A name to sign in with.
pub enum Login {
    /// By phone number.
    Phone(PhoneNumber),
    /// By user name.
    UserName(UserName),
    /// Neither: answered like an unknown account.
    Nobody,
}

impl SignInInput {
    /// Takes name and password apart; whatever is wrong with them is answered like a wrong password.
    pub fn parse(self) -> (Login, SecretString, Option<ID>) {
        let login = PhoneNumber::parse(&self.login)
            .map(Login::Phone)
            .or_else(|_| UserName::parse(&self.login).map(Login::UserName))
            .unwrap_or(Login::Nobody);
        (login, SecretString::from(self.password), self.acting_post_id)
    }
}
