//! Messages to telephones: one interface, and the two ways there are.
//!
//! A message is sent outside of any transaction: a gateway that is slow must not hold a row. There is no way by default;
//! what needs one is refused then.

mod address;
mod authority;
mod development;
mod webhook;

use std::sync::Arc;

use entity::value::{Language, PhoneNumber};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::config::{Config, MessageSender};

pub use authority::Authorities;
pub use webhook::{Envelope, Try, Webhook, WebhookSecret, is_webhook_url, needs_leave};

/// A one-time code on its way to a telephone.
pub struct Message {
    /// The same for every try: a gateway that has had it sends it no second time.
    pub id: Uuid,
    /// Whose telephone.
    pub to: PhoneNumber,
    /// The code.
    pub code: String,
    /// For how many seconds it holds.
    pub expires_in: i64,
    /// The language of the text.
    pub language: Language,
    /// Now, in seconds since 1970.
    pub now: i64,
}

impl Message {
    /// The whole text, for gateways that take one as it is.
    fn text(&self) -> String {
        let minutes = self.expires_in / 60;
        match self.language {
            Language::Vi => format!(
                "{} là mã tham gia Khuyến học của bạn, dùng trong {minutes} phút. Không đưa mã này cho ai, kể cả cán bộ hội.",
                self.code
            ),
            Language::En => format!(
                "{} is your code for Khuyến học, good for {minutes} minutes. Give it to nobody, not even an officer.",
                self.code
            ),
        }
    }
}

/// Why a message did not go out; the text is for the log and holds neither number nor code.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SendError(String);

/// A way to telephones.
pub trait Sender: Send + Sync {
    /// Sends a message, within a few seconds.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), SendError>>;
}

/// The configured way, if there is one.
pub fn configured(config: &Config) -> Option<Arc<dyn Sender>> {
    match config.message.sender {
        MessageSender::None => None,
        MessageSender::Log => Some(Arc::new(development::DevelopmentLog)),
        MessageSender::Webhook => Some(Arc::new(Webhook::of(&config.message)?)),
    }
}
