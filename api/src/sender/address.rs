//! Which addresses messages may go to.
//!
//! A name is whatever its zone says it is at the moment. So it is not the name that is looked at but what it has led to,
//! and exactly that is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where the adaptor may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the internet.
    Public,
    /// On this machine: the URL says so itself, with an address and not with a name.
    ThisMachine,
    /// Anywhere, in the house too: the operator has said so.
    Anywhere,
}

impl Place {
    /// Whether messages may go to this address.
    pub(super) fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::ThisMachine => address.is_loopback(),
            Self::Anywhere => true,
        }
    }
}

/// Whether everybody on the internet means the same machine by it (the registries of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast();
    let reserved = match address.octets() {
        // between a carrier and its customers
        [100, second, ..] => second & 0b1100_0000 == 64,
        // this network; protocol assignments; measurements; future use and broadcast
        [0 | 240..=255, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] => true,
        _ => false,
    };
    !special && !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // protocol assignments and Teredo; documentation; 6to4, which has an IPv4 address inside
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002 | 0x3fff, ..] => false,
        // all that is given out to networks so far
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for public in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "2400:cb00::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(Place::Public.allows(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "fd00::1",
            "fe80::1",
            "ff02::1",
        ] {
            let private = private.parse().unwrap();
            assert!(!Place::Public.allows(private), "{private}");
            assert!(Place::Anywhere.allows(private), "{private}");
            assert_eq!(Place::ThisMachine.allows(private), private.is_loopback(), "{private}");
        }
    }
}
