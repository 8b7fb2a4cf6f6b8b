//! Answers as pages and lines, which are not the API's.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::Answered;

/// A page or an answer of another kind than the API's.
pub(super) fn whole(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answered {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A line for people.
pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answered {
    whole(status, "text/plain; charset=utf-8", body)
}
