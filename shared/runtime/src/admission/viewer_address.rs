//! The header `CloudFront-Viewer-Address`.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html>

use std::net::IpAddr;

/// Reads the address in `192.0.2.1:46532` or `2001:db8::1:46532`: `CloudFront` puts no brackets
/// around IPv6, so the last group is the port even if the whole text is also an address.
pub(crate) fn read(viewer: &str) -> Option<IpAddr> {
    let without_port = viewer
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok())
        .map(|(address, _)| address);
    let bare =
        |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    without_port.and_then(bare).or_else(|| bare(viewer)).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_taken_off_in_every_form() {
        for (viewer, expected) in [
            ("192.0.2.1:46532", Some("192.0.2.1")),
            ("192.0.2.1", Some("192.0.2.1")),
            ("2001:db8:1:2:3:4:5:6:46532", Some("2001:db8:1:2:3:4:5:6")),
            ("2001:db8::c4a:42838", Some("2001:db8::c4a")),
            // With the port, these would also be addresses.
            ("2001:db8::c4a:9985", Some("2001:db8::c4a")),
            ("2001:db8:1:2:3:::443", Some("2001:db8:1:2:3::")),
            ("2001:0db8:85a3:0:0:8a2e:0370:7334:443", Some("2001:db8:85a3::8a2e:370:7334")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("::ffff:192.0.2.1:443", Some("192.0.2.1")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2:3:4:5:6")),
            ("", None),
            (":443", None),
            ("192.0.2.1:99999", None),
            ("192.0.2.1, 192.0.2.2:1", None),
            ("example.com:443", None),
        ] {
            assert_eq!(
                read(viewer).map(|address| address.to_string()).as_deref(),
                expected,
                "{viewer}"
            );
        }
    }
}
