//! One sample event per function, of the form that its trigger sends.

use std::collections::BTreeSet;

use builder_tests::{functions, routes};
use serde_json::Value;

use crate::generated::update_if_asked;
use crate::sources::{below, read};

#[test]
fn every_function_has_a_sample_event_and_every_event_a_function() {
    update_if_asked();
    let functions: BTreeSet<_> =
        functions().iter().map(|function| format!("events/{}.json", function.name())).collect();
    let files: BTreeSet<_> = below("events").into_iter().map(|file| file.path).collect();
    assert_eq!(functions, files);
}

#[test]
fn a_routes_event_asks_for_that_route() {
    update_if_asked();
    for route in routes() {
        let file = format!("events/{}.json", route.name);
        let event: Value =
            serde_json::from_str(&read(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(event["version"], "2.0", "{file}");
        assert_eq!(event["routeKey"], route.key(), "{file}");
        assert_eq!(event["requestContext"]["routeKey"], route.key(), "{file}");
        let path = event["rawPath"].as_str().unwrap();
        assert_eq!(event["requestContext"]["http"]["path"], path, "{file}");
        if route.path == "$default" {
            continue;
        }
        assert_eq!(event["requestContext"]["http"]["method"], route.method.as_str(), "{file}");
        let (wanted, given): (Vec<_>, Vec<_>) =
            (route.path.split('/').collect(), path.split('/').collect());
        assert_eq!(wanted.len(), given.len(), "{file}: {path}");
        for (wanted, given) in wanted.into_iter().zip(given) {
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => assert_eq!(event["pathParameters"][name], given, "{file}"),
                None => assert_eq!(wanted, given, "{file}"),
            }
        }
        if let Some(body) = event["body"].as_str() {
            assert!(serde_json::from_str::<Value>(body).is_ok(), "{file}: the body is no JSON");
        }
    }
}

#[test]
fn a_jobs_event_is_that_of_its_trigger() {
    for (name, source) in [("send-email", "aws:sqs"), ("relay-events", "aws:dynamodb")] {
        let event: Value = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let records = event["Records"].as_array().unwrap();
        assert!(
            !records.is_empty() && records.iter().all(|record| record["eventSource"] == source),
            "{name}"
        );
    }
}
