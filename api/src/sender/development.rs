//! The log as a telephone: for those who build an app and have no gateway. It shows codes, so it is on only where the
//! configuration says so.

use futures_util::future::{BoxFuture, FutureExt};

use super::{Message, SendError, Sender};

/// Writes messages into the log.
pub(super) struct DevelopmentLog;

impl Sender for DevelopmentLog {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), SendError>> {
        async move {
            tracing::warn!(
                to = message.to.masked(),
                code = message.code,
                "message, shown for development"
            );
            Ok(())
        }
        .boxed()
    }
}
