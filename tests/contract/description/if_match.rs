//! Which routes need or heed `If-Match`, and what docs/API.md says of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sources::read;

/// The routes of the description that have this method and pass, without `/api/v1`.
fn routes(methods: &[&str], fits: impl Fn(Option<bool>) -> bool) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&read("functions/system/openapi.json")).unwrap();
    let mut found = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let if_match = parameters
                .filter(|parameter| parameter["name"] == "If-Match")
                .map(|header| header["required"] == true)
                .next();
            if methods.contains(&method.as_str()) && fits(if_match) {
                found.insert(format!(
                    "{} {}",
                    method.to_uppercase(),
                    path.trim_start_matches("/api/v1")
                ));
            }
        }
    }
    found
}

/// The routes in the sentence of docs/API.md that begins so.
fn documented(beginning: &str) -> BTreeSet<String> {
    let text = read("docs/API.md").replace('\n', " ");
    let sentence = text
        .split(beginning)
        .nth(1)
        .unwrap_or_else(|| panic!("docs/API.md says nothing that begins with {beginning:?}"));
    let sentence = sentence.split_once(". ").map_or(sentence, |(sentence, _)| sentence);
    sentence.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn changes_require_if_match_except_as_documented() {
    let unconditional = routes(&["put", "patch", "delete"], |if_match| if_match != Some(true));
    assert_eq!(unconditional, documented("These need no If-Match:"));
}

#[test]
fn commands_that_accept_if_match_are_documented() {
    let heeding = routes(&["post"], |if_match| if_match.is_some());
    assert_eq!(heeding, documented("These commands heed If-Match when it is sent:"));
}
