//! The edge: HTTP in, HTTP out.
//!
//! The stock service of the GraphQL library runs mutations over GET, reads bodies without end and hangs on a 700-byte
//! query (`api/docs/adr/0002-async-graphql.md`), so the way from a request to the engine is our own: [`request`] reads
//! it, [`auth`] asks who sends it, `prepare` has the document measured ([`guard`]), paid and admitted (`access::gate`), for
//! all transports alike, `run` hands it to the engine, and [`respond`] writes the answer.

mod address;
pub mod auth;
pub mod budget;
pub mod chaos;
mod compression;
pub mod conditional;
pub mod cors;
mod document;
pub mod explorer;
mod failure;
mod file;
pub mod graphql;
pub mod guard;
pub mod headers;
mod health;
mod info;
mod keys;
mod prepare;
pub mod request;
pub mod respond;
mod run;
pub mod server;
mod stream;
pub mod tokens;
mod upload;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, get};
use uuid::Uuid;

use crate::app::App;
use crate::schema;

/// Everything the server answers.
pub fn router(app: &Arc<App>) -> Router {
    let endpoint = graphql::Endpoint::new(Arc::clone(app), schema::build(Arc::clone(app)));
    let router = Router::new()
        .route("/graphql", any(graphql::handle))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/.well-known/jwks.json", get(keys::published))
        .route("/.well-known/receipt-keys.json", get(keys::of_receipts))
        .route("/verify/{code}", get(verify::verified))
        .route("/uploads/{id}", any(upload::upload))
        .route("/files/{link}", get(file::file))
        .with_state(endpoint)
        .layer(from_fn(compression::compressed));
    let router = match cors::layer(&app.config.cors_origins) {
        Some(layer) => router.layer(layer),
        None => router,
    };
    headers::guarded(router, Uuid::new_v4)
}
