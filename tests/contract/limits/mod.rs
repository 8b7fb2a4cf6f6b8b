//! AWS limits that neither linters nor emulators check, each with its source: AWS refuses no
//! template that passes here because of them.
//!
//! A rule returns the violations in templates. Each has two tests: our templates have none, and
//! those of an invalid template are found.

mod alarms;
mod control_plane;
mod functions;
mod names;
mod policies;
mod queues;
mod tables;
mod whole;

use std::collections::BTreeMap;

use serde_json::Value;

/// Templates by their path.
type Templates = BTreeMap<String, Value>;

/// The assumed length of an ARN that a reference resolves to: the longest of ours has 110
/// characters.
const REFERENCE: usize = 128;

/// Returns every resource, with its file and logical name in one text.
fn resources(templates: &Templates) -> impl Iterator<Item = (String, &Value)> {
    templates.iter().flat_map(|(file, template)| {
        let resources = template["Resources"].as_object().into_iter().flatten();
        resources.map(move |(name, resource)| (format!("{file}: {name}"), resource))
    })
}

/// Returns the resources of a type, with their properties.
fn of_type<'a>(
    templates: &'a Templates,
    kind: &'a str,
) -> impl Iterator<Item = (String, &'a Value)> {
    let is = move |resource: &Value| resource["Type"] == kind;
    resources(templates)
        .filter(move |(_, resource)| is(resource))
        .map(|(place, resource)| (place, &resource["Properties"]))
}

/// Replaces the references in a value by their longest possible values: the longest stage, region
/// and account.
fn longest(value: &Value) -> Value {
    let names = [
        ("${Stage}", "staging"),
        ("${AWS::Region}", "ap-northeast-1"),
        ("${AWS::AccountId}", "123456789012"),
        ("${AWS::Partition}", "aws"),
    ];
    match value {
        Value::Array(items) => items.iter().map(longest).collect(),
        Value::Object(members) => match members.get("Fn::Sub") {
            Some(Value::String(pattern)) => {
                let mut text = names
                    .iter()
                    .fold(pattern.clone(), |text, (name, longest)| text.replace(name, longest));
                while let Some((start, end)) = text
                    .find("${")
                    .and_then(|start| Some((start, start + text[start..].find('}')?)))
                {
                    text.replace_range(start..=end, &"x".repeat(REFERENCE));
                }
                Value::String(text)
            }
            _ if members.len() == 1
                && members.keys().all(|name| name == "Ref" || name.starts_with("Fn::")) =>
            {
                Value::String("x".repeat(REFERENCE))
            }
            _ => Value::Object(
                members.iter().map(|(name, member)| (name.clone(), longest(member))).collect(),
            ),
        },
        scalar => scalar.clone(),
    }
}

/// Returns a list, or the only value as a list.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// Returns a template with these resources, for tests of violations.
fn template(resources: Value) -> Templates {
    Templates::from([("broken.yaml".to_owned(), serde_json::json!({ "Resources": resources }))])
}

/// Checks that all our templates comply with the rule, and that each of the invalid ones violates
/// it.
#[track_caller]
fn prove(rule: fn(&Templates) -> Vec<String>, broken: impl IntoIterator<Item = Value>) {
    let found = rule(&crate::templates::templates());
    assert!(found.is_empty(), "{found:#?}");
    for resources in broken {
        assert!(!rule(&template(resources.clone())).is_empty(), "not found: {resources}");
    }
}
