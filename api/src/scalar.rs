//! The scalars that are not GraphQL's own: how each is written.
//!
//! The library's scalar for a day bears a Rust type's name and says nowhere how it is written, so [`Date`] is ours. Its words
//! for the two others speak to those who write servers; these are for those who write phones.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;

/// What `DateTime` is.
pub const DATE_TIME: &str = "A moment as RFC 3339 writes a `date-time`: `2026-11-24T08:30:00+07:00`. Answers are in Hanoi's \
    time; any offset may be sent.";

/// What `UUID` is.
pub const UUID: &str = "A UUID as RFC 9562 writes it: `019ab2f4-6c1e-7d30-9a53-0e4f6b8c2d11`. Make new ones of version 7 (by time) \
    or 4 (at random), never from names or addresses.";

const WRITTEN: &str = "%Y-%m-%d";

/// The scalar of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A day by Hanoi's calendar, without a time, as RFC 3339 writes a `full-date`: `2026-11-24`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let day = match &value {
            // as it would be written back, and no other way: chrono would take `2026-1-2` and `+2026-1-24` as well
            Value::String(text) => NaiveDate::parse_from_str(text, WRITTEN)
                .ok()
                .filter(|day| day.format(WRITTEN).to_string() == *text),
            _ => None,
        };
        day.map(Self)
            .ok_or_else(|| InputValueError::custom("a day is written like 2026-11-24"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format(WRITTEN).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<NaiveDate> {
        Date::parse(Value::from(text)).ok().map(|date| date.0)
    }

    #[test]
    fn a_day_is_ten_characters() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
        assert_eq!(parse("2026-11-24"), Some(day));
        assert_eq!(Date(day).to_value(), Value::from("2026-11-24"));
        for wrong in [
            "",
            "2026-11-31",
            "2026-1-2",
            " 2026-1-2",
            "24/11/2026",
            "2026-11-24T00:00:00Z",
            "+2026-1-24",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse(Value::from(20_261_124)).is_err());
    }
}
