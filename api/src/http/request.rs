//! From an HTTP request to a GraphQL request, by the GraphQL-over-HTTP draft (`spec/GraphQLOverHTTP.md` of
//! graphql/graphql-over-http, stage 2).
//!
//! The engine's own extractor takes any content type (so a form on a foreign page can post to it), reads bodies without
//! limit, runs mutations by GET and does not know `operationName` in a URL. All four are settled here.

mod accept;
mod document;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

pub(super) use self::accept::thousandths;
pub use self::accept::{MediaType, negotiate};
use crate::document::DocumentHash;

/// What a client asks, not yet looked into.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphqlRequest {
    /// The GraphQL text; empty where only its hash was sent.
    pub query: String,
    /// The hash of a registered document; of the text, where there is one.
    pub document: Option<DocumentHash>,
    /// Which operation of the text to run.
    pub operation_name: Option<String>,
    /// Values of the operation's variables.
    pub variables: Map<String, Value>,
    /// Whatever else client and server have agreed on.
    pub extensions: Map<String, Value>,
}

/// How much and how long a request body may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyLimits {
    /// Most bytes. A registration with a large family is under 8 KiB; 64 KiB carries a bulk approval of 200 ids five
    /// times over, and the JSON reader's memory stays a small multiple of it.
    pub bytes: usize,
    /// Longest time from the end of the headers to the end of the body. 64 KiB in 10 s is 52 kbit/s, slower than any
    /// network a phone still has; a body dripped more slowly only holds a connection.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            time: Duration::from_secs(10),
        }
    }
}

/// Why an HTTP request is not a GraphQL request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// Neither GET nor POST, or a GET that is not a query.
    MethodNotAllowed {
        /// Value of the `Allow` header.
        allow: &'static str,
    },
    /// The body is not declared as JSON in UTF-8 without compression.
    UnsupportedMediaType,
    /// The client accepts neither of the media types of GraphQL.
    NotAcceptable,
    /// The body is longer than allowed.
    BodyTooLarge {
        /// Most bytes.
        max: usize,
    },
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The connection broke while the body was read.
    BodyBroken,
    /// The text is not JSON; one-based line and column where reading stopped.
    NotJson {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// Several requests in one array: each would escape the limits that hold for a request.
    Batch,
    /// The body is JSON but not an object.
    NotAnObject,
    /// There is neither `query` nor the id of a document.
    QueryMissing,
    /// The id of a document has no form that is known.
    DocumentId,
    /// The hash that was sent is not that of the text that was sent, or two hashes differ.
    DocumentHash,
    /// A member has a type the draft does not allow.
    WrongType {
        /// Which member.
        member: &'static str,
    },
    /// A parameter stands twice in the URL.
    Repeated {
        /// Which parameter.
        member: &'static str,
    },
    /// A WebSocket is asked for, but not as graphql-transport-ws.
    WebSocket,
    /// A web page of another origin asks for a WebSocket.
    Origin,
}

impl RequestError {
    /// Every error once, for the generated catalogue.
    pub const ALL: &'static [Self] = &[
        Self::MethodNotAllowed { allow: "POST" },
        Self::UnsupportedMediaType,
        Self::NotAcceptable,
        Self::BodyTooLarge { max: 65_536 },
        Self::BodyTooSlow,
        Self::BodyBroken,
        Self::NotJson { line: 1, column: 1 },
        Self::Batch,
        Self::NotAnObject,
        Self::QueryMissing,
        Self::DocumentId,
        Self::DocumentHash,
        Self::WrongType { member: "query" },
        Self::Repeated { member: "query" },
        Self::WebSocket,
        Self::Origin,
    ];

    /// The HTTP status that says it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Origin => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The stable name of the broken rule, for `extensions.rule`.
    pub fn rule(&self) -> &'static str {
        self.words().0
    }

    /// What the client is told: Vietnamese when `vi`, English otherwise.
    pub fn message(&self, vi: bool) -> String {
        let (_, vietnamese, english) = self.words();
        let text = if vi { vietnamese } else { english };
        match self {
            Self::WrongType { member } | Self::Repeated { member } => format!("{text}: {member}"),
            Self::NotJson { line, column } if vi => format!("{text} (dòng {line}, cột {column})"),
            Self::NotJson { line, column } => format!("{text} (line {line}, column {column})"),
            Self::BodyTooLarge { max } if vi => format!("{text} (tối đa {max} byte)"),
            Self::BodyTooLarge { max } => format!("{text} (at most {max} bytes)"),
            _ => text.to_owned(),
        }
    }

    /// Rule, Vietnamese, English.
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::MethodNotAllowed { .. } => (
                "METHOD",
                "Thao tác này không gửi được bằng phương thức HTTP đã dùng",
                "This cannot be sent by that HTTP method",
            ),
            Self::UnsupportedMediaType => (
                "CONTENT_TYPE",
                "Nội dung phải là application/json, UTF-8",
                "The body must be application/json in UTF-8",
            ),
            Self::NotAcceptable => (
                "ACCEPT",
                "Máy chủ chỉ trả lời bằng JSON",
                "The answer is available as application/graphql-response+json or application/json",
            ),
            Self::BodyTooLarge { .. } => ("BODY_TOO_LARGE", "Nội dung gửi lên quá lớn", "The body is too large"),
            Self::BodyTooSlow => (
                "BODY_TOO_SLOW",
                "Nội dung gửi lên quá chậm",
                "The body arrived too slowly",
            ),
            Self::BodyBroken => (
                "BODY_BROKEN",
                "Kết nối đứt khi đang nhận nội dung",
                "The connection broke within the body",
            ),
            Self::NotJson { .. } => (
                "NOT_JSON",
                "Nội dung không phải JSON hợp lệ",
                "The text is not valid JSON",
            ),
            Self::Batch => (
                "BATCH",
                "Mỗi lần chỉ gửi một yêu cầu",
                "Send one request at a time, not an array",
            ),
            Self::NotAnObject => (
                "NOT_AN_OBJECT",
                "Nội dung phải là một đối tượng JSON",
                "The body must be a JSON object",
            ),
            Self::QueryMissing => (
                "QUERY_MISSING",
                "Thiếu tham số query",
                "The parameter query is missing, and so is documentId",
            ),
            Self::DocumentId => (
                "DOCUMENT_ID",
                "documentId phải là sha256: và 64 chữ số thập lục phân viết thường",
                "documentId must be sha256: and 64 hexadecimal digits in lower case",
            ),
            Self::DocumentHash => (
                "DOCUMENT_HASH",
                "Mã băm không phải của câu truy vấn",
                "provided sha does not match query",
            ),
            Self::WrongType { .. } => ("WRONG_TYPE", "Tham số sai kiểu", "A parameter has the wrong type"),
            Self::Repeated { .. } => ("REPEATED", "Tham số lặp lại", "A parameter stands more than once"),
            Self::WebSocket => (
                "WEBSOCKET",
                "WebSocket phải dùng giao thức con graphql-transport-ws",
                "A WebSocket must be asked for with the subprotocol graphql-transport-ws",
            ),
            Self::Origin => (
                "ORIGIN",
                "Trang web này không được mở kết nối",
                "Pages of this origin may not open a connection",
            ),
        }
    }
}

