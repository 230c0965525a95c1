//! The log as a device: for those who build an app and have no gateway.

use futures_util::future::{BoxFuture, FutureExt};

use super::{PushMessage, Pusher, Verdict};

/// Writes messages into the log, without the device's token.
pub(super) struct DevelopmentLog;

impl Pusher for DevelopmentLog {
    fn push<'a>(&'a self, message: &'a PushMessage) -> BoxFuture<'a, Verdict> {
        async move {
            tracing::info!(
                id = %message.id,
                platform = message.platform.as_str(),
                kind = message.kind.as_str(),
                title = message.title,
                "message to a device, shown for development"
            );
            Verdict::Taken
        }
        .boxed()
    }
}
