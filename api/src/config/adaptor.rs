//! How messages leave the house: one set of keys for those to telephones, one for those to devices.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::source::Values;
use crate::sender::{Authorities, WebhookSecret, is_webhook_url, needs_leave};

/// The way that messages take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageSender {
    /// None.
    None,
    /// Through the adaptor of a gateway.
    Webhook,
    /// Into the log, for development.
    Log,
}

/// How messages of one kind leave the house.
#[derive(Debug, Clone)]
pub struct Adaptor {
    /// What the names of its keys begin with.
    pub which: &'static str,
    /// The way they take.
    pub sender: MessageSender,
    /// Where the adaptor takes them; a secret because it may hold a key.
    pub url: Option<SecretString>,
    /// What they are signed with.
    pub secret: Option<SecretString>,
    /// Whose certificates the adaptor may show, where it is not for the public authorities; the file's content.
    pub ca_file: Option<Authorities>,
    /// Whether the adaptor may stand at a private address.
    pub private: bool,
}

impl Adaptor {
    /// Reads its keys.
    pub(super) fn read(values: &mut Values, which: &'static str) -> Self {
        let key = |name: &str| format!("{which}_{name}");
        Self {
            which,
            sender: values.read(&key("sender"), MessageSender::None, |text| match text {
                "none" => Some(MessageSender::None),
                "webhook" => Some(MessageSender::Webhook),
                "log" => Some(MessageSender::Log),
                _ => None,
            }),
            url: values.secret(&key("webhook_url"), is_webhook_url),
            secret: values.secret(&key("webhook_secret"), |text| WebhookSecret::parse(text).is_some()),
            ca_file: values.optional(&key("webhook_ca_file"), |path| Authorities::read(Path::new(path))),
            private: values.flag(&key("webhook_private")),
        }
    }

    /// Notes what a webhook lacks.
    pub(super) fn agree(&self, values: &mut Values) {
        if self.sender != MessageSender::Webhook {
            return;
        }
        let which = self.which;
        for (key, given) in [
            ("webhook_url", self.url.is_some()),
            ("webhook_secret", self.secret.is_some()),
        ] {
            if !given {
                let message = format!("is needed where {which}_sender is webhook");
                values.complain(&format!("{which}_{key}"), message);
            }
        }
        let url = self.url.as_ref().map(ExposeSecret::expose_secret);
        if url.is_some_and(needs_leave) && !self.private {
            let message = format!("must be true where {which}_webhook_url has a private address");
            values.complain(&format!("{which}_webhook_private"), message);
        }
    }
}
