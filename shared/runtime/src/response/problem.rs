//! Errors as clients see them: `application/problem+json` (RFC 9457). The only place that maps
//! outcomes to statuses.

use std::borrow::Cow;

use builder_store::error::{Error, Fault, Violation};
use http::StatusCode;
use serde_json::json;

use crate::response::violations::{MOST_ERRORS, Violations};

/// The most characters of a pointer or a detail of an error.
const LONGEST_TEXT: usize = 300;

/// The code of an [`Error::VersionConflict`].
pub(crate) const PRECONDITION_FAILED: &str = "precondition-failed";

/// A problem to report instead of an answer.
#[derive(Debug)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) detail: Cow<'static, str>,
    errors: Vec<Violation>,
    /// The number of violations besides `errors`.
    more_errors: u32,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// For the log; never for the client.
    pub(crate) cause: Option<Fault>,
}

/// The kinds of problem that any route can give: code, status, what it means and what to do.
pub(crate) const KINDS: &[(&str, u16, &str)] = &[
    (
        "malformed-request",
        400,
        "The request can't be parsed, for example because its body is not valid JSON. Correct its \
         syntax.",
    ),
    (
        "invalid-idempotency-key",
        400,
        "The Idempotency-Key header must have 1 to 255 visible ASCII characters.",
    ),
    (
        "idempotency-key-required",
        400,
        "This route moves money, so it requires an Idempotency-Key header.",
    ),
    (
        "unauthenticated",
        401,
        "The request has no valid credentials. Sign in, or refresh the access token.",
    ),
    ("forbidden", 403, "The credentials are valid, but don't permit this request."),
    (
        "second-factor-required",
        403,
        "Admins must have a second factor in this deployment. Set one \
         up first.",
    ),
    (
        "cross-site-request-refused",
        403,
        "The request has cookies, but wasn't sent by a page of the application or has no \
         X-CSRF-Token. Send Origin and X-CSRF-Token, or an access token as Authorization: Bearer.",
    ),
    (
        "direct-access-refused",
        403,
        "The request was not made to the API's public address. Use that address.",
    ),
    ("not-found", 404, "The resource doesn't exist, or it belongs to another account."),
    (
        "method-not-allowed",
        405,
        "The path doesn't support this method. The Allow header lists those it supports.",
    ),
    ("conflict", 409, "The resource was changed by another request at the same time. Try again."),
    (
        PRECONDITION_FAILED,
        412,
        "The resource has changed since it was read. Read it again and repeat the change with its \
         new ETag.",
    ),
    ("content-too-large", 413, "The body is larger than 1 MB, or too large to be stored."),
    ("unsupported-media-type", 415, "The body must be JSON and the Content-Type application/json."),
    ("invalid-request", 422, "Some values are invalid. The member `errors` lists them."),
    (
        "idempotency-key-reused",
        422,
        "This Idempotency-Key was used for another request. Use a new key.",
    ),
    (
        "precondition-required",
        428,
        "This change requires an If-Match header with the ETag that was read.",
    ),
    ("quota-exceeded", 429, "Too many requests. Wait for the time in the Retry-After header."),
    ("internal-error", 500, "An internal error. It is logged with the request's ID."),
    (
        "unavailable",
        503,
        "A required service didn't respond in time. Nothing was changed. Try again.",
    ),
];

