//! The headers of responses.

use serde_json::{Map, Value, json};

/// The headers of responses: name, whether it is always present where it is listed, description,
/// and example.
const ALL: [(&str, bool, &str, &str); 10] = [
    (
        "X-Request-Id",
        true,
        "The request's ID: the client's `X-Request-Id` if it is well-formed, otherwise a \
         generated one. Every log line of the request contains it.",
        "0c5f3ab1-6d2e-4f77-9b1d-2f6a8e0c9d41",
    ),
    (
        "RateLimit-Policy",
        true,
        "The limit that this request counts against.",
        "\"caller\";q=1000;w=3600",
    ),
    (
        "RateLimit",
        true,
        "The number of requests left, and the seconds until there are more.",
        "\"caller\";r=999;t=3600",
    ),
    ("ETag", true, "The version of the resource, for If-Match and If-None-Match.", "\"1\""),
    (
        "Location",
        true,
        "The URL of the created or requested resource.",
        "/api/v1/orders/ord_01h455vb4pex5vsknk084sn02q",
    ),
    (
        "Idempotent-Replayed",
        false,
        "`true` if this is the stored response of an earlier request; absent otherwise.",
        "true",
    ),
    (
        "Set-Cookie",
        false,
        "With mode `cookie`: the cookies of the session, which scripts can't read.",
        "__Host-access=eyJhbGciOiJFZERTQSJ9.e30.c2ln; Max-Age=3600; Path=/; Secure; HttpOnly; \
         SameSite=Lax",
    ),
    ("Retry-After", true, "Seconds to wait before retrying.", "30"),
    (
        "WWW-Authenticate",
        true,
        "How to authenticate (RFC 6750).",
        "Bearer realm=\"builder-api\", error=\"invalid_token\"",
    ),
    ("Allow", true, "The methods of this path.", "GET, POST"),
];

/// Returns a reference to a header of a response.
pub(crate) fn reference(name: &'static str) -> (&'static str, Value) {
    (name, json!({ "$ref": format!("#/components/headers/{name}") }))
}

/// Returns a header that may be absent in a response with the same status, because the gateway
/// generated it or no request was counted.
pub(crate) fn possible(name: &'static str) -> (&'static str, Value) {
    let mut header = all().remove(name).unwrap_or_default();
    header.as_object_mut().map(|members| members.remove("required"));
    (name, header)
}

/// Collects headers for a response object.
pub(crate) fn collected(headers: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(headers.into_iter().map(|(name, header)| (name.to_owned(), header)).collect())
}

/// Returns all headers that responses refer to.
pub(crate) fn all() -> Map<String, Value> {
    let described = ALL.iter().map(|(name, always, description, example)| {
        let mut header = json!({ "description": description, "schema": { "type": "string" }, "example": example });
        if *always {
            header["required"] = true.into();
        }
        ((*name).to_owned(), header)
    });
    described.collect()
}
