//! Signature Version 4.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Keys;

/// Adds the host, the time, the body's hash and the signature over them.
pub(super) fn sign(
    request: &mut Request<Bytes>,
    host: &str,
    keys: &Keys,
    region: &str,
    service: &str,
) {
    sign_at(request, host, keys, region, service, crate::time::now());
}

fn sign_at(
    request: &mut Request<Bytes>,
    host: &str,
    keys: &Keys,
    region: &str,
    service: &str,
    now: Timestamp,
) {
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let body_hash = hex(&Sha256::digest(request.body()));
    for (name, value) in
        [("host", host), ("x-amz-date", &time), ("x-amz-content-sha256", &body_hash)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers_mut().insert(name, value);
        }
    }
    let mut names: Vec<&str> = request.headers().keys().map(header::HeaderName::as_str).collect();
    names.sort_unstable();
    let signed_names = names.join(";");
    let value = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let headers: String =
        names.iter().map(|name| format!("{name}:{}\n", value(name).trim())).collect();
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let canonical =
        format!("{}\n{path}\n{query}\n{headers}\n{signed_names}\n{body_hash}", request.method());
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = mac(format!("AWS4{}", keys.secret).as_bytes(), day);
    for part in [region, service, "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex(&mac(&key, &text));
    let credential = format!("{}/{scope}", keys.access);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_names}, \
         Signature={signature}"
    );
    if let Ok(authorization) = HeaderValue::try_from(authorization) {
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so the error can't occur; an empty key would only give a
    // signature that is refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        if write!(text, "{byte:02x}").is_err() {
            text.clear();
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "GET Object" of the S3 documentation.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let mut request =
            Request::get("/test.txt").header("range", "bytes=0-9").body(Bytes::new()).unwrap();
        let keys = Keys {
            access: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        let now = "2013-05-24T00:00:00Z".parse().unwrap();
        sign_at(&mut request, "examplebucket.s3.amazonaws.com", &keys, "us-east-1", "s3", now);
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization
                .ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            "{authorization}"
        );
    }
}
