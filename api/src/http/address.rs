//! Where a request comes from.
//!
//! The address at the other end of the connection cannot be forged, what a header says can. So a header is believed only
//! as far as trusted proxies wrote it: each of them appends the address it was asked from, so the list is read from its
//! end, past every proxy that is trusted, to the first address that is not.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;

use crate::config::{Config, ForwardedHeader};

/// The client's address; none only where there is no connection, as in tests.
pub(super) fn of(config: &Config, request: &Request) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(behind_proxies(config, peer.ip().to_canonical(), request.headers()))
}

fn behind_proxies(config: &Config, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| config.trusted_proxies.iter().any(|network| network.contains(address));
    let mut address = peer;
    for told in told(config.forwarded_header, headers).iter().rev() {
        if !is_trusted(address) {
            break;
        }
        // a proxy may hide whom it was asked by; it is the last that is known then
        let Some(before) = told else { break };
        address = *before;
    }
    address
}

/// What the header says, oldest first; none for an entry that is no address.
fn told(header: ForwardedHeader, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let (name, read): (_, fn(&str) -> Option<IpAddr>) = match header {
        ForwardedHeader::XForwardedFor => ("x-forwarded-for", parse),
        ForwardedHeader::Forwarded => ("forwarded", parse_for),
    };
    let lines = headers.get_all(name).iter();
    lines
        // a line that is no text hides what it says, and must not make the one before it count
        .flat_map(|line| line.to_str().unwrap_or("?").split(',').map(read).collect::<Vec<_>>())
        .collect()
}

/// The `for` of one element of `Forwarded`, such as `proto=https;for="[2001:db8::1]:4711"`.
fn parse_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    match (named.next(), named.next()) {
        (Some((_, value)), None) => parse(value.trim().trim_matches('"')),
        _ => None,
    }
}

/// An address with or without a port, IPv6 in brackets or not.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse().ok();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    address.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(header: &str, trusted: &str, lines: &[(&'static str, &str)]) -> String {
        let env = [
            ("KHUYENHOC_FORWARDED_HEADER", header),
            ("KHUYENHOC_TRUSTED_PROXIES", trusted),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let env = env.into_iter().filter(|(_, text)| !text.is_empty());
        let config = Config::load(None, env).unwrap();
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(*name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        behind_proxies(&config, "10.0.0.1".parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn without_trusted_proxies_headers_change_nothing() {
        for trusted in ["", "10.0.0.2", "192.168.0.0/16"] {
            let lines = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
            for header in ["x-forwarded-for", "forwarded"] {
                assert_eq!(seen(header, trusted, &lines), "10.0.0.1");
            }
        }
    }

    #[test]
    fn the_last_address_that_is_not_a_proxys_counts() {
        for (line, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("8.8.8.8, 203.0.113.9", "203.0.113.9"),
            ("8.8.8.8, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("8.8.8.8,203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            // what cannot be read hides what is before it
            ("8.8.8.8, unknown", "10.0.0.1"),
            ("8.8.8.8, ", "10.0.0.1"),
            ("8.8.8.8, unknown, 10.0.0.2", "10.0.0.2"),
            ("8.8.8.8, \u{fe}", "10.0.0.1"),
        ] {
            assert_eq!(
                seen("x-forwarded-for", "10.0.0.0/8", &[("x-forwarded-for", line)]),
                expected,
                "{line}"
            );
        }
        let two = [("x-forwarded-for", "8.8.8.8"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(seen("", "10.0.0.0/8", &two), "203.0.113.9");
    }

    #[test]
    fn forwarded_is_read_where_it_is_the_one_configured() {
        for (line, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("for=8.8.8.8, For=\"203.0.113.9:80\";proto=https", "203.0.113.9"),
            ("proto=https;for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=8.8.8.8, for=_hidden", "10.0.0.1"),
            ("for=8.8.8.8, by=10.0.0.9", "10.0.0.1"),
            ("for=8.8.8.8, for=9.9.9.9;for=7.7.7.7", "10.0.0.1"),
        ] {
            assert_eq!(
                seen("forwarded", "10.0.0.0/8", &[("forwarded", line)]),
                expected,
                "{line}"
            );
        }
        // the other one is a client's own words
        let both = [("forwarded", "for=8.8.8.8"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(seen("x-forwarded-for", "10.0.0.0/8", &both), "203.0.113.9");
        assert_eq!(seen("forwarded", "10.0.0.0/8", &both), "8.8.8.8");
    }
}
