//! What a subscription's field is asked for in one request.

use std::sync::{Mutex, PoisonError};

use async_graphql::Context;
use entity::table::outbox;

use super::cursor::{NoticePlace, StepPlace};
use super::plan::Plan;
use crate::error::{Error, Result};
use crate::notice::NoticeRow as Row;

/// One turn of a subscription's field; the transports put it into the request.
pub enum Turn {
    /// Check what is asked, and say what is to be followed.
    Open(Mutex<Option<Plan>>),
    /// Show something.
    Show(Mutex<Option<Happening>>),
}

/// Something to be shown.
pub enum Happening {
    /// The stream's beginning, or a change of figures; `None` is a step without a row.
    Step(Occasion, StepPlace, Option<Box<outbox::Model>>),
    /// Figures are to be shown, that stand at this place.
    Figures(Occasion, i64),
    /// A notice, and how many are unread.
    Notice(Occasion, Box<NoticePlace>, Option<Row>, i64),
}

impl Happening {
    /// Why it is shown.
    pub fn occasion(&self) -> Occasion {
        match self {
            Self::Step(occasion, ..) | Self::Figures(occasion, ..) | Self::Notice(occasion, ..) => *occasion,
        }
    }
}

/// Why something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The stream begins.
    Opened,
    /// Something has happened.
    Changed,
    /// The stream begins, and what was before it is lost.
    Resync,
}

impl Turn {
    /// A turn that asks what is to be followed.
    pub fn open() -> Self {
        Self::Open(Mutex::default())
    }

    /// A turn that shows something.
    pub fn show(happening: Happening) -> Self {
        Self::Show(Mutex::new(Some(happening)))
    }

    /// What is to be followed, once the field was asked.
    pub fn plan(&self) -> Option<Plan> {
        match self {
            Self::Open(plan) => plan.lock().unwrap_or_else(PoisonError::into_inner).take(),
            Self::Show(_) => None,
        }
    }

    /// Notes what is to be followed.
    pub(super) fn follow(&self, wanted: Plan) {
        if let Self::Open(plan) = self {
            *plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
        }
    }

    /// What is to be shown; none in the first turn.
    pub(super) fn happening(&self) -> Option<Happening> {
        match self {
            Self::Open(_) => None,
            Self::Show(happening) => happening.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }
}

/// The turn of this request.
///
/// # Errors
/// INTERNAL where a transport has forgotten it.
pub(super) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Turn> {
    let turn = ctx.data_opt::<std::sync::Arc<Turn>>();
    turn.map(std::convert::AsRef::as_ref)
        .ok_or_else(|| Error::Internal("a subscription without a turn".to_owned()))
}
