//! `AWS::Serverless::Function` stanzas, merged with `Globals`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{events, policies};
use crate::template::error::TemplateError;
use crate::template::model::Function;
use crate::template::names::name_of;
use crate::template::properties::{Properties, scalar_text};
use crate::template::scope::Scope;

/// Adds a function, its routes and its triggers.
pub(in crate::template) fn function(
    scope: &Scope<'_>,
    logical: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let place = scope.place_of(logical);
    let own = resource.get("Properties").cloned().unwrap_or(Value::Object(Map::new()));
    let merged = match scope.document["Globals"].get("Function") {
        Some(globals) => merge(globals.clone(), own),
        None => own,
    };
    let properties = Properties::from_value(scope.evaluate(&merged, &place)?, place)?;
    let name = name_of(scope, logical, resource)?;
    let policies = policies::of_function(&properties)?;
    let reserved = properties
        .number("ReservedConcurrentExecutions")?
        .and_then(|number| usize::try_from(number).ok());
    let memory_mb = u32::try_from(properties.size("MemorySize", 128)?).unwrap_or(128);
    let invoke_config = properties.within("EventInvokeConfig")?;
    let (async_retries, on_failure) = match &invoke_config {
        Some(config) => (
            u32::try_from(config.size("MaximumRetryAttempts", 2)?).unwrap_or(2),
            events::on_failure(config)?,
        ),
        None => (2, None),
    };
    let mut function = Function {
        physical_name: properties.text("FunctionName")?.unwrap_or_else(|| name.clone()),
        name,
        async_retries,
        on_failure,
        stanza: properties.place.to_string(),
        memory_mb,
        timeout: properties.seconds("Timeout", 3)?,
        environment: environment(&properties)?,
        statements: policies,
        boundary: None,
        reserved_concurrency: reserved,
        triggers: Vec::new(),
        role: properties.text("Role")?,
    };
    events::of_function(scope, &properties, &mut function)?;
    let boundary = properties.text("PermissionsBoundary")?;
    scope.add(|model| {
        let place = properties.place.at("PermissionsBoundary");
        model.loose_boundaries.extend(boundary.map(|arn| (function.name.clone(), arn, place)));
        model.functions.push(function);
    });
    Ok(())
}

fn environment(properties: &Properties) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(environment) = properties.within("Environment")? else { return Ok(BTreeMap::new()) };
    let variables = environment.object("Variables")?.unwrap_or_default();
    let mut resolved = BTreeMap::new();
    for (name, value) in variables {
        let text = scalar_text(&value).ok_or_else(|| {
            environment
                .place
                .at(&name)
                .error("a variable's value must be a string; use !Join for a list")
        })?;
        resolved.insert(name, text);
    }
    Ok(resolved)
}

/// Merges `Globals` as SAM does: objects by key, lists are concatenated, any other value is
/// overridden.
fn merge(globals: Value, own: Value) -> Value {
    match (globals, own) {
        (Value::Object(globals), Value::Object(own))
            if !is_intrinsic(&globals) && !is_intrinsic(&own) =>
        {
            let mut merged = globals;
            for (key, value) in own {
                let value = match merged.remove(&key) {
                    Some(global) => merge(global, value),
                    None => value,
                };
                merged.insert(key, value);
            }
            Value::Object(merged)
        }
        (Value::Array(mut globals), Value::Array(own)) => {
            globals.extend(own);
            Value::Array(globals)
        }
        (_, own) => own,
    }
}

fn is_intrinsic(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}
