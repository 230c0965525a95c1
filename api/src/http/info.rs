//! What is the same for the whole of a request, read from its head once.

use axum::extract::Request;
use uuid::Uuid;

use super::address;
use super::headers::{RequestId, language};
use crate::app::App;
use crate::request::RequestInfo;

/// Of a request that has just come in.
pub(super) fn of(app: &App, request: &Request) -> RequestInfo {
    let id = request.extensions().get::<RequestId>();
    RequestInfo {
        id: id.map_or_else(Uuid::nil, |id| id.0),
        now: app.clock.now(),
        language: language(request.headers()),
        address: address::of(&app.config, request),
    }
}

/// The same caller at this moment, for connections that outlive a request.
pub(super) fn anew(app: &App, caller: RequestInfo) -> RequestInfo {
    RequestInfo {
        now: app.clock.now(),
        ..caller
    }
}
