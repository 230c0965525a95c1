//! The scalars that are not GraphQL's own: how each is written.
//!
//! The library's scalar for a day bears a Rust type's name and says nowhere how it is written, so [`Date`] is ours. Its words
//! for the two others speak to those who write servers; these are for those who write phones.

use std::borrow::Cow;

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use uuid::Uuid;

/// What `DateTime` is.
pub const DATE_TIME: &str = "A moment as RFC 3339 writes a `date-time`: `2026-11-24T08:30:00+07:00`. Answers are in Hanoi's \
    time; any offset may be sent.";

/// What `UUID` is.
pub const UUID: &str = "A UUID as RFC 9562 writes it: `019ab2f4-6c1e-7d30-9a53-0e4f6b8c2d11`. Make new ones of version 7 (by time) \
    or 4 (at random), never from names or addresses.";

/// What says how a UUID is written; the library's own scalar names the RFC that this one has replaced.
const UUID_URL: &str = "https://www.rfc-editor.org/rfc/rfc9562";

/// Puts `UUID_URL` beside `UUID` when it is registered after the schema's types: the library has no call for it. Nothing is ever
/// read or written as one.
pub struct UuidUrl;

impl async_graphql::InputType for UuidUrl {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Uuid as async_graphql::InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = <Self as async_graphql::InputType>::type_name().into_owned();
        if let Some(MetaType::Scalar { specified_by_url, .. }) = registry.types.get_mut(&name) {
            *specified_by_url = Some(UUID_URL.to_owned());
        }
        name
    }

    fn parse(_: Option<Value>) -> InputValueResult<Self> {
        Err(InputValueError::custom("nothing is written like this"))
    }

    fn to_value(&self) -> Value {
        Value::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

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
    fn a_uuid_is_specified_by_the_rfc_that_holds() {
        let sdl = crate::schema::sdl();
        let line = sdl.lines().find(|line| line.starts_with("scalar UUID"));
        let url = "scalar UUID @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc9562\")";
        assert_eq!(line.map(str::trim), Some(url));
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
