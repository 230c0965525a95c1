//! From what the association knows to paper: forms, score sheets, minutes, lists.
//!
//! The makers (`crate::paper`) are pure; here their facts are read, as far as the viewer reaches, and what they make is
//! handed out as a file. Nothing is changed by it, so these are queries. But personal data leaves the house on paper: each
//! file is written down in the security journal, by kind and number and never by content, and counted (`press.rs`).
//! Fixed words are Vietnamese whatever the client reads: these papers go to Vietnamese offices.

mod desk;
mod form;
mod input;
mod list;
mod model;
mod naming;
mod press;
mod query;
mod store;
mod subject;

pub use input::registration_ids;
pub use model::{PaperFormat, PrintedPaper};
pub use press::{Job, Press, enter};
pub use query::PrintingQuery;
