//! Whether the process lives, and whether it can work.

use axum::extract::State;
use axum::http::StatusCode;

use super::graphql::Endpoint;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The database answers too; 503 when it does not, so that a balancer sends phones elsewhere.
pub(super) async fn ready(State(endpoint): State<Endpoint>) -> (StatusCode, &'static str) {
    match endpoint.app().db.tenants().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n")
        }
    }
}
