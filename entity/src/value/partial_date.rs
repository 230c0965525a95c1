//! Dates known only in part.
//!
//! Membership rolls give many people's birth as a bare year. A made-up 1 January would look like knowledge and later be
//! printed on a certificate, so what is not known is not stored.

use chrono::{Datelike, NaiveDate};

use super::Rule;

/// How much of a date is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// The year only.
    Year,
    /// Year and month.
    Month,
    /// The whole date.
    Day,
}

/// A past or present date in the Gregorian calendar: a year, a month or a day.
///
/// Written as the beginning of an ISO 8601 date: `1958`, `1958-07`, `1958-07-21`. Values sort by time, and a year comes
/// before its months and days.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate(String);

stored_as_text!(PartialDate);

impl PartialDate {
    /// The first year accepted: nobody now alive was born before it.
    pub const FIRST_YEAR: i32 = 1900;

    /// Reads a partial date. `today` is the day at the place of the person who writes, and is itself allowed.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::NotADate`], [`Rule::YearOutOfRange`] before 1900, [`Rule::DateInFuture`] when even
    /// the first day it could mean lies after `today`.
    pub fn parse(input: &str, today: NaiveDate) -> Result<Self, Rule> {
        let text = input.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        let first = first_day(text).ok_or(Rule::NotADate)?;
        if first.year() < Self::FIRST_YEAR {
            return Err(Rule::YearOutOfRange {
                min: Self::FIRST_YEAR,
                max: today.year(),
            });
        }
        if first > today {
            return Err(Rule::DateInFuture);
        }
        Ok(Self(text.to_owned()))
    }

    /// How much of the date is known.
    pub fn precision(&self) -> Precision {
        match self.0.len() {
            ..=4 => Precision::Year,
            5..=7 => Precision::Month,
            _ => Precision::Day,
        }
    }

    /// The year, which is always known.
    pub fn year(&self) -> i32 {
        self.0.get(..4).and_then(|year| year.parse().ok()).unwrap_or_default()
    }
}

/// The earliest day the text can mean, or `None` if it means none.
fn first_day(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month, day) = match *parts.as_slice() {
        [year] => (year, "01", "01"),
        [year, month] => (year, month, "01"),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

/// A number written with exactly `width` ASCII digits, no sign.
fn number(text: &str, width: usize) -> Option<u32> {
    if text.len() != width || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Days, NaiveDate};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{PartialDate, Precision};
    use crate::value::Rule;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 7, 15).unwrap()
    }

    fn parse(text: &str) -> Result<PartialDate, Rule> {
        PartialDate::parse(text, today())
    }

    #[test]
    fn the_three_forms_are_read() {
        for (text, precision) in [
            ("1958", Precision::Year),
            ("1958-07", Precision::Month),
            ("1958-07-21", Precision::Day),
        ] {
            let date = parse(text).unwrap();
            assert_eq!((date.as_str(), date.precision()), (text, precision));
        }
        assert_eq!(parse(" 2024-02-29 ").unwrap().as_str(), "2024-02-29");
    }

    #[test]
    fn the_present_is_allowed_and_the_future_is_not() {
        for text in ["2026", "2026-07", "2026-07-15"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["2027", "2026-08", "2026-07-16"] {
            assert_eq!(parse(text), Err(Rule::DateInFuture), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        assert_eq!(parse(""), Err(Rule::Required));
        assert_eq!(parse("1899-12-31"), Err(Rule::YearOutOfRange { min: 1900, max: 2026 }));
        let wrong = [
            "58",
            "21/07/1958",
            "1958-7",
            "1958-13",
            "2023-02-29",
            "1958-00",
            "1958-07-",
            "+958",
            "-958",
            "1958-07-21-01",
            "１９５８",
            "1958 07",
        ];
        for text in wrong {
            assert_eq!(parse(text), Err(Rule::NotADate), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_known_day_is_read_at_each_precision(back in 0_u64..46_000) {
            let day = today().checked_sub_days(Days::new(back)).unwrap();
            let text = format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
            let full = parse(&text).unwrap();
            let month = parse(&text[..7]).unwrap();
            let year = parse(&text[..4]).unwrap();
            prop_assert!(year < month && month < full);
            prop_assert_eq!(PartialDate::from_stored(text), full);
        }

        #[test]
        fn no_input_panics(input in any::<String>()) {
            let _ = parse(&input);
        }
    }
}
