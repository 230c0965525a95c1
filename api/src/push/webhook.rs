//! Messages to the adaptor of the push services: the same signed POST as for messages to telephones.

use entity::value::Language;
use futures_util::future::{BoxFuture, FutureExt};
use hyper::body::Bytes;
use serde_json::json;

use super::{PushMessage, Pusher, Verdict};
use crate::sender::{Envelope, Try, Webhook};

/// The adaptor of the push services.
pub(super) struct PushWebhook(pub(super) Webhook);

impl Pusher for PushWebhook {
    fn push<'a>(&'a self, message: &'a PushMessage) -> BoxFuture<'a, Verdict> {
        async move {
            let body = json!({
                "type": "push",
                "id": message.id,
                "token": message.token,
                "platform": message.platform.as_str(),
                "kind": message.kind.as_str(),
                "title": message.title,
                "language": match message.language {
                    Language::Vi => "vi",
                    Language::En => "en",
                },
            });
            let body = Bytes::from(body.to_string());
            let envelope = Envelope {
                id: message.id.0,
                now: message.now,
                body: &body,
            };
            match self.0.offer(envelope).await {
                Try::Sent => Verdict::Taken,
                Try::Gone => Verdict::Unregistered,
                // an adaptor that was set up wrong is mended within the day, so what it refuses waits as well
                Try::Later(cause) | Try::Never(cause) => Verdict::Refused(cause),
            }
        }
        .boxed()
    }
}
