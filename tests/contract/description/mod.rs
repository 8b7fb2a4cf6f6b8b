//! The API's description is made from the routes, and sound.

mod described;
mod examples;
mod if_match;

use std::collections::BTreeSet;

use builder_runtime::Access;
use builder_tests::{described, routes};
use serde_json::Value;

fn made() -> &'static Value {
    described().document()
}

#[test]
fn every_route_is_an_operation() {
    let document = made();
    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert((
                format!("{} {path}", method.to_uppercase()),
                operation["operationId"].as_str().unwrap().to_owned(),
            ));
        }
    }
    let documented = routes().into_iter().filter(|route| route.path != "$default");
    let routes: BTreeSet<_> = documented.map(|route| (route.key(), route.operation_id())).collect();
    assert_eq!(operations, routes);
}

#[test]
fn every_operation_has_a_summary_and_every_response_a_description_and_a_problem_a_page() {
    let document = made();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            let summary = operation["summary"].as_str().unwrap();
            assert!(
                (6..=50).contains(&summary.len()) && !summary.ends_with('.'),
                "{place}: a summary is a few words: {summary}"
            );
            let description = operation["description"].as_str().unwrap_or_default();
            assert!(
                description.is_empty() || description.ends_with('.'),
                "{place}: a description is sentences: {description}"
            );
            let responses = operation["responses"].as_object().unwrap();
            let succeeds = |status: &String| {
                status.starts_with('2')
                    || (status == "303" && responses["303"]["headers"]["Location"].is_object())
            };
            assert!(responses.keys().any(succeeds), "{place} never succeeds");
            for (status, response) in responses {
                let response = resolved(document, response);
                assert!(
                    response["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{place} {status} has no description"
                );
            }
        }
    }
    for (code, problem) in document["x-problems"].as_object().unwrap() {
        assert!(
            problem["meaning"].as_str().is_some_and(|meaning| meaning.ends_with('.')),
            "{code} says nothing"
        );
        assert!((400..600).contains(&problem["status"].as_u64().unwrap()), "{code}");
    }
}

/// What a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().and_then(|reference| document.pointer(&reference[1..])).unwrap_or(value)
}

/// Every answer of every operation: operation, status and answer.
fn answers(document: &Value) -> Vec<(&str, u16, &Value)> {
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values());
    let answers = operations.flat_map(|operation| {
        let id = operation["operationId"].as_str().unwrap();
        let responses = operation["responses"].as_object().unwrap();
        responses.iter().map(move |(status, response)| {
            (id, status.parse().unwrap(), resolved(document, response))
        })
    });
    answers.collect()
}

/// The codes that an answer's schema allows.
fn codes(answer: &Value) -> Vec<&str> {
    let schema = &answer["content"]["application/problem+json"]["schema"]["allOf"][1];
    schema["properties"]["code"]["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn every_problem_names_its_codes_and_each_has_a_page_and_an_example() {
    let document = made();
    for (operation, status, answer) in answers(document) {
        if status < 400 {
            continue;
        }
        let codes = codes(answer);
        // These the gateway answers itself, before a function runs; the first for a route that
        // isn't limited by us.
        let gateways =
            status == 431 || (status == 429 && answer["content"]["application/json"].is_object());
        assert!(!codes.is_empty() || gateways, "{operation} {status} names no code");
        for code in codes {
            let kind = &document["x-problems"][code];
            assert_eq!(kind["status"], status, "{operation}: {code}");
            let example = &document["components"]["examples"][code]["value"];
            assert_eq!(
                (&example["code"], &example["status"]),
                (&code.into(), &status.into()),
                "{operation}"
            );
        }
    }
}

#[test]
fn every_response_documents_its_headers() {
    let document = made();
    let operations = routes();
    for (operation, status, answer) in answers(document) {
        let has = |name: &str| answer["headers"][name].is_object();
        let route = operations.iter().find(|route| route.operation_id() == operation).unwrap();
        let is_ours = status < 400 || !codes(answer).is_empty();
        if !is_ours {
            continue;
        }
        assert!(has("X-Request-Id"), "{operation} {status}");
        assert!(
            has("RateLimit") && has("RateLimit-Policy")
                || (status < 400 && route.access == Access::Open),
            "{operation} {status}"
        );
        match status {
            201 | 303 => assert!(has("Location"), "{operation} {status}"),
            304 => assert!(has("ETag"), "{operation} {status}"),
            401 => assert!(has("WWW-Authenticate"), "{operation} {status}"),
            405 => assert!(has("Allow"), "{operation} {status}"),
            429 | 503 => assert!(has("Retry-After"), "{operation} {status}"),
            _ => {}
        }
        if status == 201 {
            assert!(has("ETag"), "{operation}: what was created has a version");
        }
    }
}

#[test]
fn a_change_by_a_signed_in_browser_names_its_token_and_a_signed_hook_its_signature() {
    let document = made();
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap());
    for (method, operation) in operations {
        let names = |name: &str| {
            operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .any(|parameter| parameter["name"] == name)
        };
        let changes = method != "get"
            && operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
        assert_eq!(names("X-CSRF-Token"), changes, "{}", operation["operationId"]);
        assert_eq!(
            names("Stripe-Signature"),
            operation["operationId"] == "stripeHook",
            "{}",
            operation["operationId"]
        );
    }
}

#[test]
fn routes_document_only_possible_problems() {
    let document = made();
    let of = |wanted: &str| -> BTreeSet<&str> {
        answers(document)
            .into_iter()
            .filter(|(operation, ..)| *operation == wanted)
            .flat_map(|(.., answer)| codes(answer))
            .collect()
    };
    for code in [
        "invalid-idempotency-key",
        "idempotency-key-reused",
        "idempotency-key-required",
        "unauthenticated",
        "not-found",
    ] {
        assert!(!of("login").contains(code), "login: {code}");
    }
    for code in [
        "conflict",
        "unsupported-media-type",
        "cross-site-request-refused",
        "precondition-failed",
        "invalid-idempotency-key",
    ] {
        assert!(!of("getOrder").contains(code), "getOrder: {code}");
    }
    assert!(
        !of("placeOrder").contains("idempotency-key-required")
            && of("requestRefund").contains("idempotency-key-required")
    );
    assert!(!of("health").contains("quota-exceeded") && of("ready").contains("quota-exceeded"));
    assert!(!of("stripeHook").contains("unsupported-media-type"), "it takes what Stripe sends");
}

#[test]
fn every_reference_resolves() {
    let document = made();
    let mut references = BTreeSet::new();
    collect(document, &mut references);
    assert!(references.len() > 5, "the description refers to its schemas");
    for reference in references {
        let pointer = reference
            .strip_prefix('#')
            .unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.insert(reference.clone());
            }
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
