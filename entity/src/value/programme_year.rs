//! The year a family registers for.

use std::fmt;

use super::Rule;

/// A calendar year of the learning-model programme.
///
/// The programme begins with Decision 281/QĐ-TTg of 20 February 2014; the first criteria, Decision 448/QĐ-KHVN of 2015,
/// came under it. No registration can be older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgrammeYear(i32);

impl ProgrammeYear {
    /// The first year of the programme.
    pub const FIRST: i32 = 2014;
    /// The last year accepted; anything beyond is a slip of the finger.
    pub const LAST: i32 = 2100;

    /// Checks a year.
    ///
    /// # Errors
    /// [`Rule::YearOutOfRange`] outside [`Self::FIRST`] to [`Self::LAST`].
    pub const fn parse(year: i32) -> Result<Self, Rule> {
        if year < Self::FIRST || year > Self::LAST {
            return Err(Rule::YearOutOfRange {
                min: Self::FIRST,
                max: Self::LAST,
            });
        }
        Ok(Self(year))
    }

    /// Takes back a year that `parse` once let through and the database kept. Checks nothing.
    pub const fn from_stored(year: i32) -> Self {
        Self(year)
    }

    /// The year as a number.
    pub const fn value(self) -> i32 {
        self.0
    }

    /// The year before, to compare with; `None` before the first.
    pub const fn previous(self) -> Option<Self> {
        if self.0 > Self::FIRST {
            Some(Self(self.0 - 1))
        } else {
            None
        }
    }
}

impl fmt::Display for ProgrammeYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::ProgrammeYear;
    use crate::value::Rule;

    #[test]
    fn the_ends_belong_to_it() {
        assert_eq!(ProgrammeYear::parse(2014).unwrap().previous(), None);
        assert_eq!(ProgrammeYear::parse(2100).unwrap().to_string(), "2100");
        assert_eq!(
            ProgrammeYear::parse(2013),
            Err(Rule::YearOutOfRange { min: 2014, max: 2100 })
        );
        assert_eq!(
            ProgrammeYear::parse(2101),
            Err(Rule::YearOutOfRange { min: 2014, max: 2100 })
        );
    }

    proptest! {
        #[test]
        fn the_year_before_is_one_less(year in any::<i32>()) {
            if let Ok(parsed) = ProgrammeYear::parse(year) {
                prop_assert_eq!(parsed.value(), year);
                prop_assert_eq!(ProgrammeYear::from_stored(year), parsed);
                prop_assert_eq!(parsed.previous(), ProgrammeYear::parse(year - 1).ok());
            }
        }
    }
}