/// Reads the GraphQL request out of a GET or POST.
///
/// # Errors
/// Any [`RequestError`] but [`RequestError::NotAcceptable`], which [`negotiate`] finds.
pub async fn read(request: Request, limits: &BodyLimits) -> Result<GraphqlRequest, RequestError> {
    if request.method() == Method::GET {
        return from_url(request.uri().query().unwrap_or_default());
    }
    if request.method() != Method::POST {
        return Err(RequestError::MethodNotAllowed { allow: "GET, POST" });
    }
    if !is_plain_json(request.headers()) {
        return Err(RequestError::UnsupportedMediaType);
    }
    let body = Limited::new(request.into_body(), limits.bytes).collect();
    let bytes = match tokio::time::timeout(limits.time, body).await {
        Err(_) => return Err(RequestError::BodyTooSlow),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(RequestError::BodyTooLarge { max: limits.bytes });
        }
        Ok(Err(_)) => return Err(RequestError::BodyBroken),
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    match json(&bytes)? {
        Value::Object(members) => from_members(members),
        Value::Array(_) => Err(RequestError::Batch),
        _ => Err(RequestError::NotAnObject),
    }
}

/// Whether an operation of this kind may come by this method: a GET never changes anything (RFC 9110, section 9.2.1),
/// and a stream has its own transports. To be asked when the guard has told the kind.
///
/// # Errors
/// [`RequestError::MethodNotAllowed`].
pub fn check_method(method: &Method, kind: OperationType) -> Result<(), RequestError> {
    if *method == Method::GET && kind != OperationType::Query {
        return Err(RequestError::MethodNotAllowed { allow: "POST" });
    }
    Ok(())
}

/// `application/json`, charset UTF-8 or unsaid, not compressed (a small body could unpack to a large one).
///
/// Demanding the type is what keeps foreign web pages out: a browser asks leave before it sends JSON across origins.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(Ok(declared)), None) = (types.next().map(axum::http::HeaderValue::to_str), types.next()) else {
        return false;
    };
    let mut parts = declared.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    json && parts.all(accept::is_utf8_or_no_charset)
        && headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn json(bytes: &[u8]) -> Result<Value, RequestError> {
    serde_json::from_slice(bytes).map_err(|error| RequestError::NotJson {
        line: error.line().max(1),
        column: error.column().max(1),
    })
}

pub(super) fn from_members(mut members: Map<String, Value>) -> Result<GraphqlRequest, RequestError> {
    let query = text(members.remove("query"), "query")?;
    let id = text(members.remove("documentId"), "documentId")?;
    let extensions = object(members.remove("extensions"), "extensions")?;
    let document = document::asked(id.as_deref(), &extensions, query.as_deref())?;
    if query.is_none() && document.is_none() {
        return Err(RequestError::QueryMissing);
    }
    Ok(GraphqlRequest {
        query: query.unwrap_or_default(),
        document,
        operation_name: text(members.remove("operationName"), "operationName")?,
        variables: object(members.remove("variables"), "variables")?,
        extensions,
    })
}

fn text(value: Option<Value>, member: &'static str) -> Result<Option<String>, RequestError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(RequestError::WrongType { member }),
    }
}

fn object(value: Option<Value>, member: &'static str) -> Result<Map<String, Value>, RequestError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(RequestError::WrongType { member }),
    }
}

/// Reads the parameters of a URL; those the draft does not name are ignored.
fn from_url(parameters: &str) -> Result<GraphqlRequest, RequestError> {
    let mut members = Map::new();
    for (name, value) in url::form_urlencoded::parse(parameters.as_bytes()) {
        let member = match &*name {
            "query" => "query",
            "documentId" => "documentId",
            "operationName" => "operationName",
            "variables" => "variables",
            "extensions" => "extensions",
            _ => continue,
        };
        let value = match member {
            // The draft: an empty operationName in a URL is as good as none.
            "operationName" if value.is_empty() => Value::Null,
            "query" | "documentId" | "operationName" => Value::String(value.into_owned()),
            _ => json(value.as_bytes())?,
        };
        if members.insert(member.to_owned(), value).is_some() {
            return Err(RequestError::Repeated { member });
        }
    }
    from_members(members)
}
