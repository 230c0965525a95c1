//! Messages to devices: that there is news, while the app is closed.
//!
//! The relay puts a message up for each device in the transaction that writes the notice ([`crate::relay`]); it is sent
//! afterwards, outside of any transaction, and tried again with growing pauses (`delivery`, `pause`). It shows the title
//! of the notice and nothing else: names and reasons are read in the app, by who is signed in there.

mod delivery;
mod input;
mod log;
mod mutation;
mod pause;
mod store;
mod webhook;

use std::sync::Arc;

use entity::id::PushDeliveryId;
use entity::value::Language;
use entity::vocabulary::{NoticeKind, Platform};
use futures_util::future::BoxFuture;

use crate::config::{Config, MessageSender};
use crate::sender::Webhook;

pub use delivery::{ASK, Pushed, keep, push_once};
pub use mutation::PushMutation;
pub use store::devices_of;

/// A message to one device.
pub struct PushMessage {
    /// The same for every try: a gateway that has had it shows it no second time.
    pub id: PushDeliveryId,
    /// What the platform's own service knows the device by.
    pub token: String,
    /// What it runs.
    pub platform: Platform,
    /// What the notice says.
    pub kind: NoticeKind,
    /// Its title in the device's language.
    pub title: &'static str,
    /// That language.
    pub language: Language,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The gateway has taken it.
    Taken,
    /// The device is not there any more.
    Unregistered,
    /// It was not taken, and may be a while later; the text is for the log and holds no token.
    Refused(String),
}

/// A way to devices.
pub trait Pusher: Send + Sync {
    /// Sends a message, within a few seconds.
    fn push<'a>(&'a self, message: &'a PushMessage) -> BoxFuture<'a, Verdict>;
}

/// The configured way, if there is one.
pub fn configured(config: &Config) -> Option<Arc<dyn Pusher>> {
    match config.push.sender {
        MessageSender::None => None,
        MessageSender::Log => Some(Arc::new(log::DevelopmentLog)),
        MessageSender::Webhook => Some(Arc::new(webhook::PushWebhook(Webhook::of(&config.push)?))),
    }
}
