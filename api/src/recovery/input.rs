//! What people come back with.

use async_graphql::{ID, InputObject};
use entity::id::AccountId;
use secrecy::SecretString;
use uuid::Uuid;

use crate::account::password::About;
use crate::account::{DeviceInput, Login};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::session::Device;

/// Whom a code is given out for.
#[derive(InputObject)]
pub struct IssueRecoveryCodeInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The account; every post of it must be below the acting post.
    pub account_id: ID,
}

/// The code an officer gave out, and the new password.
#[derive(InputObject)]
pub struct RecoverInput {
    /// Phone number as people write it, or user name.
    pub login: String,
    /// The code as it is typed.
    pub code: String,
    /// The new password, 15 to 128 characters.
    pub new_password: String,
    /// The device, so that its owner knows it again among `mySessions`.
    pub device: Option<DeviceInput>,
}

/// A recovery, parsed.
pub struct Recover {
    /// Who.
    pub login: Login,
    /// The code.
    pub code: Code,
    /// The new password.
    pub password: SecretString,
    /// The device.
    pub device: Device,
}

impl Recover {
    /// What the new password is held against: only what the person has typed, so that the answer says nothing of an
    /// account.
    pub fn about(&self) -> About<'_> {
        let (phone, user_name) = match &self.login {
            Login::Phone(phone) => (Some(phone.as_str()), None),
            Login::UserName(name) => (None, Some(name.as_str())),
            Login::Nobody(_) => (None, None),
        };
        About {
            name: "",
            phone,
            user_name,
        }
    }
}

impl IssueRecoveryCodeInput {
    /// The account.
    ///
    /// # Errors
    /// INVALID.
    pub fn account(&self) -> Result<AccountId> {
        Ok(decode_as(NodeKind::Account, &self.account_id, "accountId")?.1)
    }
}

impl RecoverInput {
    /// Checks every value; none of these checks says anything of an account.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(self) -> Result<Recover> {
        Ok(Recover {
            login: Login::parse(&self.login),
            code: Code::parse(&self.code).map_err(|rule| Error::invalid("code", rule))?,
            password: SecretString::from(self.new_password),
            device: self.device.map(DeviceInput::parse).transpose()?.unwrap_or_default(),
        })
    }
}
