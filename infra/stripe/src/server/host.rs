//! Protection against DNS rebinding: a web page can resolve its own host name to this machine, and
//! then has the same origin as a server there. This server only responds to host names that no
//! attacker can own.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::request::Parts;

/// Returns whether the request has a host name and it refers to this machine. The
/// name in the request line, if present, takes precedence over the Host header (RFC 9112, section
/// 3.2.2), and both have to mean this machine.
pub(super) fn is_ours(request: &Parts) -> bool {
    if request.uri.authority().is_some_and(|authority| !names_this_machine(authority.as_str())) {
        return false;
    }
    let mut named =
        request.headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    named.next().is_some_and(names_this_machine) && named.next().is_none()
}

/// Returns whether `name:port` is an IP address, a name that always resolves to this machine (RFC
/// 6761, section 6.3), or Docker's name for it.
fn names_this_machine(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    if let Some(address) = name.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let name = name.to_ascii_lowercase();
    name.parse::<Ipv4Addr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || name == "host.docker.internal"
}

#[cfg(test)]
mod tests {
    use super::{is_ours, names_this_machine};

    #[test]
    fn the_name_in_the_request_line_counts_too() {
        for (target, host, ours) in [
            ("/v1/charges", "localhost:1", true),
            ("http://localhost:1/v1/charges", "localhost:1", true),
            ("http://evil.example/v1/charges", "localhost:1", false),
            ("http://localhost:1/v1/charges", "evil.example", false),
            ("http://user@localhost/v1/charges", "localhost", false),
        ] {
            let (parts, ()) = http::Request::builder()
                .uri(target)
                .header("host", host)
                .body(())
                .unwrap()
                .into_parts();
            assert_eq!(is_ours(&parts), ours, "{target} for {host}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for host in [
            "127.0.0.1:12111",
            "[::1]:80",
            "localhost",
            "stripe.localhost:1",
            "host.docker.internal:9",
        ] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:80",
            "127.0.0.1.nip.io",
            "",
            ":80",
            "2130706433",
        ] {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
