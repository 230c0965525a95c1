//! `GET /files/{link}`: a file of evidence by its link, without a token, for a few minutes. It is handed out to be saved:
//! whatever a file holds, no browser runs it in the name of this server (OWASP File Upload Cheat Sheet).

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use super::graphql::Endpoint;
use super::{failure, info};
use crate::error::{Error, Result};
use crate::evidence::{Opened, open};

/// The file of a link.
pub(super) async fn file(State(endpoint): State<Endpoint>, Path(link): Path<String>, request: Request) -> Response {
    let app = endpoint.app();
    let info = info::of(app, &request);
    let opened = open(app, &info, &link).await;
    match opened.and_then(|opened| response(opened, request.method() == Method::HEAD)) {
        Ok(response) => response,
        Err(error) => failure::response(&error, &info),
    }
}

fn response(opened: Opened, head: bool) -> Result<Response> {
    let way = if opened.shown { "inline" } else { "attachment" };
    let name = disposition(way, &opened.file_name);
    let name = HeaderValue::from_str(&name).map_err(|error| Error::Internal(error.to_string()))?;
    let mut response = Response::new(if head {
        Body::empty()
    } else {
        Body::from_stream(opened.flow)
    });
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(opened.media_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(opened.length));
    headers.insert(CONTENT_DISPOSITION, name);
    let fixed: [(HeaderName, &'static str); 4] = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-site"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// How a name stands in a header (RFC 6266, RFC 8187): plain for those who know no better, and as it is.
fn disposition(way: &str, name: &str) -> String {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{way}; filename=\"minh-chung.{ending}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("attachment", "Giấy \"khen\"\r\n.pdf"),
            "attachment; filename=\"minh-chung.pdf\"; filename*=UTF-8''Gi%E1%BA%A5y%20%22khen%22%0D%0A.pdf"
        );
    }
}