impl Problem {
    /// A problem of one of the general kinds, with what is wrong in this case.
    #[must_use]
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            more_errors: 0,
            headers: Vec::new(),
            cause: None,
        }
    }

    /// The request can't be read.
    #[must_use]
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", detail)
    }

    /// The request can't be meant, for a reason that has a name of its own.
    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// Several invalid values. The response lists [`MOST_ERRORS`] of them, and the number of
    /// others.
    #[must_use]
    pub fn invalid(errors: Vec<Violation>) -> Self {
        let count = errors.len();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
            "Some values can't be accepted.",
        )
        .naming(errors, count)
    }

    /// As [`Self::invalid`], of what was found in a request.
    pub(crate) fn refused(found: Violations) -> Self {
        let (errors, count) = found.into_parts();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
            "Some values can't be accepted.",
        )
        .naming(errors, count)
    }

    /// The same problem with its errors, of which there are `count`.
    fn naming(mut self, mut errors: Vec<Violation>, count: usize) -> Self {
        errors.truncate(MOST_ERRORS);
        self.more_errors = u32::try_from(count.saturating_sub(errors.len())).unwrap_or(u32::MAX);
        self.errors = errors;
        if self.more_errors > 0 {
            self.detail =
                format!("{} The first {} of {count} are listed.", self.detail, self.errors.len())
                    .into();
        }
        self
    }

    /// It doesn't exist, or belongs to someone else.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("There is no {what} with this ID."))
    }

    /// No valid credentials.
    #[must_use]
    pub fn unauthenticated(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail).header(
            "www-authenticate",
            r#"Bearer realm="builder-api", error="invalid_token""#.to_owned(),
        )
    }

    /// The route demands an idempotency key, and there is none.
    pub(crate) fn key_required() -> Self {
        let detail = "Send an Idempotency-Key header: a new key for each request, the same key to \
         repeat it.";
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key-required", detail)
    }

    /// Nothing was decided; a retry after `seconds` is safe.
    #[must_use]
    pub fn unavailable(seconds: u32, cause: Option<Fault>) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "A required service didn't respond in time. Nothing was changed. Try again.",
        )
        .header("retry-after", seconds.to_string());
        problem.cause = cause;
        problem
    }

    /// The same problem with a header on its response.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same problem under another code, for routes that have a more particular name for it.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = code.into();
        self
    }

    /// The response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, for the request to `instance`.
    pub(crate) fn body(&self, instance: &str, request_id: &str) -> String {
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": title(&self.code),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "requestId": request_id,
        });
        if !self.errors.is_empty() {
            let named = |error: &Violation| json!({"pointer": clipped(&error.pointer), "detail": clipped(&error.detail)});
            body["errors"] = self.errors.iter().map(named).collect();
        }
        if self.more_errors > 0 {
            body["moreErrors"] = self.more_errors.into();
        }
        body.to_string()
    }
}

/// A text of an error, cut off where it is longer than any of ours: what a client sent may be in
/// it.
fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// `out-of-stock` as a title: `Out of stock`.
pub(crate) fn title(code: &str) -> String {
    let mut title = code.replace('-', " ");
    if let Some(first) = title.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    title
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what } => Self::not_found(what),
            Error::Invalid(errors) => Self::invalid(errors),
            Error::Refused { code, detail, errors } => {
                let count = errors.len();
                Self::new(StatusCode::CONFLICT, code, detail).naming(errors, count)
            }
            Error::VersionConflict => Self::new(
                StatusCode::PRECONDITION_FAILED,
                PRECONDITION_FAILED,
                "The resource has changed since you read it. Read it again and repeat the change.",
            ),
            Error::Unauthenticated(detail) => Self::unauthenticated(detail),
            Error::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            // Reaches a client only if the record vanished between the failed write and the look at
            // it.
            Error::AlreadyRecorded => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "The same request has just been completed. Try again.",
            ),
            Error::TooLarge(detail) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "content-too-large", detail)
            }
            Error::Unavailable(cause) => Self::unavailable(1, Some(cause)),
            Error::CircuitOpen { seconds, .. } => {
                Self::unavailable(u32::try_from(seconds).unwrap_or(u32::MAX), None)
            }
            Error::Internal(cause) => {
                let mut problem = Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal-error",
                    "An internal error occurred. Report the request ID if it persists.",
                );
                problem.cause = Some(cause);
                problem
            }
        }
    }
}

impl From<builder_store::config::EnvError> for Problem {
    fn from(error: builder_store::config::EnvError) -> Self {
        Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_says_nothing_of_its_cause() {
        let problem = Problem::from(Error::internal("password=hunter2 at table X"));
        let body = problem.body("/api/v1/orders", "req-1");
        assert!(!body.contains("hunter2") && body.contains("req-1"), "{body}");
        assert!(problem.cause.is_some(), "the log gets it");
    }

    #[test]
    fn every_problem_made_here_is_of_a_documented_kind() {
        for error in [
            Error::NotFound { what: "order" },
            Error::Invalid(vec![]),
            Error::VersionConflict,
            Error::Unauthenticated("x".into()),
            Error::Forbidden("x".into()),
            Error::AlreadyRecorded,
            Error::TooLarge("x".into()),
            Error::Unavailable("x".into()),
            Error::CircuitOpen { what: "x", seconds: 1 },
            Error::internal("x"),
        ] {
            let problem = Problem::from(error);
            assert!(
                KINDS
                    .iter()
                    .any(|(code, status, _)| *code == problem.code
                        && *status == problem.status.as_u16()),
                "{}",
                problem.code
            );
        }
    }
}
