//! Each stanza gives its function what it needs to start, and nothing that no source asks for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use builder_runtime::Ports;
use builder_store::config::Env;
use builder_tests::functions;
use futures::future::join_all;

use crate::sources::rust;
use crate::templates::model;

/// What the platform adds. The endpoint refuses every connection: starting needs no answer.
const PLATFORM: [(&str, &str); 4] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ("AWS_ACCESS_KEY_ID", "none"),
    ("AWS_SECRET_ACCESS_KEY", "none"),
];

#[tokio::test]
async fn every_function_starts_with_the_environment_of_its_stanza() {
    let model = model();
    let started = Instant::now();
    join_all(functions().into_iter().map(|function| {
        let stanza = model
            .function(function.name())
            .unwrap_or_else(|| panic!("{} has no stanza", function.name()));
        let mut variables = stanza.environment.clone();
        variables.extend(PLATFORM.map(|(name, value)| (name.to_owned(), value.to_owned())));
        async move {
            if let Err(error) = function.start(Env::from_map(variables), Ports::default()).await {
                panic!("{}: {error}", stanza.stanza);
            }
        }
    }))
    .await;
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "a store that isn't there must not hold up a start: {:?}",
        started.elapsed()
    );
}

#[test]
fn every_variable_of_a_stanza_has_a_value_and_a_reader() {
    let sources: String =
        ["shared", "functions"].into_iter().flat_map(rust).map(|source| source.text).collect();
    let mut unread = BTreeMap::new();
    for function in &model().functions {
        for (name, value) in &function.environment {
            assert!(!value.is_empty(), "{}: {name} is empty", function.stanza);
            if !sources.contains(&format!("\"{name}\"")) {
                unread.insert(name.clone(), function.stanza.clone());
            }
        }
    }
    assert!(unread.is_empty(), "no source reads {unread:?}");
}

#[test]
fn no_secret_is_in_an_environment() {
    for function in &model().functions {
        for (name, value) in &function.environment {
            let names_a_secret =
                ["SECRET", "PASSWORD", "KEY", "TOKEN"].iter().any(|part| name.contains(part));
            let is_reference = value.starts_with("arn:") || value.parse::<u32>().is_ok();
            assert!(
                !names_a_secret || is_reference,
                "{}: {name} must hold the id of a secret, not a secret",
                function.stanza
            );
        }
    }
}
