//! From the `Authorization` header to a viewer.
//!
//! The token says who signed in; what they may do is read from their posts at each request. A bad token is refused here,
//! before anything of the document is looked at: the phone must refresh or sign in, not show a field error.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use entity::id::PostId;

use super::budget::Budgets;
use super::guard::points::ASKING;
use crate::access::viewer::Viewer;
use crate::account::token::Claims;
use crate::app::App;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::request::RequestInfo;

/// The header that names the post to act under, by its global id.
pub const ACTING_POST: &str = "x-acting-post";

/// Who sends this request.
///
/// # Errors
/// UNAUTHENTICATED for a bad token or a disabled account; RATE_LIMITED; FORBIDDEN for a post that is not the account's;
/// UNAVAILABLE when the database is away.
pub async fn viewer(app: &App, request: &RequestInfo, headers: &HeaderMap) -> Result<Viewer> {
    let Some(token) = bearer(headers)? else {
        return Ok(Viewer::Anonymous);
    };
    let claims = verified(app, request, token).await?;
    ask(app, &claims, request)?;
    let chosen = acting_post(headers)?.or(claims.post.map(PostId));
    let viewer = Viewer::load(app, &claims, chosen, request.now).await?;
    Ok(Viewer::SignedIn(Box::new(viewer)))
}

/// What a token says.
///
/// # Errors
/// UNAUTHENTICATED.
pub(super) async fn verified(app: &App, request: &RequestInfo, token: &str) -> Result<Claims> {
    let verified = app.tokens.verify_or_look(&app.db, token, request.now).await;
    verified.map_err(|error| {
        tracing::info!(request.id = %request.id, %error, "token refused");
        Error::Unauthenticated
    })
}

/// Takes the point that asking costs from whom a token names, before anything is read: who is over the line costs the database
/// nothing.
///
/// # Errors
/// RATE_LIMITED.
pub(super) fn ask(app: &App, claims: &Claims, request: &RequestInfo) -> Result<()> {
    let payers = Budgets::askers(claims);
    let taken = app.budgets.take(&payers, ASKING, request.now, app.entropy.as_ref());
    taken.map(|_| ())
}

/// The token in the headers, if there is one.
///
/// # Errors
/// UNAUTHENTICATED for a header that is not one bearer token.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Error::Unauthenticated);
    }
    let (scheme, token) = first
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    Ok(Some(token.trim()))
}

/// The post that the headers name.
///
/// # Errors
/// INVALID for what is no id.
pub(super) fn acting_post(headers: &HeaderMap) -> Result<Option<PostId>> {
    let Some(value) = headers.get(ACTING_POST) else {
        return Ok(None);
    };
    let id = value.to_str().unwrap_or_default().to_owned().into();
    let (_, post) = decode_as(NodeKind::Post, &id, "X-Acting-Post")?;
    Ok(Some(post))
}
