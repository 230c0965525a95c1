//! From a prepared operation to what the engine answers, for all transports.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response as Answer, Variables};
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};

use super::failure::log;
use super::graphql::Parts;
use super::prepare::Prepared;
use crate::access::Viewer;
use crate::error::Error;
use crate::live::turn::Turn;
use crate::loader::{Shared, with_loaders};
use crate::request::RequestInfo;

/// What came of a turn of a stream.
pub(super) struct Turned {
    /// The answer.
    pub answer: Answer,
    /// The codes of its errors.
    pub codes: Vec<&'static str>,
}

/// Runs a query or mutation.
///
/// # Errors
/// UNAVAILABLE when it took too long, INTERNAL when it panicked.
pub(super) async fn run(parts: &Parts, prepared: Prepared, viewer: Viewer, info: RequestInfo) -> Result<Answer, Error> {
    let span = span(&prepared, &viewer, &info);
    let inspected = prepared.inspected;
    let text = (inspected.document, inspected.operation_name, prepared.variables);
    let request = request(text, viewer, info);
    let (schema, began) = (parts.schema.clone(), Instant::now());
    let work = with_loaders(|loaders| async move { schema.execute(request.data(loaders)).await });
    let mut answer = alone(parts.app.config.request_timeout, work.instrument(span.clone())).await?;
    prepared.cost.tell(&mut answer);
    let _entered = span.enter();
    let codes = translate(&mut answer, &info);
    tracing::info!(
        operation = %inspected.kind,
        fields = inspected.fields,
        points = prepared.cost.requested,
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        errors = codes.join(","),
        "answered"
    );
    Ok(answer)
}

/// Runs one turn of a subscription; none where it has shown nothing.
///
/// # Errors
/// As [`run`].
pub(super) async fn run_turn(
    parts: &Parts,
    prepared: &Prepared,
    turn: Arc<Turn>,
    viewer: Viewer,
    info: RequestInfo,
) -> Result<Option<Turned>, Error> {
    let span = span(prepared, &viewer, &info);
    let inspected = &prepared.inspected;
    let text = (
        inspected.document.clone(),
        inspected.operation_name.clone(),
        prepared.variables.clone(),
    );
    let request = request(text, viewer, info).data(turn);
    let schema = parts.schema.clone();
    let work = with_loaders(|loaders| async move { schema.execute_stream(request.data(loaders)).next().await });
    let answer = alone(parts.app.config.request_timeout, work.instrument(span)).await?;
    Ok(answer.map(|mut answer| {
        let codes = translate(&mut answer, &info);
        Turned { answer, codes }
    }))
}

fn request(
    (document, name, variables): (ExecutableDocument, Option<String>, Variables),
    viewer: Viewer,
    info: RequestInfo,
) -> Request {
    let mut request = Request::new(String::new()).variables(variables).data(viewer).data(info);
    if let Some(name) = name {
        request = request.operation_name(name);
    }
    request.set_parsed_query(document);
    request
}

fn span(prepared: &Prepared, viewer: &Viewer, info: &RequestInfo) -> Span {
    let account = viewer.signed_in().map(|viewer| viewer.account.to_string());
    let operation = prepared.inspected.operation_name.as_deref().unwrap_or_default();
    tracing::info_span!(
        "GraphQL",
        otel.name = format!("GraphQL {} {operation}", prepared.inspected.kind),
        request.id = %info.id,
        account = account.unwrap_or_default(),
        document = prepared.document.map(tracing::field::display),
    )
}

/// Does work in a task of its own, with a deadline. It goes on to its end even when the phone goes away, so that what it began is
/// finished; a panic in it is this request's alone.
async fn alone<T: Send + 'static>(
    deadline: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(timeout(deadline, work)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Error::Unavailable("the request took too long".to_owned())),
        // the panic hook has logged where; its words may quote what the code worked on
        Err(_) => Err(Error::Internal("a resolver panicked".to_owned())),
    }
}

/// Puts our own errors into the caller's language, logs those that are our fault, and says which codes there were.
fn translate(answer: &mut Answer, info: &RequestInfo) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for error in &mut answer.errors {
        let source = error.source.clone();
        let Some(source) = source.as_ref() else { continue };
        let known = source
            .downcast_ref::<Error>()
            .or_else(|| source.downcast_ref::<Shared>().map(|shared| &*shared.0));
        let Some(known) = known else { continue };
        log(known, info);
        known.write_into(error, info.language, &info.id.to_string());
        codes.push(known.code());
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_and_what_panics_is_told() {
        let deadline = Duration::from_millis(20);
        assert_eq!(alone(deadline, async { 1 }).await.ok(), Some(1));
        let late = alone(deadline, std::future::pending::<()>()).await;
        assert_eq!(late.map_err(|error| error.code()), Err("UNAVAILABLE"));
        let broken = alone(deadline, async { assert!(std::hint::black_box(false)) }).await;
        assert_eq!(broken.map_err(|error| error.code()), Err("INTERNAL"));
    }
}
