//! Converts a function's result to an HTTP response; the gateway's own responses.

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;

/// The body of every response.
pub(crate) type Body = Full<Bytes>;

/// Returns the gateway's own plain JSON.
pub(super) fn own(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Full::from(format!("{{\"message\":\"{message}\"}}")));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Parses a function's result in payload format 2.0. `None` if it is malformed: the gateway then
/// returns 500.
pub(super) fn from_function(result: Value) -> Option<Response<Body>> {
    let Value::Object(mut result) = result else { return Some(bare(result)) };
    let Some(status) = result.get("statusCode") else { return Some(bare(Value::Object(result))) };
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    let headers = response.headers_mut();
    if let Some(Value::Object(given)) = result.remove("headers") {
        for (name, value) in given {
            headers.insert(HeaderName::try_from(name).ok()?, value_of(&value)?);
        }
    }
    if let Some(Value::Object(given)) = result.remove("multiValueHeaders") {
        for (name, values) in given {
            let name = HeaderName::try_from(name).ok()?;
            headers.remove(&name);
            for value in values.as_array()? {
                headers.append(name.clone(), value_of(value)?);
            }
        }
    }
    if let Some(Value::Array(cookies)) = result.remove("cookies") {
        for cookie in &cookies {
            headers.append(header::SET_COOKIE, value_of(cookie)?);
        }
    }
    // The gateway sets the length itself; a wrong one would break the connection.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONNECTION);
    let encoded = result.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = match result.remove("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if encoded => {
            base64::engine::general_purpose::STANDARD.decode(text).ok()?.into()
        }
        Some(Value::String(text)) => Bytes::from(text),
        Some(_) => return None,
    };
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    *response.body_mut() = Full::new(body);
    Some(response)
}

/// Converts a result without a status, which is a body.
fn bare(result: Value) -> Response<Body> {
    let text = match result {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut response = Response::new(Full::from(text));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn value_of(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_str(text).ok(),
        Value::Number(_) | Value::Bool(_) => HeaderValue::try_from(value.to_string()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn status_headers_cookies_and_body_are_converted() {
        let response = from_function(json!({
            "statusCode": 201,
            "headers": { "X-One": "1", "content-length": "999" },
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        }))
        .unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["x-one"], "1");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert!(!response.headers().contains_key("content-length"));
        assert_eq!(response.headers()["content-type"], "text/plain;charset=UTF-8");
    }

    #[test]
    fn without_a_status_the_result_is_the_body() {
        let response = from_function(json!({ "a": 1 })).unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "application/json")
        );
    }

    #[test]
    fn a_malformed_result_is_rejected() {
        assert!(from_function(json!({ "statusCode": "abc" })).is_none());
        assert!(from_function(json!({ "statusCode": 200, "body": { "a": 1 } })).is_none());
        assert!(
            from_function(json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }))
                .is_none()
        );
    }
}
