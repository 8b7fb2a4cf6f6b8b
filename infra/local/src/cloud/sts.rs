//! STS: `GetCallerIdentity`, by which tools find out their identity and account. It needs no
//! permission.

use bytes::Bytes;
use http::{Response, StatusCode};
use s3s::Body;

use super::arn;
use super::error::AwsError;
use super::iam::caller::Caller;

pub(super) fn respond(caller: &Caller, body: &Bytes) -> Result<Response<Body>, AwsError> {
    let action = url::form_urlencoded::parse(body)
        .find_map(|(name, value)| (name == "Action").then_some(value))
        .unwrap_or_default();
    if action != "GetCallerIdentity" {
        return Err(AwsError::new(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            "the local STS only supports GetCallerIdentity",
        ));
    }
    let document = format!(
        "<GetCallerIdentityResponse \
         xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        caller.principal.arn(),
        caller.principal.name,
        arn::ACCOUNT
    );
    Response::builder()
        .header("content-type", "text/xml")
        .body(Body::from(document))
        .map_err(|error| AwsError::internal(error.to_string()))
}
