//! Converts a request to an event of payload format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::net::SocketAddr;

use base64::Engine as _;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The parts of the event that the gateway adds to a request.
pub(super) struct Arrival<'a> {
    pub(super) peer: SocketAddr,
    pub(super) request_id: &'a str,
    pub(super) trace_id: &'a str,
    pub(super) time: Timestamp,
    pub(super) route_key: &'a str,
    pub(super) parameters: Vec<(&'a str, String)>,
    pub(super) api_port: u16,
}

/// Builds the event.
pub(super) fn build(parts: &Parts, body: &Bytes, arrival: Arrival<'_>) -> Value {
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let source = arrival.peer.ip().to_string();
    let (mut headers, cookies) = headers(&parts.headers);
    let host = headers.get("host").and_then(Value::as_str).unwrap_or("localhost").to_owned();
    let domain = host.split(':').next().unwrap_or_default().to_owned();
    let user_agent =
        headers.get("user-agent").and_then(Value::as_str).unwrap_or_default().to_owned();
    let forwarded = match headers.get("x-forwarded-for").and_then(Value::as_str) {
        Some(earlier) => format!("{earlier}, {source}"),
        None => source.clone(),
    };
    headers.insert("x-forwarded-for".to_owned(), Value::String(forwarded));
    headers.insert("x-forwarded-port".to_owned(), Value::String(arrival.api_port.to_string()));
    headers.insert("x-forwarded-proto".to_owned(), Value::from("http"));
    headers.insert("x-amzn-trace-id".to_owned(), Value::from(arrival.trace_id));

    let mut event = Map::with_capacity(12);
    event.insert("version".to_owned(), Value::from("2.0"));
    event.insert("routeKey".to_owned(), Value::from(arrival.route_key));
    event.insert("rawPath".to_owned(), Value::from(path));
    event.insert("rawQueryString".to_owned(), Value::from(query));
    if !cookies.is_empty() {
        event.insert("cookies".to_owned(), Value::from(cookies));
    }
    event.insert("headers".to_owned(), Value::Object(headers));
    if !query.is_empty() {
        event.insert("queryStringParameters".to_owned(), Value::Object(query_parameters(query)));
    }
    event.insert(
        "requestContext".to_owned(),
        json!({
            "accountId": crate::cloud::arn::ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": domain,
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": user_agent,
            },
            "requestId": arrival.request_id,
            "routeKey": arrival.route_key,
            "stage": "$default",
            "time": arrival.time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": arrival.time.as_millisecond(),
        }),
    );
    if !arrival.parameters.is_empty() {
        let parameters = arrival
            .parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)));
        event.insert("pathParameters".to_owned(), Value::Object(parameters.collect()));
    }
    let (body, encoded) = body_text(&parts.headers, body);
    if let Some(body) = body {
        event.insert("body".to_owned(), Value::String(body));
    }
    event.insert("isBase64Encoded".to_owned(), Value::Bool(encoded));
    Value::Object(event)
}

/// Returns the headers with lower-case names, several values joined by a comma, and the cookies
/// separately.
fn headers(all: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let mut joined: Map<String, Value> = Map::with_capacity(all.len() + 4);
    let mut cookies = Vec::new();
    for (name, value) in all {
        // Bytes that are not UTF-8 can't be represented in JSON.
        let value = String::from_utf8_lossy(value.as_bytes());
        if name == header::COOKIE {
            cookies.extend(
                value
                    .split(';')
                    .map(|cookie| cookie.trim().to_owned())
                    .filter(|cookie| !cookie.is_empty()),
            );
            continue;
        }
        match joined.get_mut(name.as_str()) {
            Some(Value::String(earlier)) => {
                earlier.push(',');
                earlier.push_str(&value);
            }
            _ => {
                joined.insert(name.as_str().to_owned(), Value::String(value.into_owned()));
            }
        }
    }
    (joined, cookies)
}

/// Returns the decoded parameters, several values of one name joined by a comma.
fn query_parameters(query: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let value = decode(value);
        match parameters.get_mut(&decode(name)) {
            Some(Value::String(earlier)) => {
                earlier.push(',');
                earlier.push_str(&value);
            }
            _ => {
                parameters.insert(decode(name), Value::String(value));
            }
        }
    }
    parameters
}

/// Returns text types unchanged, and any other body in Base64.
fn body_text(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
        || kind.ends_with("+json")
        || kind.ends_with("+xml");
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(base64::engine::general_purpose::STANDARD.encode(body)), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        build(
            &parts,
            &Bytes::from_static(body),
            Arrival {
                peer: "127.0.7.9:555".parse().unwrap(),
                request_id: "req",
                trace_id: "Root=1",
                time: "2026-03-12T19:03:58.001Z".parse().unwrap(),
                route_key: "POST /orders/{id}",
                parameters: vec![("id", "a/b".to_owned())],
                api_port: 3000,
            },
        )
    }

    #[test]
    fn a_request_becomes_an_event() {
        let request = http::Request::post("/orders/a%2Fb?x=1&x=2&y=a%20b+c&z")
            .header("Host", "localhost:3000")
            .header("Accept", "a")
            .header("Accept", "b")
            .header("Cookie", "one=1; two=2")
            .header("X-Forwarded-For", "10.0.0.1")
            .header("Content-Type", "application/json; charset=utf-8");
        let event = event(request, b"{}");
        assert_eq!(event["rawPath"], "/orders/a%2Fb");
        assert_eq!(event["rawQueryString"], "x=1&x=2&y=a%20b+c&z");
        assert_eq!(event["queryStringParameters"], json!({ "x": "1,2", "y": "a b c", "z": "" }));
        assert_eq!(event["headers"]["accept"], "a,b");
        assert_eq!(event["headers"]["cookie"], Value::Null);
        assert_eq!(event["headers"]["x-forwarded-for"], "10.0.0.1, 127.0.7.9");
        assert_eq!(event["cookies"], json!(["one=1", "two=2"]));
        assert_eq!(event["pathParameters"], json!({ "id": "a/b" }));
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.7.9");
        assert_eq!(event["requestContext"]["time"], "12/Mar/2026:19:03:58 +0000");
        assert_eq!(event["requestContext"]["timeEpoch"], 1_773_342_238_001_i64);
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
    }

    #[test]
    fn binary_bodies_are_base64_and_empty_bodies_are_absent() {
        let binary =
            event(http::Request::post("/x").header("Content-Type", "image/png"), &[0xff, 0]);
        assert_eq!((&binary["body"], &binary["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
        let broken =
            event(http::Request::post("/x").header("Content-Type", "application/json"), &[0xff]);
        assert_eq!(broken["isBase64Encoded"], true);
        let empty = event(http::Request::get("/x"), b"");
        assert!(empty.get("body").is_none() && empty.get("queryStringParameters").is_none());
    }
}
