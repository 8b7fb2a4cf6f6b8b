//! Signature Version 4, computed by the crate that the AWS SDK uses.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as signature,
};
use aws_sigv4::sign::v4::SigningParams;
use builder_store::error::Fault;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;

use super::Keys;

/// Adds the host, the time, the body's hash and the signature over them.
///
/// # Errors
/// If a header of the request is not text.
pub(super) fn sign(
    request: &mut Request<Bytes>,
    host: &str,
    keys: &Keys,
    region: &str,
    service: &str,
) -> Result<(), Fault> {
    sign_at(request, host, keys, region, service, crate::time::now())
}

fn sign_at(
    request: &mut Request<Bytes>,
    host: &str,
    keys: &Keys,
    region: &str,
    service: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    request.headers_mut().insert(header::HOST, HeaderValue::from_str(host)?);
    let identity =
        Credentials::new(keys.access.as_str(), keys.secret.as_str(), None, None, "stack").into();
    // The path is signed as it is sent, as S3 requires.
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now.into())
        .settings(settings)
        .build()?
        .into();
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| Ok((name.as_str(), value.to_str()?)))
        .collect::<Result<Vec<_>, header::ToStrError>>()?;
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers.into_iter(),
        SignableBody::Bytes(request.body()),
    )?;
    let (instructions, _) = signature(signable, &params)?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
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
        let host = "examplebucket.s3.amazonaws.com";
        sign_at(&mut request, host, &keys, "us-east-1", "s3", now).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization
                .ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            "{authorization}"
        );
    }
}
