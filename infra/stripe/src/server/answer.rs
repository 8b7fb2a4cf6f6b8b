//! Responses as pages and lines of text, outside of the API.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::Answered;

/// Returns a page or another response that is not the API's.
pub(super) fn whole(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answered {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns a line of text.
pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answered {
    whole(status, "text/plain; charset=utf-8", body)
}
