//! Values that are checked once, where they enter, and trusted ever after.
//!
//! Every type here keeps its field private. `parse` is the way in for what people type; `from_stored` is the way back
//! from the database and checks nothing, because nothing unchecked was ever written there. A refused value comes with
//! a [`Rule`], which has a code for programs and a sentence for people.
//!
//! Values that say who somebody is print themselves masked under `{:?}`, so that a log line cannot give them away.

/// Gives a newtype over `String` what all of them have alike: the way to and from the database, and `Display`.
macro_rules! stored_as_text {
    ($name:ident) => {
        impl $name {
            /// Takes back a value that `parse` once let through and the database kept. Checks nothing.
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The value as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The value as it is stored, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

mod partial_date;
mod person_name;
mod phone;
mod points;
mod programme_year;
mod rule;
mod search;
mod text;
mod unit_name;
mod user_name;

pub use partial_date::{PartialDate, Precision};
pub use person_name::PersonName;
pub use phone::PhoneNumber;
pub use points::Points;
pub use programme_year::ProgrammeYear;
pub use rule::{Language, Rule};
pub use search::{fold, upper_bound, word_suffixes};
pub use text::{Address, LongText, ShortText, clean_line, clean_text};
pub use unit_name::UnitName;
pub use user_name::UserName;
