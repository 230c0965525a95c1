//! Programme years, their windows, and targets: what the city sets for everybody.
//!
//! Each part of the year's work has a window in Hanoi's time; outside it nothing is done, or only late where the city allows
//! that. A district or a ward may narrow a window for itself, never widen it. A closed year is read only. A target is the
//! share of its subjects that a unit is to bring to a title.

mod deadline;
mod input;
mod model;
mod mutation;
mod place;
mod query;
mod store;
mod target;
mod target_input;
mod target_mutation;
mod window;

pub use deadline::{Pressed, Timing};
pub use model::{LearningModel, Phase, ProgrammeWindow, ProgrammeYear, TargetMeasure};
pub use mutation::ProgrammeMutation;
pub use place::{YearHere, years_here};
pub use query::ProgrammeQuery;
pub use store::{check_open, check_window, check_window_since, city_of, closed_among, windows_of};
pub use target::{is_own_level, targets_of};
pub use target_mutation::TargetMutation;
pub use window::Window;
