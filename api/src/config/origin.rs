//! Web origins, as browsers name them in `Origin` (RFC 6454, section 6.2).

use url::{Host, Url};

/// Reads a list of origins separated by commas. Each must be written exactly as a browser sends it, since it is compared
/// as text: lower case, no path, no slash at the end, no default port. Only this machine may do without TLS.
pub(super) fn origins(text: &str) -> Option<Vec<String>> {
    text.split(',').map(|one| origin(one.trim())).collect()
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let safe = match url.scheme() {
        "https" => true,
        "http" => url.host().is_some_and(|host| is_this_machine(&host)),
        _ => false,
    };
    // a URL's host may hold a star; here it would look like a pattern, and there are none
    (safe && !text.contains('*') && url.origin().ascii_serialization() == text).then(|| text.to_owned())
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::origins;

    #[test]
    fn what_a_browser_sends_is_read() {
        let text = "https://app.example.vn, https://app.example.vn:8443,http://localhost:5173,http://127.0.0.1,http://[::1]:80";
        let read = origins(&text.replace("[::1]:80", "[::1]:81")).unwrap();
        assert_eq!(read.len(), 5);
        assert_eq!(read[1], "https://app.example.vn:8443");
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "app.example.vn",
            "https://app.example.vn/",
            "https://app.example.vn/path",
            "https://APP.example.vn",
            "https://app.example.vn:443",
            "https://*.example.vn",
            "https://user@app.example.vn",
            "http://app.example.vn",
            "https://app.example.vn,",
            "file:///x",
        ] {
            assert_eq!(origins(text), None, "{text}");
        }
    }
}
