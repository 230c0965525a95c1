//! Score sheets: what a subject, its branch meeting and its ward write beside each indicator of a criteria set.
//!
//! A sheet is one row. While it is a draft it may have empty lines; once signed it is never changed again, and what comes
//! back is marked anew on a sheet of the next round. Totals, ranks and passing are counted here, never sent by a phone.

mod computed;
mod input;
mod model;
mod mutation;
mod sheet;
mod sign;
mod store;

pub use input::{MarkInput, SaveScoreSheetInput, SubmitScoreSheetInput, changes};
pub use model::{ScoreSheet, SheetKind};
pub use mutation::{ScoreMutation, ScoreSheetPayload, save_score_sheet, submit_score_sheet};
pub use sheet::{Change, Sheet};
pub use sign::{ToSign, insert_sheets, signed_list, signed_sheets};
pub use store::{SheetRow, draft_of, last_signed, set_for, sheet_by_id, sheets_of};
