//! What the mutations about the second factor take.

use async_graphql::InputObject;
use secrecy::SecretString;

use super::code::Code;
use crate::error::{Error, Result};

/// The first code of a new second factor.
#[derive(InputObject)]
pub struct ConfirmSecondFactorInput {
    /// The six digits that the authenticator app shows.
    pub code: String,
}

/// A new proof of who is signed in.
#[derive(InputObject)]
pub struct StepUpInput {
    /// The password; for accounts without a second factor.
    pub password: Option<String>,
    /// Six digits from the authenticator app, or a recovery code; for accounts with a second factor.
    pub code: Option<String>,
}

/// What was given as proof.
pub struct Proof {
    /// The password.
    pub password: Option<SecretString>,
    /// A code.
    pub code: Option<Code>,
}

impl ConfirmSecondFactorInput {
    /// The code.
    ///
    /// # Errors
    /// UNAUTHENTICATED `WRONG_CODE` for what cannot be one.
    pub fn parse(&self) -> Result<Code> {
        read(&self.code)
    }
}

impl StepUpInput {
    /// Takes the proofs apart.
    ///
    /// # Errors
    /// UNAUTHENTICATED `WRONG_CODE` for a code that cannot be one.
    pub fn parse(self) -> Result<Proof> {
        Ok(Proof {
            password: self.password.map(SecretString::from),
            code: self.code.as_deref().map(read).transpose()?,
        })
    }
}

fn read(text: &str) -> Result<Code> {
    Code::parse(text).ok_or(Error::WrongCode)
}
