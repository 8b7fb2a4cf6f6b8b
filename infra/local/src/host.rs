//! Protection against DNS rebinding: a web page can resolve its own host name to this machine, and
//! then has the same origin as a server there. Endpoints that need no token (the mailbox, an AWS
//! endpoint that trusts every access key) therefore only respond to host names that no attacker can
//! own.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::request::Parts;

/// The response to a request with any other host name.
pub(crate) const REFUSAL: &str = "The local stack only accepts requests to an IP address, \
 localhost, *.localhost or host.docker.internal.\n";

/// Returns whether the request has a host name and it refers to this machine.
pub(crate) fn is_ours(request: &Parts) -> bool {
    let mut named =
        request.headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let mut named_at_all = false;
    let by_header = named.all(|host| {
        named_at_all = true;
        names_this_machine(host)
    });
    // An absolute URL in the request line (as sent to a proxy) takes precedence over the header.
    let by_line =
        request.uri.authority().is_none_or(|authority| names_this_machine(authority.as_str()));
    by_header && by_line && named_at_all
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
    use super::*;

    fn ours(uri: &str, hosts: &[&str]) -> bool {
        let request = http::Request::builder().uri(uri);
        let request = hosts.iter().fold(request, |request, host| request.header(HOST, *host));
        is_ours(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn local_host_names_are_accepted_with_any_port() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:4566",
            "192.168.1.7:3000",
            "[::1]:3000",
            "[::1]",
            "localhost",
            "LocalHost:1",
        ] {
            assert!(ours("/", &[host]), "{host}");
        }
        for host in ["bucket.s3.localhost:4566", "host.docker.internal:4566"] {
            assert!(ours("/", &[host]), "{host}");
        }
    }

    #[test]
    fn other_host_names_are_rejected() {
        for host in [
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.nip.io",
            "",
            ":80",
        ] {
            assert!(!ours("/", &[host]), "{host}");
        }
        for host in
            ["2130706433", "0x7f.1", "[evil.example]", "::1:x", "a@127.0.0.1", "localhost.:x"]
        {
            assert!(!ours("/", &[host]), "{host}");
        }
        assert!(!ours("/", &[]) && !ours("/", &["localhost", "evil.example"]));
        assert!(!ours("http://evil.example/", &["localhost"]));
    }
}
