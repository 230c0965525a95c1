//! One operation on a connection: prepared like any other, and run once or turn by turn.

use std::sync::Arc;

use async_graphql::Response as Answer;
use async_graphql::parser::types::OperationType;

use crate::access::Viewer;
use crate::error::Error;
use crate::http::failure::told;
use crate::http::graphql::Parts;
use crate::http::prepare::{Prepared, Refused, Way, prepare};
use crate::http::request::GraphqlRequest;
use crate::http::run::{Turned, run, run_turn};
use crate::live::plan::Plan;
use crate::live::turn::{Happening, Turn};
use crate::request::RequestInfo;

/// An operation that was measured, paid and admitted.
pub(super) struct Operation(Prepared);

impl Operation {
    /// As [`prepare`].
    ///
    /// # Errors
    /// See [`Refused`].
    pub(super) async fn prepare(
        parts: &Parts,
        wanted: GraphqlRequest,
        viewer: &Viewer,
        info: &RequestInfo,
        way: Way<'_>,
    ) -> Result<Self, Refused> {
        prepare(parts, wanted, viewer, info, way).await.map(Self)
    }

    /// What it is.
    pub(super) fn kind(&self) -> OperationType {
        self.0.inspected.kind
    }

    /// Asks the gate; for a stream before every look.
    ///
    /// # Errors
    /// What the viewer is told instead.
    pub(super) fn admit(&self, viewer: &Viewer, info: &RequestInfo) -> Result<(), Box<Answer>> {
        let admitted = self.0.admit(viewer);
        admitted.map_err(|(error, key)| Box::new(told(&error, info, Some(&key))))
    }

    /// Pays for one more event; see [`Prepared::pay_again`].
    ///
    /// # Errors
    /// RATE_LIMITED.
    pub(super) fn pay_again(&self, parts: &Parts, viewer: &Viewer, info: &RequestInfo) -> Result<(), Error> {
        self.0.pay_again(&parts.app, viewer, info)
    }

    /// Runs a query or mutation.
    pub(super) async fn once(self, parts: &Parts, viewer: Viewer, info: RequestInfo) -> Answer {
        let answer = run(parts, self.0, viewer, info).await;
        answer.unwrap_or_else(|error| told(&error, &info, None))
    }

    /// What a subscription wants to follow.
    ///
    /// # Errors
    /// What the viewer is told instead.
    pub(super) async fn open(&self, parts: &Parts, viewer: Viewer, info: RequestInfo) -> Result<Plan, Box<Answer>> {
        let turn = Arc::new(Turn::open());
        match run_turn(parts, &self.0, Arc::clone(&turn), viewer, info).await {
            Ok(Some(turned)) => Err(Box::new(turned.answer)),
            Ok(None) => turn.plan().ok_or_else(nothing),
            Err(error) => Err(Box::new(told(&error, &info, None))),
        }
    }

    /// Shows one happening.
    ///
    /// # Errors
    /// UNAVAILABLE when it took too long, INTERNAL when it panicked.
    pub(super) async fn show(
        &self,
        parts: &Parts,
        happening: Happening,
        viewer: Viewer,
        info: RequestInfo,
    ) -> Result<Turned, Error> {
        let turn = Arc::new(Turn::show(happening));
        let turned = run_turn(parts, &self.0, turn, viewer, info).await?;
        turned.ok_or_else(|| Error::Internal("a turn has shown nothing".to_owned()))
    }
}

/// Its only field is skipped by a directive.
fn nothing() -> Box<Answer> {
    let error = async_graphql::ServerError::new("The subscription follows nothing", None);
    Box::new(Answer::from_errors(vec![error]))
}
