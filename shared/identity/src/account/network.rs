//! Masked network addresses: enough to recognise where a request came from, too little to identify
//! a person.

use std::net::IpAddr;

/// Returns the network of an address: its /24 for IPv4, its /48 for IPv6.
#[must_use]
pub fn masked(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_as_its_network() {
        for (address, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::/48"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("nonsense", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(masked(address), network);
        }
    }
}
