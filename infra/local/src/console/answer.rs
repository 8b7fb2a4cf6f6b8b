//! The console's responses.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// The body of every response.
pub(super) type Body = Full<Bytes>;

/// The result of a request: a page, or the reason it cannot be shown.
pub(super) type Answer = Result<Response<Body>, Trouble>;

/// Why no page is returned.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is nothing with this name.
    Missing,
    /// The request can't be executed; the text says what to change.
    Refused(String),
    /// Data of the page can't be read.
    Broken(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// Pages run no script, load nothing from elsewhere and can't be framed.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The pages that links in mails open run one script, which calls the API.
const LINK_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src \
     'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The HTML part of a mail, shown in a frame of its own: it runs no script and loads nothing, so
/// that the sender can't detect that it was opened.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src \
     'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// Returns a page of the console.
pub(super) fn page(status: StatusCode, html: String) -> Response<Body> {
    with_policy(answer(status, HTML, html), POLICY)
}

/// Returns a page with a script.
pub(super) fn page_with_script(html: String) -> Response<Body> {
    with_policy(answer(StatusCode::OK, HTML, html), LINK_POLICY)
}

/// Returns the HTML part of a mail.
pub(super) fn mail(html: String) -> Response<Body> {
    with_policy(answer(StatusCode::OK, HTML, html), MAIL_POLICY)
}

/// Redirects to the page that shows the result of a form.
pub(super) fn see(location: &str) -> Response<Body> {
    let mut response = answer(StatusCode::SEE_OTHER, TEXT, "");
    match HeaderValue::from_str(location) {
        Ok(location) => response.headers_mut().insert(header::LOCATION, location),
        Err(_) => {
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/_local"))
        }
    };
    response
}

/// Returns a file to be saved. It is never displayed as a page of this origin, whatever it
/// contains.
pub(super) fn download(name: &str, content_type: &str, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = answer(StatusCode::OK, "application/octet-stream", bytes);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let name: String = name.chars().filter(|letter| *letter != '"' && *letter != '\\').collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition.unwrap_or(HeaderValue::from_static("attachment")),
    );
    with_policy(response, "default-src 'none'; sandbox; frame-ancestors 'none'")
}

const HTML: &str = "text/html; charset=utf-8";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// Returns any response.
pub(super) fn answer(
    status: StatusCode,
    kind: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Body::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: browsers then send `Origin: null` with forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn with_policy(mut response: Response<Body>, policy: &'static str) -> Response<Body> {
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
