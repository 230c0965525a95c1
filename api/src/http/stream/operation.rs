//! One operation on a connection: measured and admitted like any other, and run once or turn by turn.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Answer, Variables};
use entity::value::Language;
use futures_util::StreamExt as _;
use tracing::Instrument as _;

use crate::access::Viewer;
use crate::error::Error;
use crate::http::budget::{Budgets, Cost};
use crate::http::document::{self, Stop};
use crate::http::graphql::{Parts, admit, pay, run, shown, translate};
use crate::http::guard::Inspected;
use crate::http::guard::points::ASKING;
use crate::http::request::GraphqlRequest;
use crate::http::respond;
use crate::live::plan::Plan;
use crate::live::turn::{Happening, Turn};
use crate::loader::with_loaders;
use crate::request::RequestInfo;

/// An operation that was measured and admitted.
pub(super) struct Operation {
    inspected: Inspected,
    variables: Variables,
    cost: Cost,
}

/// What came of a turn.
pub(super) struct Turned {
    /// The answer.
    pub answer: Answer,
    /// The codes of its errors.
    pub codes: Vec<&'static str>,
}

/// Why an operation does not begin.
pub(super) enum Stopped {
    /// An error with a status of its own where there is one.
    Error(Error),
    /// What is told of the document.
    Answer(Box<Answer>),
}

impl Stopped {
    /// What is told instead.
    pub(super) fn answer(self, info: &RequestInfo) -> Answer {
        match self {
            Self::Error(error) => Answer::from_errors(vec![shown(&error, info, None)]),
            Self::Answer(answer) => *answer,
        }
    }
}

impl Operation {
    /// Measures and admits what a viewer asks, and takes what it costs; a stream pays when it begins.
    ///
    /// # Errors
    /// See [`Stopped`].
    pub(super) async fn prepare(
        parts: &Parts,
        wanted: GraphqlRequest,
        viewer: &Viewer,
        info: &RequestInfo,
    ) -> Result<Self, Stopped> {
        let (app, vi) = (&parts.app, info.language == Language::Vi);
        let payers = Budgets::payers(viewer, info);
        pay(app, &payers, ASKING, info).map_err(Stopped::Error)?;
        let inspected = match document::inspect(app, &parts.limits, &wanted, info.now).await {
            Ok(inspected) => inspected,
            Err(Stop::Limits(refusal)) => {
                tracing::info!(request.id = %info.id, rule = refusal.rule(), "document refused");
                return Err(Stopped::Answer(Box::new(respond::refused(&refusal, vi))));
            }
            Err(Stop::Untrusted(why)) => {
                tracing::info!(request.id = %info.id, rule = why.rule(), "document refused");
                return Err(Stopped::Answer(Box::new(respond::distrusted(why, vi))));
            }
            Err(Stop::Failed(error)) => return Err(Stopped::Error(error)),
        };
        let requested = inspected.points;
        let standing = pay(app, &payers, requested.saturating_sub(ASKING), info).map_err(Stopped::Error)?;
        let operation = Self {
            inspected,
            variables: Variables::from_json(serde_json::Value::Object(wanted.variables)),
            cost: Cost { requested, standing },
        };
        operation.admit(viewer, info).map_err(Stopped::Answer)?;
        Ok(operation)
    }

    /// What it is.
    pub(super) fn kind(&self) -> OperationType {
        self.inspected.kind
    }

    /// Asks the gate; for a stream before every look.
    ///
    /// # Errors
    /// What the viewer is told instead.
    pub(super) fn admit(&self, viewer: &Viewer, info: &RequestInfo) -> Result<(), Box<Answer>> {
        admit(&self.inspected, viewer)
            .map_err(|(error, key)| Box::new(Answer::from_errors(vec![shown(&error, info, Some(&key))])))
    }

    /// Runs a query or mutation.
    pub(super) async fn once(self, parts: &Arc<Parts>, viewer: Viewer, info: RequestInfo) -> Answer {
        let answer = run(parts, (self.inspected, self.variables, self.cost), viewer, info).await;
        answer.unwrap_or_else(|error| Answer::from_errors(vec![shown(&error, &info, None)]))
    }

    /// What a subscription wants to follow.
    ///
    /// # Errors
    /// What the viewer is told instead.
    pub(super) async fn open(
        &self,
        parts: &Arc<Parts>,
        viewer: Viewer,
        info: RequestInfo,
    ) -> Result<Plan, Box<Answer>> {
        let turn = Arc::new(Turn::open());
        match self.turn(parts, Arc::clone(&turn), viewer, info).await {
            Ok(Some(turned)) => Err(Box::new(turned.answer)),
            Ok(None) => turn.plan().ok_or_else(nothing),
            Err(error) => Err(Box::new(Answer::from_errors(vec![shown(&error, &info, None)]))),
        }
    }

    /// Shows one happening.
    ///
    /// # Errors
    /// UNAVAILABLE when it took too long, INTERNAL when it panicked.
    pub(super) async fn show(
        &self,
        parts: &Arc<Parts>,
        happening: Happening,
        viewer: Viewer,
        info: RequestInfo,
    ) -> Result<Turned, Error> {
        let turn = Arc::new(Turn::show(happening));
        let turned = self.turn(parts, turn, viewer, info).await?;
        turned.ok_or_else(|| Error::Internal("a turn has shown nothing".to_owned()))
    }

    async fn turn(
        &self,
        parts: &Arc<Parts>,
        turn: Arc<Turn>,
        viewer: Viewer,
        info: RequestInfo,
    ) -> Result<Option<Turned>, Error> {
        let mut request = async_graphql::Request::new(String::new())
            .variables(self.variables.clone())
            .data(viewer)
            .data(info)
            .data(turn);
        if let Some(name) = &self.inspected.operation_name {
            request = request.operation_name(name.clone());
        }
        request.set_parsed_query(self.inspected.document.clone());
        let (schema, deadline) = (parts.schema.clone(), parts.app.config.request_timeout);
        // a task of its own: a panic in it is this stream's alone
        let work = tokio::spawn(
            async move {
                let turn =
                    with_loaders(|loaders| async move { schema.execute_stream(request.data(loaders)).next().await });
                tokio::time::timeout(deadline, turn).await
            }
            .instrument(tracing::Span::current()),
        );
        let answer = match work.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return Err(Error::Unavailable("an event took too long".to_owned())),
            Err(_) => return Err(Error::Internal("a resolver panicked".to_owned())),
        };
        Ok(answer.map(|mut answer| {
            let codes = translate(&mut answer, &info);
            Turned { answer, codes }
        }))
    }
}

/// Its only field is skipped by a directive.
fn nothing() -> Box<Answer> {
    let error = async_graphql::ServerError::new("The subscription follows nothing", None);
    Box::new(Answer::from_errors(vec![error]))
}
