//! What somebody signs in with.

use async_graphql::{ID, InputObject};
use entity::id::PostId;
use entity::value::{PhoneNumber, ShortText, UserName};
use secrecy::SecretString;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::session::Device;
use crate::session::Platform;

/// Name and password.
#[derive(InputObject)]
pub struct SignInInput {
    /// Phone number as people write it, or user name.
    pub login: String,
    /// Password.
    pub password: String,
    /// Six digits from the authenticator app, or a recovery code; needed where the account has a second factor.
    pub code: Option<String>,
    /// The post to act under; needed only by those who hold several.
    pub acting_post_id: Option<ID>,
    /// The device, so that its owner knows it again among `mySessions`.
    pub device: Option<DeviceInput>,
}

/// What a phone says of itself.
#[derive(InputObject)]
pub struct DeviceInput {
    /// Made up by the app when it was installed, as a random UUID (version 4); the same for as long as it stays installed.
    /// Keep it in the device's key store and send it nowhere else: a device that was signed in before is known by it.
    pub id: Option<Uuid>,
    /// What its owner calls it, or its model; up to 200 characters.
    pub name: Option<String>,
    /// What it runs.
    pub platform: Option<Platform>,
    /// The app's version, up to 200 characters.
    pub app_version: Option<String>,
}

/// What a sign-in asks for besides.
pub struct Wishes {
    /// A code, as it was typed: looked at only after the password.
    pub code: Option<String>,
    /// The post to act under.
    pub post: Option<PostId>,
    /// The device.
    pub device: Device,
}

/// A name to sign in with.
#[derive(Debug)]
pub enum Login {
    /// By phone number.
    Phone(PhoneNumber),
    /// By user name.
    UserName(UserName),
    /// Neither, as it was sent: answered like an unknown account.
    Nobody(String),
}

impl Login {
    /// Reads a phone number or user name as people write it.
    pub fn parse(text: &str) -> Self {
        PhoneNumber::parse(text)
            .map(Self::Phone)
            .or_else(|_| UserName::parse(text).map(Self::UserName))
            .unwrap_or_else(|_| Self::Nobody(text.to_owned()))
    }
}

impl SignInInput {
    /// Takes name and password apart; whatever is wrong with these two is answered like a wrong password.
    ///
    /// # Errors
    /// INVALID for anything else that is to be mended.
    pub fn parse(self) -> Result<(Login, SecretString, Wishes)> {
        let login = Login::parse(&self.login);
        let post = self
            .acting_post_id
            .map(|id| decode_as(NodeKind::Post, &id, "actingPostId"))
            .transpose()?
            .map(|(_, post)| post);
        let device = self.device.map(DeviceInput::parse).transpose()?.unwrap_or_default();
        let wishes = Wishes {
            code: self.code,
            post,
            device,
        };
        Ok((login, SecretString::from(self.password), wishes))
    }
}

impl DeviceInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(self) -> Result<Device> {
        let text = |path, text: Option<String>| {
            // an empty text stands for none: forms send one
            let given = text.as_deref().filter(|text| !text.trim().is_empty());
            let parsed = given.map(ShortText::parse).transpose();
            parsed.map_err(|rule| Error::invalid(path, rule))
        };
        Ok(Device {
            id: self.id,
            name: text("device.name", self.name)?,
            platform: self.platform.map(Into::into),
            app_version: text("device.appVersion", self.app_version)?,
        })
    }
}
