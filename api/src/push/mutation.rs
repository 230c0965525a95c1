//! Registering and removing the device a session runs on.

use async_graphql::{Context, Object, SimpleObject};

use super::input::{RegisterPushTokenInput, RemovePushTokenInput};
use super::store;
use crate::access::Access;
use crate::error::Result;
use crate::replay::WriteOutcome;

/// The answer to `registerPushToken`.
#[derive(SimpleObject)]
pub struct RegisterPushTokenPayload {
    /// APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
    /// Whether this server sends anything to devices; where not, the app asks for `notices` by itself.
    pub sends: bool,
}

/// The answer to `removePushToken`.
#[derive(SimpleObject)]
pub struct RemovePushTokenPayload {
    /// Whether the device had been registered by this account.
    pub removed: bool,
}

/// Mutations of devices.
#[derive(Default)]
pub struct PushMutation;

/// Mutations of devices.
#[Object]
impl PushMutation {
    /// Registers the device that the session runs on for messages about new notices, in the language of the request. It
    /// takes the place of the one the session had before, and it ends with the session. A device has one owner: registered
    /// by another account, it is that one's.
    async fn register_push_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: RegisterPushTokenInput,
    ) -> Result<RegisterPushTokenPayload> {
        let viewer = ctx.viewer()?;
        let device = (input.token()?, input.platform.into(), input.idempotency_key);
        let outcome = store::register(ctx.app(), &viewer.session, ctx.request(), device).await?;
        Ok(RegisterPushTokenPayload {
            outcome,
            sends: ctx.app().pusher.is_some(),
        })
    }

    /// Removes a device of the viewer's: it takes no more messages. It needs no `idempotencyKey`: what is gone stays gone.
    async fn remove_push_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: RemovePushTokenInput,
    ) -> Result<RemovePushTokenPayload> {
        let viewer = ctx.viewer()?;
        let removed = store::remove(ctx.app(), viewer.account, &input.token).await?;
        Ok(RemovePushTokenPayload { removed })
    }
}
