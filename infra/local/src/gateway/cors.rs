//! Cross-origin requests, as API Gateway handles them when the API has a `CorsConfiguration`.
//!
//! The gateway then responds to every preflight itself, whatever the routes, and its headers
//! replace those of the function.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};

use super::answer::Body;
use crate::template::Cors;

/// Returns the response to a preflight request. A foreign origin gets no CORS headers, and the
/// browser stops there.
pub(super) fn preflight(cors: &Cors, request: &Parts) -> Option<Response<Body>> {
    let origin = request.headers.get(header::ORIGIN)?;
    if request.method != Method::OPTIONS
        || !request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return None;
    }
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    if !allow_origin(cors, origin, headers) {
        return Some(response);
    }
    list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
    list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
    if let Some(age) = cors.max_age {
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age));
    }
    Some(response)
}

/// Replaces the function's CORS headers with the gateway's.
pub(super) fn apply(cors: &Cors, request: &HeaderMap, response: &mut HeaderMap) {
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        header::ACCESS_CONTROL_MAX_AGE,
    ] {
        response.remove(name);
    }
    if let Some(origin) = request.get(header::ORIGIN)
        && allow_origin(cors, origin, response)
    {
        list(response, header::ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose);
    }
}

fn allow_origin(cors: &Cors, origin: &HeaderValue, headers: &mut HeaderMap) -> bool {
    let Ok(text) = origin.to_str() else { return false };
    let allowed = cors.origins.iter().find(|allowed| match allowed.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => allowed.as_str() == text,
    });
    let Some(allowed) = allowed else { return false };
    let value = if allowed == "*" { HeaderValue::from_static("*") } else { origin.clone() };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
    if cors.credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if !values.is_empty()
        && let Ok(value) = HeaderValue::try_from(values.join(","))
    {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors() -> Cors {
        Cors {
            origins: vec!["https://app.example".to_owned(), "http://localhost:*".to_owned()],
            methods: vec!["GET".to_owned(), "POST".to_owned()],
            headers: vec!["authorization".to_owned()],
            expose: vec!["etag".to_owned()],
            max_age: Some(600),
            credentials: true,
        }
    }

    fn request(method: &str, origin: &str) -> Parts {
        let request = http::Request::builder()
            .method(method)
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_configured_origins_are_allowed() {
        let answer = preflight(&cors(), &request("OPTIONS", "https://app.example")).unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
        assert_eq!(answer.headers()["access-control-allow-methods"], "GET,POST");
        assert_eq!(answer.headers()["access-control-max-age"], "600");
        let foreign = preflight(&cors(), &request("OPTIONS", "https://evil.example")).unwrap();
        assert!(foreign.headers().is_empty());
        assert!(preflight(&cors(), &request("GET", "https://app.example")).is_none());
    }

    #[test]
    fn the_functions_own_headers_are_replaced() {
        let mut response = HeaderMap::new();
        response.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        apply(&cors(), &request("GET", "https://evil.example").headers, &mut response);
        assert!(response.is_empty());
        apply(&cors(), &request("GET", "http://localhost:5173").headers, &mut response);
        assert_eq!(response["access-control-allow-origin"], "http://localhost:5173");
        assert_eq!(response["access-control-expose-headers"], "etag");
        assert_eq!(response["access-control-allow-credentials"], "true");
    }
}
