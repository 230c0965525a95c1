//! How many records a page of changes may hold.

use entity::value::Rule;

use crate::error::{Error, Result};

/// Records of a page when the client says nothing.
const DEFAULT_FIRST: usize = 200;
/// The most records of a page.
const MAX_FIRST: usize = 500;

/// Parses `first`.
///
/// # Errors
/// INVALID outside 1 to 500.
pub fn page_size(first: Option<i32>) -> Result<usize> {
    let Some(wanted) = first else {
        return Ok(DEFAULT_FIRST);
    };
    usize::try_from(wanted)
        .ok()
        .filter(|wanted| (1..=MAX_FIRST).contains(wanted))
        .ok_or_else(|| Error::invalid("first", Rule::OutOfRange { min: 1, max: 500 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_one_to_five_hundred() {
        assert_eq!(page_size(None).unwrap(), 200);
        assert_eq!((page_size(Some(1)).unwrap(), page_size(Some(500)).unwrap()), (1, 500));
        for wrong in [0, -1, 501, i32::MIN] {
            assert!(page_size(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
