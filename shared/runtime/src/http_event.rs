//! API Gateway's payload format 2.0, in and out.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::response::reply::{Answer, Body};

/// The parts of the event that we read.
///
/// What a request doesn't have is missing at API Gateway, but null at `cargo lambda watch` (the
/// query) and at MiniStack (path parameters).
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

    /// The address of who connected to the gateway: the client, or the edge before it.
    pub(crate) fn source_address(&self) -> &str {
        &self.request_context.http.source_ip
    }

    /// The headers; those that can't be headers are left out, as no client can have sent them.
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

    /// The body; `None` when it says it is base64 and isn't.
    pub(crate) fn take_body(&mut self) -> Option<Bytes> {
        let body = self.body.take().unwrap_or_default();
        if self.is_base64_encoded {
            STANDARD.decode(body).ok().map(Bytes::from)
        } else {
            Some(Bytes::from(body))
        }
    }
}

/// The answer as the gateway takes it.
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
