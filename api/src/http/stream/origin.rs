//! Which web pages may open a WebSocket: a browser asks no leave before it does, so the server looks at the page's origin.
//! Phones send none.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use url::Url;

/// Whether a request comes from no page, from one of this server, or from one of the origins that are allowed.
pub(super) fn is_admitted(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|known| known == origin) {
        return true;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let own = Url::parse(origin).ok().and_then(|url| {
        let name = url.host_str()?;
        Some(
            url.port()
                .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")),
        )
    });
    own.is_some() && own.as_deref() == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_origin_is_not_admitted() {
        let admitted = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "api.example:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            is_admitted(&headers, &["https://app.example".to_owned()])
        };
        assert!(admitted(None) && admitted(Some("http://api.example:8080")) && admitted(Some("https://app.example")));
        for other in [
            "https://evil.example",
            "null",
            "http://api.example",
            "https://app.example.evil",
            "",
        ] {
            assert!(!admitted(Some(other)), "{other}");
        }
    }
}
