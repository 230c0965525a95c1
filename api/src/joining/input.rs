//! What people join with.

use async_graphql::{ID, InputObject};
use entity::id::{HouseholdId, InvitationId, TenantId, UnitId};
use entity::value::{PersonName, PhoneNumber, Rule, UserName};
use secrecy::SecretString;
use uuid::Uuid;

use super::password::new_password;
use crate::account::DeviceInput;
use crate::account::password::About;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::session::Device;

/// The most households invited, or invitations revoked, by one request.
const MOST: usize = 200;
/// Digits of a code that is sent to a telephone.
const DIGITS: usize = 6;

/// Households whose families are to be invited.
#[derive(InputObject)]
pub struct CreateInvitationsInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The households, 1 to 200.
    pub household_ids: Vec<ID>,
}

/// Invitations to be taken back.
#[derive(InputObject)]
pub struct RevokeInvitationsInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The invitations, 1 to 200.
    pub ids: Vec<ID>,
}

/// An invitation to be used. Whoever is signed in sends the code only.
#[derive(InputObject)]
pub struct AcceptInvitationInput {
    /// The code as it is typed, or the whole text of the QR code.
    pub code: String,
    /// The person's name, up to 100 characters; needed unless signed in.
    pub name: Option<String>,
    /// Phone number to sign in with; this or `userName` is needed unless signed in.
    pub phone: Option<String>,
    /// User name to sign in with.
    pub user_name: Option<String>,
    /// The new account's password, 15 to 128 characters; needed unless signed in. Where there is an account with this
    /// phone number or user name already, its password.
    pub password: Option<String>,
    /// The device, so that its owner knows it again among `mySessions`.
    pub device: Option<DeviceInput>,
}

/// A telephone that a code is to be sent to.
#[derive(InputObject)]
pub struct RequestPhoneCodeInput {
    /// Phone number as people write it.
    pub phone: String,
    /// The branch to be joined.
    pub branch_id: ID,
}

/// A code that was sent to a telephone, and who joins by it.
#[derive(InputObject)]
pub struct JoinByPhoneInput {
    /// The phone number the code was sent to.
    pub phone: String,
    /// The six digits.
    pub code: String,
    /// The branch, the same as the code was asked for.
    pub branch_id: ID,
    /// The person's name, up to 100 characters.
    pub name: String,
    /// The new account's password, 15 to 128 characters. Where there is an account with this phone number already, its
    /// password.
    pub password: String,
    /// The device, so that its owner knows it again among `mySessions`.
    pub device: Option<DeviceInput>,
}

/// Whoever joins.
pub struct Newcomer {
    /// The person's name.
    pub name: PersonName,
    /// Phone number to sign in with.
    pub phone: Option<PhoneNumber>,
    /// Name to sign in with.
    pub user_name: Option<UserName>,
    /// Password.
    pub password: SecretString,
}

/// A joining by phone, parsed.
pub struct JoinByPhone {
    /// The number.
    pub phone: PhoneNumber,
    /// Six digits.
    pub code: String,
    /// Association and id of the branch.
    pub branch: (TenantId, UnitId),
    /// Who joins.
    pub newcomer: Newcomer,
    /// The device.
    pub device: Device,
}

impl Newcomer {
    /// What the password is held against.
    pub fn about(&self) -> About<'_> {
        About {
            name: self.name.as_str(),
            phone: self.phone.as_ref().map(PhoneNumber::as_str),
            user_name: self.user_name.as_ref().map(UserName::as_str),
        }
    }
}

impl CreateInvitationsInput {
    /// Checks every id.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Vec<(TenantId, HouseholdId)>> {
        ids(NodeKind::Household, &self.household_ids, "householdIds")
    }
}

impl RevokeInvitationsInput {
    /// Checks every id.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Vec<(TenantId, InvitationId)>> {
        ids(NodeKind::Invitation, &self.ids, "ids")
    }
}

fn ids<T: From<Uuid>>(kind: NodeKind, ids: &[ID], path: &str) -> Result<Vec<(TenantId, T)>> {
    if ids.is_empty() {
        return Err(Error::invalid(path, Rule::Required));
    }
    if ids.len() > MOST {
        return Err(Error::invalid(path, Rule::TooMany { max: MOST }));
    }
    let id = |(at, id)| decode_as(kind, id, &format!("{path}.{at}"));
    ids.iter().enumerate().map(id).collect()
}

impl AcceptInvitationInput {
    /// The code.
    ///
    /// # Errors
    /// INVALID `NOT_A_CODE`.
    pub fn code(&self) -> Result<Code> {
        Code::parse(&self.code).map_err(|rule| Error::invalid("code", rule))
    }

    /// Who joins, where nobody is signed in.
    ///
    /// # Errors
    /// INVALID.
    pub fn newcomer(self) -> Result<(Newcomer, Device)> {
        let name = self.name.as_deref().unwrap_or_default();
        let name = PersonName::parse(name).map_err(|rule| Error::invalid("name", rule))?;
        let phone = given(self.phone.as_deref()).map(PhoneNumber::parse).transpose();
        let phone = phone.map_err(|rule| Error::invalid("phone", rule))?;
        let user_name = given(self.user_name.as_deref()).map(UserName::parse).transpose();
        let user_name = user_name.map_err(|rule| Error::invalid("userName", rule))?;
        if phone.is_none() && user_name.is_none() {
            return Err(Error::invalid("phone", Rule::Required));
        }
        let device = self.device.map(DeviceInput::parse).transpose()?.unwrap_or_default();
        let newcomer = Newcomer {
            name,
            phone,
            user_name,
            password: SecretString::from(self.password.unwrap_or_default()),
        };
        new_password("password", &newcomer.password, &newcomer.about())?;
        Ok((newcomer, device))
    }
}

/// An empty text stands for none: forms send one.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

impl RequestPhoneCodeInput {
    /// Number and branch.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<(PhoneNumber, (TenantId, UnitId))> {
        let phone = PhoneNumber::parse(&self.phone).map_err(|rule| Error::invalid("phone", rule))?;
        Ok((phone, decode_as(NodeKind::Unit, &self.branch_id, "branchId")?))
    }
}

impl JoinByPhoneInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(self) -> Result<JoinByPhone> {
        let phone = PhoneNumber::parse(&self.phone).map_err(|rule| Error::invalid("phone", rule))?;
        let code: String = self.code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid("code", Rule::NotACode));
        }
        let branch = decode_as(NodeKind::Unit, &self.branch_id, "branchId")?;
        let name = PersonName::parse(&self.name).map_err(|rule| Error::invalid("name", rule))?;
        let device = self.device.map(DeviceInput::parse).transpose()?.unwrap_or_default();
        let newcomer = Newcomer {
            name,
            phone: Some(phone.clone()),
            user_name: None,
            password: SecretString::from(self.password),
        };
        new_password("password", &newcomer.password, &newcomer.about())?;
        Ok(JoinByPhone {
            phone,
            code,
            branch,
            newcomer,
            device,
        })
    }
}
