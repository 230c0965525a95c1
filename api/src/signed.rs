//! What is typed from a paper: its lines, the names on it, its days. One way for minutes, lists, decisions and complaints.

use chrono::NaiveDate;
use entity::value::{LongText, PersonName, ProgrammeYear, Rule, ShortText};

use crate::error::{Error, Result};

/// One line, such as a number or a title.
///
/// # Errors
/// INVALID at `path`.
pub fn line(path: &str, text: &str) -> Result<String> {
    let line = ShortText::parse(text).map_err(|rule| Error::invalid(path, rule))?;
    Ok(line.into_string())
}

/// A person's name.
///
/// # Errors
/// INVALID at `path`.
pub fn name(path: &str, text: &str) -> Result<String> {
    let name = PersonName::parse(text).map_err(|rule| Error::invalid(path, rule))?;
    Ok(name.into_string())
}

/// Several lines that must be there.
///
/// # Errors
/// INVALID at `path`.
pub fn words(path: &str, text: &str) -> Result<String> {
    let words = LongText::parse(text).map_err(|rule| Error::invalid(path, rule))?;
    Ok(words.into_string())
}

/// The value of something that may be left empty; blanks are nothing.
///
/// # Errors
/// As `parse`.
pub fn if_any(path: &str, text: Option<&str>, parse: impl Fn(&str, &str) -> Result<String>) -> Result<Option<String>> {
    let given = text.filter(|text| !text.trim().is_empty());
    given.map(|text| parse(path, text)).transpose()
}

/// A day that has come.
///
/// # Errors
/// INVALID `DATE_IN_FUTURE` at `path`.
pub fn past_day(path: &str, day: NaiveDate, today: NaiveDate) -> Result<NaiveDate> {
    if day > today {
        return Err(Error::invalid(path, Rule::DateInFuture));
    }
    Ok(day)
}

/// A programme year.
///
/// # Errors
/// INVALID at `year`.
pub fn year(year: i32) -> Result<i32> {
    let year = ProgrammeYear::parse(year).map_err(|rule| Error::invalid("year", rule))?;
    Ok(year.value())
}
