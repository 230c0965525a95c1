//! One operation of a socket, from what was asked to its last word.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use tokio::sync::watch;

use super::bearer::Bearer;
use super::follow::Stream;
use super::operation::Operation;
use super::speaker::{Speaker, Word};
use crate::access::Viewer;
use crate::error::Error;
use crate::http::failure::shown;
use crate::http::graphql::Parts;
use crate::http::prepare::{Refused, Way, ask};
use crate::http::request::GraphqlRequest;
use crate::http::respond;
use crate::request::RequestInfo;

/// When to try again where an association has its share of streams.
pub(super) const PAUSE: Duration = Duration::from_secs(20);

/// One error as a JSON array.
pub(super) fn errors(error: &async_graphql::ServerError) -> String {
    respond::told(async_graphql::Response::from_errors(vec![error.clone()]), false).errors
}

/// One operation of a socket, to its end.
pub(super) async fn operate(
    parts: Arc<Parts>,
    request: GraphqlRequest,
    bearer: watch::Receiver<Bearer>,
    speaker: Speaker,
) {
    let word = begin(parts, request, bearer, &speaker).await;
    if let Some(word) = word {
        speaker.say(word).await;
    }
}

/// The word with which an operation ends that is no stream, or cannot become one.
async fn begin(
    parts: Arc<Parts>,
    request: GraphqlRequest,
    bearer: watch::Receiver<Bearer>,
    speaker: &Speaker,
) -> Option<Word> {
    let holder = bearer.borrow().clone();
    let info = holder.info(&parts.app);
    let vi = info.is_vi();
    if let Err(error) = holder.ask(&parts.app, &info) {
        return Some(Word::Error(errors(&shown(&error, &info, None))));
    }
    let viewer = match holder.viewer(&parts.app, &info).await {
        Ok(viewer) => Viewer::SignedIn(Box::new(viewer)),
        Err(error @ (Error::SessionEnded | Error::Unauthenticated)) => return Some(Word::SignedOut(error)),
        Err(error) => return Some(Word::Error(errors(&shown(&error, &info, None)))),
    };
    let operation = match prepared(&parts, request, &viewer, &info).await {
        Ok(operation) => operation,
        Err(refused) => return Some(Word::Error(respond::told(refused.answer(&info), vi).errors)),
    };
    if operation.kind() != OperationType::Subscription {
        let told = respond::told(operation.once(&parts, viewer, info).await, vi);
        if told.refused {
            return Some(Word::Error(told.errors));
        }
        return speaker.say(Word::Next(told.answer)).await.then_some(Word::Complete);
    }
    // before the plan is made, so that nothing falls between
    let news = parts.app.live.news();
    let plan = match operation.open(&parts, viewer, info).await {
        Ok(plan) => plan,
        Err(answer) => return Some(Word::Error(respond::told(*answer, vi).errors)),
    };
    let Ok(ticket) = parts.app.live.follow(plan.tenant()) else {
        return Some(Word::Error(errors(&shown(&Error::RateLimited(PAUSE), &info, None))));
    };
    let stream = Stream {
        parts,
        operation,
        bearer,
        plan,
        news,
        _ticket: ticket,
    };
    stream.follow(speaker.clone()).await;
    None
}

async fn prepared(
    parts: &Parts,
    request: GraphqlRequest,
    viewer: &Viewer,
    info: &RequestInfo,
) -> Result<Operation, Refused> {
    ask(&parts.app, viewer, info)?;
    Operation::prepare(parts, request, viewer, info, Way::Message).await
}
