//! The sample events of routes that have none yet. Existing ones are kept unchanged: they may be
//! more detailed than a generated one.

use std::collections::BTreeMap;

use builder_runtime::Route;
use builder_tests::{described, repository, routes};
use serde_json::{Map, Value, json};

pub(super) fn missing() -> BTreeMap<String, String> {
    routes()
        .iter()
        .map(|route| (format!("events/{}.json", route.name), route))
        .filter(|(path, _)| !repository().join(path).exists())
        .map(|(path, route)| (path, serde_json::to_string_pretty(&event(route)).unwrap() + "\n"))
        .collect()
}

/// Returns the event that API Gateway sends for the example request in the API's description.
fn event(route: &Route) -> Value {
    let operation =
        &described().document()["paths"][route.path][route.method.as_str().to_lowercase()];
    let mut path = route.path.to_owned();
    let mut parameters = Map::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "path" {
            let name = parameter["name"].as_str().unwrap();
            let schema = parameter["schema"]["$ref"]
                .as_str()
                .and_then(|reference| described().document().pointer(reference.strip_prefix('#')?));
            let examples = [&parameter["example"], &schema.unwrap_or(&Value::Null)["example"]];
            let example = examples.iter().find_map(|example| example.as_str()).unwrap_or("1");
            path = path.replace(&format!("{{{name}}}"), example);
            parameters.insert(name.to_owned(), example.into());
        }
    }
    let body = &operation["requestBody"]["content"]["application/json"]["example"];
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key(),
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "authorization": "Bearer eyJhbGciOiJFZERTQSJ9.e30.c2FtcGxl",
            "content-type": "application/json",
            "host": "api.example.com",
            "user-agent": "curl/8.5.0",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https"
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": route.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.5.0"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route.key(),
            "stage": "$default",
            "time": "20/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_168_800_000_u64
        },
        "isBase64Encoded": false
    });
    if !parameters.is_empty() {
        event["pathParameters"] = Value::Object(parameters);
    }
    if !body.is_null() {
        event["body"] = body.to_string().into();
    }
    event
}
