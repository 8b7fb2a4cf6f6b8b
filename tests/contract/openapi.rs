//! The API's description is made from the routes, and sound.

use std::collections::BTreeSet;

use builder_runtime::Route;
use builder_runtime::openapi::document;
use builder_tests::{repository, routes};
use serde_json::Value;

use crate::sources::read;

const FILE: &str = "functions/system/openapi.json";
const UPDATE: &str = "UPDATE_OPENAPI";

fn made() -> Value {
    let routes = routes();
    document(&routes.iter().collect::<Vec<&Route>>(), env!("CARGO_PKG_VERSION"))
}

#[test]
fn the_kept_description_is_that_of_the_routes() {
    let made = made();
    if std::env::var_os(UPDATE).is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap() + "\n";
        std::fs::write(repository().join(FILE), text).unwrap();
        return;
    }
    let kept: Value = serde_json::from_str(&read(FILE)).unwrap_or_default();
    assert!(kept == made, "{FILE} is out of date: {UPDATE}=1 cargo test --workspace --test contract openapi");
}

#[test]
fn every_route_is_an_operation() {
    let document = made();
    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert((format!("{} {path}", method.to_uppercase()), operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    let documented = routes().into_iter().filter(|route| route.path != "$default");
    let routes: BTreeSet<_> = documented.map(|route| (route.key(), route.name.to_owned())).collect();
    assert_eq!(operations, routes);
}

#[test]
fn every_operation_has_a_summary_and_every_response_a_description_and_a_problem_a_page() {
    let document = made();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|summary| summary.len() > 5), "{place} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            let succeeds = |status: &String| {
                status.starts_with('2') || (status == "303" && responses["303"]["headers"]["Location"].is_object())
            };
            assert!(responses.keys().any(succeeds), "{place} never succeeds");
            for (status, response) in responses {
                assert!(
                    response["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{place} {status} has no description"
                );
                // That one only the gateway gives.
                if status.starts_with(['4', '5']) && status != "431" {
                    assert!(response["content"]["application/problem+json"].is_object(), "{place} {status} is no problem");
                }
            }
        }
    }
    for (code, problem) in document["x-problems"].as_object().unwrap() {
        assert!(problem["meaning"].as_str().is_some_and(|meaning| meaning.ends_with('.')), "{code} says nothing");
        assert!((400..600).contains(&problem["status"].as_u64().unwrap()), "{code}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = made();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 5, "the description refers to its schemas");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
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
