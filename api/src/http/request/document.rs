//! By which document a request asks: `documentId` (GraphQL over HTTP, appendix on persisted documents, a draft), or the
//! extension `persistedQuery` of Apollo's clients.

use serde_json::{Map, Value};

use super::RequestError;
use crate::document::DocumentHash;

/// The extension that Apollo's clients send.
const PERSISTED_QUERY: &str = "extensions.persistedQuery";

/// The hash that a request names, in either form or in both alike.
///
/// # Errors
/// The form is not known, two hashes differ, or the text is not the one that was hashed.
pub(super) fn asked(
    id: Option<&str>,
    extensions: &Map<String, Value>,
    text: Option<&str>,
) -> Result<Option<DocumentHash>, RequestError> {
    let by_id = match id {
        None => None,
        Some(id) => Some(DocumentHash::parse(id).ok_or(RequestError::DocumentId)?),
    };
    let by_extension = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => None,
        Some(extension) => Some(apollo(extension)?),
    };
    let mut hashes = by_id.into_iter().chain(by_extension);
    let Some(hash) = hashes.next() else { return Ok(None) };
    let differs = hashes.any(|other| other != hash) || text.is_some_and(|text| DocumentHash::of(text) != hash);
    if differs {
        return Err(RequestError::DocumentHash);
    }
    Ok(Some(hash))
}

fn apollo(extension: &Value) -> Result<DocumentHash, RequestError> {
    let wrong = RequestError::WrongType {
        member: PERSISTED_QUERY,
    };
    let version = extension.get("version").and_then(Value::as_u64);
    let hash = extension.get("sha256Hash").and_then(Value::as_str);
    match (version, hash) {
        (Some(1), Some(hash)) => DocumentHash::parse(hash).ok_or(RequestError::DocumentId),
        _ => Err(wrong),
    }
}
