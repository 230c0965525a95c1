//! Registrations: a household asks for a title in a programme year, its branch head decides.
//!
//! The workflow is one pure function (`workflow`). Every action is one line of an append-only journal, changes the
//! counters in the same transaction, and is done once for each key of the phone. The natural key (title, subject, year)
//! guards as well: two phones of one family cannot register it twice.

mod again;
pub mod bulk;
mod decide;
mod history;
mod input;
mod model;
mod moving;
mod mutation;
mod query;
mod read;
mod store;
mod undo;
mod workflow;

pub use again::{AgainMutation, RegisterAgainPayload, register_again};
pub use decide::{
    DecisionMutation, DecisionPayload, approve_registrations, decline_registrations, reject_registrations,
    return_registrations, send_back_registrations,
};
pub use history::{Milestone, TitleYear, histories_of};
pub use input::{
    ApproveRegistrationsInput, DecisionItemInput, RefuseRegistrationsInput, RegisterAgainInput, RegisterHouseholdInput,
    RegisterSubjectInput, SubmitRegistrationInput, UndoDecisionInput, WithdrawRegistrationInput,
};
pub use model::{Channel, Registration, RegistrationAction, RegistrationState};
pub use moving::move_along;
pub use mutation::{
    RegistrationMutation, RegistrationPayload, register_household, register_subject, submit_registration,
    withdraw_registration,
};
pub use query::{RegistrationQuery, registration_page};
pub use read::{
    Filter, StandingOn, journals_of, lines_by_id, registration_by_id, registration_list, registrations_by_id,
    registrations_of, registrations_standing, standing_on,
};
pub use store::{Paper, Words, apply, channel, locked, step};
pub use undo::{UndoMutation, undo_decision};
pub use workflow::{begins, next, phase, render, returned_by};
