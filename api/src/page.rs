//! Pages: Relay connections with keyset cursors.
//!
//! A cursor is the sort key of a row and an authentication code over it and over what list it belongs to. A client
//! can neither make one up nor use it in another list or another tenant. Only forward paging: phones scroll down.

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::{Object, OutputType, SimpleObject, TypeName};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::value::Rule;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// How many rows a page of some list may hold.
#[derive(Debug, Clone, Copy)]
pub struct PageSize {
    /// Rows when the client says nothing.
    pub unsaid: u16,
    /// The most rows.
    pub most: u16,
}

/// The pages of connections.
pub const CONNECTION: PageSize = PageSize { unsaid: 20, most: 100 };
/// The pages of what has changed for a phone's copy.
pub const CHANGES: PageSize = PageSize { unsaid: 200, most: 500 };

impl PageSize {
    /// Parses `first`.
    ///
    /// # Errors
    /// INVALID below 1 and above the most.
    pub fn parse(self, first: Option<i32>) -> Result<usize> {
        let Some(wanted) = first else {
            return Ok(usize::from(self.unsaid));
        };
        let fits = u16::try_from(wanted)
            .ok()
            .filter(|wanted| (1..=self.most).contains(wanted));
        fits.map(usize::from).ok_or_else(|| {
            let (min, max) = (1, i64::from(self.most));
            Error::invalid("first", Rule::OutOfRange { min, max })
        })
    }
}
const TAG: usize = 16;

/// A row of a page and its place in the list.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// The row's place in the list: `after` this one the next page begins.
    cursor: String,
    /// The row.
    node: T,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A connection of this house; the engine's own takes no description.
pub struct Page<T: OutputType> {
    edges: Vec<Edge<T>>,
    total: Option<i64>,
    has_previous: bool,
    has_next: bool,
}

impl<T: OutputType> TypeName for Page<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// One page of a list, and how to ask for the next: its `endCursor` as `after`.
#[Object(name_type)]
impl<T: OutputType> Page<T> {
    /// The rows of the page in the list's order, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The rows of the page in the list's order, for those who need no cursor of each.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Whether there are rows before and after the page, and the cursors of its first and last row.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: &Edge<T>| edge.cursor.clone();
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.edges.first().map(cursor),
            end_cursor: self.edges.last().map(cursor),
        }
    }

    /// How many rows the whole list has, from counters that are kept with every change; null where no counter matches
    /// the filter.
    async fn total_count(&self) -> Option<i64> {
        self.total
    }
}

/// Seals and opens cursors.
pub struct Cursors(hmac::Key);

impl Cursors {
    /// With a key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The cursor of a row with this sort key in this list.
    ///
    /// # Errors
    /// INTERNAL when the sort key cannot be written down.
    pub fn seal(&self, list: &str, key: &impl Serialize) -> Result<String> {
        let body = serde_json::to_vec(key).map_err(|error| Error::Internal(error.to_string()))?;
        let mut bytes = self.tag(list, &body).as_ref().get(..TAG).unwrap_or_default().to_vec();
        bytes.extend_from_slice(&body);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The sort key in a cursor of this list; none in what is no cursor of it.
    pub fn open<K: DeserializeOwned>(&self, list: &str, cursor: &str) -> Option<K> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, body) = bytes.split_at_checked(TAG)?;
        let expected = self.tag(list, body);
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(tag, expected.as_ref().get(..TAG)?);
        same.ok()?;
        serde_json::from_slice(body).ok()
    }

    fn tag(&self, list: &str, body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(list.as_bytes());
        context.update(&[0]);
        context.update(body);
        context.sign()
    }
}

/// The part of a list that is asked for.
#[derive(Debug)]
pub struct Window<K> {
    /// The sort key of the row before the first one wanted.
    pub after: Option<K>,
    /// Rows wanted.
    pub first: usize,
    /// Names the list: tenant, filter and order; cursors of one list do not open in another.
    list: String,
}

impl<K: Serialize + DeserializeOwned> Window<K> {
    /// Parses `first` and `after` for a list.
    ///
    /// # Errors
    /// INVALID for a page size that [`CONNECTION`] does not know, and with `NOT_A_CURSOR` for what is no cursor of this list.
    pub fn parse(cursors: &Cursors, list: String, first: Option<i32>, after: Option<&str>) -> Result<Self> {
        let first = CONNECTION.parse(first)?;
        let after = match after {
            None => None,
            Some(cursor) => Some(
                cursors
                    .open(&list, cursor)
                    .ok_or_else(|| Error::invalid("after", Rule::NotACursor))?,
            ),
        };
        Ok(Self { after, first, list })
    }

    /// Rows to read: one more than wanted tells whether there is another page.
    pub fn limit(&self) -> u64 {
        u64::try_from(self.first).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// The connection of the rows read, which may be one more than wanted.
    ///
    /// # Errors
    /// INTERNAL when a sort key cannot be written down.
    pub fn page<R, T: OutputType>(
        &self,
        cursors: &Cursors,
        mut rows: Vec<R>,
        total: Option<i64>,
        key: impl Fn(&R) -> K,
        node: impl Fn(R) -> T,
    ) -> Result<Page<T>> {
        let more = rows.len() > self.first;
        rows.truncate(self.first);
        let edge = |row: R| -> Result<Edge<T>> {
            Ok(Edge {
                cursor: cursors.seal(&self.list, &key(&row))?,
                node: node(row),
            })
        };
        Ok(Page {
            edges: rows.into_iter().map(edge).collect::<Result<_>>()?,
            total,
            has_previous: self.after.is_some(),
            has_next: more,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_in_its_list_and_unchanged() {
        let cursors = Cursors::new(&[7; 32]);
        let cursor = cursors.seal("list a", &("key", 5)).unwrap();
        assert_eq!(
            cursors.open::<(String, i32)>("list a", &cursor),
            Some(("key".to_owned(), 5))
        );
        assert_eq!(cursors.open::<(String, i32)>("list b", &cursor), None);
        assert_eq!(Cursors::new(&[8; 32]).open::<(String, i32)>("list a", &cursor), None);
        let mut changed = cursor.into_bytes();
        let last = changed.len() - 1;
        changed[last] = if changed[last] == b'A' { b'Q' } else { b'A' };
        assert_eq!(
            cursors.open::<(String, i32)>("list a", std::str::from_utf8(&changed).unwrap()),
            None
        );
    }

    #[test]
    fn what_is_no_cursor_of_the_list_is_told_as_such() {
        let cursors = Cursors::new(&[7; 32]);
        let other = cursors.seal("list b", &5).unwrap();
        for wrong in ["", "made up", &other] {
            let refused = Window::<i32>::parse(&cursors, "list a".to_owned(), None, Some(wrong)).unwrap_err();
            let Error::Invalid(problems) = refused else {
                panic!("{refused}")
            };
            assert_eq!(
                (problems[0].path.as_str(), problems[0].rule.code()),
                ("after", "NOT_A_CURSOR")
            );
        }
    }

    #[test]
    fn page_sizes_are_held() {
        let cursors = Cursors::new(&[7; 32]);
        for wrong in [0, -1, 101, i32::MIN, i32::MAX] {
            assert_eq!(
                Window::<i32>::parse(&cursors, String::new(), Some(wrong), None)
                    .unwrap_err()
                    .code(),
                "INVALID"
            );
        }
        assert_eq!(
            Window::<i32>::parse(&cursors, String::new(), None, None).unwrap().first,
            20
        );
    }
}
