//! What the tests check every answer against does refuse what isn't documented.

use builder_tests::described;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

/// The headers of an answer of ours, with these besides.
fn headers(more: &[(&'static str, &'static str)]) -> HeaderMap {
    let usual = [("x-request-id", "r"), ("ratelimit", "r"), ("ratelimit-policy", "p")];
    let all = usual.iter().chain(more);
    all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

fn verdict(
    method: Method,
    path: &str,
    status: u16,
    more: &[(&'static str, &'static str)],
    body: &Value,
) -> Result<(), String> {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    described().judge(&method, path, status, &headers(more), &body)
}

fn example(of: &str, status: &str) -> Value {
    described().document()["paths"][of]["get"]["responses"][status]["content"]["application/json"]["example"].clone()
}

fn problem(code: &str) -> Value {
    described().document()["components"]["examples"][code]["value"].clone()
}

const JSON: (&str, &str) = ("content-type", "application/json");
const PROBLEM: (&str, &str) = ("content-type", "application/problem+json");
const TAG: (&str, &str) = ("etag", "\"1\"");
const ORDER: &str = "/api/v1/orders/ord_01h455vb4pex5vsknk084sn02q";

#[test]
fn a_documented_answer_passes() {
    let order = example("/api/v1/orders/{id}", "200");
    assert_eq!(verdict(Method::GET, ORDER, 200, &[JSON, TAG], &order), Ok(()));
    assert_eq!(verdict(Method::GET, ORDER, 304, &[TAG], &Value::Null), Ok(()));
    assert_eq!(verdict(Method::GET, ORDER, 404, &[PROBLEM], &problem("not-found")), Ok(()));
    let allow = ("allow", "GET");
    assert_eq!(
        verdict(Method::PUT, ORDER, 405, &[PROBLEM, allow], &problem("method-not-allowed")),
        Ok(())
    );
    assert_eq!(
        verdict(Method::GET, "/nowhere", 404, &[], &Value::Null),
        Ok(()),
        "nothing is said of it"
    );
}

#[test]
fn undocumented_responses_fail() {
    let order = example("/api/v1/orders/{id}", "200");
    let refused =
        |status: u16, more: &[(&'static str, &'static str)], body: &Value, wanted: &str| {
            let error = verdict(Method::GET, ORDER, status, more, body).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        };
    refused(202, &[JSON], &order, "documents no 202");
    refused(200, &[JSON], &order, "etag is documented");
    refused(200, &[JSON, TAG, ("location", "/")], &order, "location is not documented");
    refused(200, &[("content-type", "text/html"), TAG], &order, "content type");
    let mut wrong = order.clone();
    wrong["data"]["status"] = json!("lost");
    refused(200, &[JSON, TAG], &wrong, "status");
    wrong = order;
    wrong["data"].as_object_mut().unwrap().remove("total");
    refused(200, &[JSON, TAG], &wrong, "total");
    refused(404, &[PROBLEM], &problem("conflict"), "code");
    refused(401, &[PROBLEM], &problem("unauthenticated"), "www-authenticate");
    refused(429, &[PROBLEM], &problem("quota-exceeded"), "Retry-After");
    refused(304, &[TAG], &json!({}), "a body");
}
