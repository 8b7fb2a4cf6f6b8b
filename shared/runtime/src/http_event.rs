//! API Gateway's payload format 2.0: requests and responses.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
//!
//! Whatever an event holds, reading it doesn't panic, and the path and the query stay as they came.
//! `lambda_http` does neither (docs/adr/0046).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::response::reply::{Answer, Body};

/// The parts of the event that are used.
///
/// Absent values are missing in API Gateway's events, but null in those of `cargo lambda watch`
/// (the query) and MiniStack (path parameters).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpEvent {
    #[serde(default)]
    pub raw_path: String,
    #[serde(default, deserialize_with = "empty_if_null")]
    pub raw_query_string: String,
    #[serde(default, deserialize_with = "empty_if_null")]
    headers: Map<String, Value>,
    #[serde(default, deserialize_with = "empty_if_null")]
    cookies: Vec<String>,
    #[serde(default, deserialize_with = "empty_if_null")]
    path_parameters: Map<String, Value>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

fn empty_if_null<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: HttpContext,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpContext {
    method: String,
    source_ip: String,
}

impl HttpEvent {
    pub(crate) fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// Returns the address that connected to the gateway: the client, or the edge.
    pub(crate) fn source_address(&self) -> &str {
        &self.request_context.http.source_ip
    }

    /// Returns the headers, without invalid ones, which no client can have sent.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        for (name, value) in &self.headers {
            if let (Ok(name), Some(Ok(value))) = (
                HeaderName::try_from(name.as_str()),
                value.as_str().map(|value| HeaderValue::from_bytes(value.as_bytes())),
            ) {
                headers.insert(name, value);
            }
        }
        if !self.cookies.is_empty()
            && let Ok(cookies) = HeaderValue::from_str(&self.cookies.join("; "))
        {
            headers.insert(http::header::COOKIE, cookies);
        }
        headers
    }

    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.path_parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// Takes the body; `None` if it is marked as base64 and isn't.
    pub(crate) fn take_body(&mut self) -> Option<Bytes> {
        let body = self.body.take().unwrap_or_default();
        if self.is_base64_encoded {
            STANDARD.decode(body).ok().map(Bytes::from)
        } else {
            Some(Bytes::from(body))
        }
    }
}

/// Converts a response to the gateway's format.
pub(crate) fn to_gateway(answer: Answer) -> Value {
    let mut headers = Map::new();
    let mut cookies = Vec::new();
    for (name, value) in answer.headers {
        if name == "set-cookie" {
            cookies.push(value)
        } else {
            drop(headers.insert(name, Value::String(value)))
        }
    }
    let (body, encoded) = match answer.body {
        Body::Empty => (String::new(), false),
        Body::Text(text) => (text, false),
        Body::Bytes(bytes) => (STANDARD.encode(bytes), true),
    };
    json!({
        "statusCode": answer.status.as_u16(),
        "headers": headers,
        "cookies": cookies,
        "body": body,
        "isBase64Encoded": encoded,
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    /// An event of `GET /x` with these members in the place of its own.
    fn event(members: Value) -> HttpEvent {
        let mut event = json!({
            "rawPath": "/x",
            "rawQueryString": "",
            "headers": {"host": "api.example.com"},
            "requestContext": {"http": {"method": "GET", "sourceIp": "203.0.113.7"}},
            "isBase64Encoded": false,
        });
        let Value::Object(members) = members else { panic!("{members} is no object") };
        event.as_object_mut().unwrap().extend(members);
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn path_and_query_stay_as_they_came() {
        for (path, query) in [
            ("/a%2Fb", "a=%20b&a=+2&c"),
            // The gateway decodes the path.
            ("/a#b", "limit=1"),
            ("/ä b", "q=ä"),
            ("//a/../b", "?x=1"),
            // An emulator may decode the query as well.
            ("/x", "q=a b"),
            ("/x", r#"q="<a>"#),
            ("/x", "q=a#b"),
        ] {
            let event = event(json!({"rawPath": path, "rawQueryString": query}));
            assert_eq!((&*event.raw_path, &*event.raw_query_string), (path, query));
        }
    }

    #[test]
    fn what_is_null_is_missing() {
        let mut event = event(json!({
            "rawQueryString": null,
            "headers": null,
            "cookies": null,
            "queryStringParameters": null,
            "pathParameters": null,
            "body": null,
        }));
        assert_eq!(event.raw_query_string, "");
        assert!(event.headers().is_empty() && event.parameters().is_empty());
        assert_eq!(event.take_body().unwrap(), "");
    }

    #[test]
    fn what_can_be_no_header_is_left_out() {
        let event = event(json!({"headers": {
            "host": "api.example.com:99999",
            "x-forwarded-proto": "https,http",
            "x-text": "ä",
            "x-line": "a\nb",
            "x-null": null,
            "not a name": "a",
        }}));
        let headers = event.headers();
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["host", "x-forwarded-proto", "x-text"]);
        assert_eq!(headers["x-text"].as_bytes(), "ä".as_bytes());
    }

    #[test]
    fn cookies_are_one_header() {
        let event = event(json!({"cookies": ["a=1", "b=2"]}));
        assert_eq!(event.headers()[http::header::COOKIE], "a=1; b=2");
    }

    #[test]
    fn a_body_is_text_or_base64() {
        for (body, encoded, read) in [
            ("YQ==", true, Some("a")),
            ("YQ==", false, Some("YQ==")),
            ("YQ", true, None),
            ("{}", true, None),
            ("", true, Some("")),
        ] {
            let mut event = event(json!({"body": body, "isBase64Encoded": encoded}));
            assert_eq!(event.take_body().as_deref(), read.map(str::as_bytes), "{body} {encoded}");
        }
    }

    #[test]
    fn an_answer_has_its_cookies_apart_and_its_bytes_in_base64() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "image/png"),
            header("set-cookie", "a=1"),
            header("set-cookie", "b=2"),
        ];
        let answer = Answer { status: StatusCode::OK, headers, body: Body::Bytes(vec![0xff, 0]) };
        assert_eq!(
            to_gateway(answer),
            json!({
                "statusCode": 200,
                "headers": {"content-type": "image/png"},
                "cookies": ["a=1", "b=2"],
                "body": "/wA=",
                "isBase64Encoded": true,
            })
        );
    }
}
