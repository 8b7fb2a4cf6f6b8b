//! The rights of a function: the statements of its stanza or of its role.

use serde_json::{Value, json};

use crate::template::error::{Place, TemplateError};
use crate::template::model::{Function, Model, Trigger};
use crate::template::names;
use crate::template::properties::Properties;
use crate::template::scope::Scope;

/// Reads `Policies` of a function's stanza.
pub(super) fn of_function(properties: &Properties) -> Result<Vec<Value>, TemplateError> {
    let place = properties.place.at("Policies");
    let mut statements = Vec::new();
    for policy in properties.list("Policies")? {
        match &policy {
            Value::String(name) => statements.extend(managed(name, &place)?),
            Value::Object(document) if document.contains_key("Statement") => {
                statements.extend(statements_of(&policy))
            }
            Value::Object(template) => {
                let name = template.keys().next().map(String::as_str).unwrap_or_default();
                return Err(place.error(format!(
                    "the local stack does not support the SAM policy template {name}; write its \
                     statements"
                )));
            }
            _ => {
                return Err(place.error(
                    "a policy is a document with Statement, or the name of a managed policy",
                ));
            }
        }
    }
    Ok(statements)
}

/// Reads an `AWS::IAM::Role`.
pub(in crate::template) fn role(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let mut statements = Vec::new();
    for policy in properties.list("Policies")? {
        statements.extend(statements_of(&policy["PolicyDocument"]));
    }
    for managed_policy in properties.texts("ManagedPolicyArns")? {
        statements.extend(managed(&managed_policy, &properties.place.at("ManagedPolicyArns"))?);
    }
    let arn = names::attribute(scope, name, "Arn", &properties.place)?;
    let arn = arn.as_str().unwrap_or_default().to_owned();
    scope.add(|model| model.policies.entry(arn).or_default().extend(statements));
    Ok(())
}

/// Reads an `AWS::IAM::ManagedPolicy`, which a function may name as its boundary.
pub(super) fn managed_policy(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let statements = properties.value("PolicyDocument").map(statements_of).unwrap_or_default();
    let arn = names::reference(scope, name, &properties.place)?;
    scope.add(|model| {
        drop(model.policies.insert(arn.as_str().unwrap_or_default().to_owned(), statements))
    });
    Ok(())
}

/// Reads an `AWS::IAM::Policy`, which adds statements to roles of the same template.
pub(in crate::template) fn policy(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let statements = properties.value("PolicyDocument").map(statements_of).unwrap_or_default();
    let mut roles = properties.texts("Roles")?;
    roles.extend(properties.text("RoleName")?);
    for role in roles {
        let arn = format!("arn:aws:iam::{}:role/{role}", scope.loading.platform.account);
        scope.add(|model| model.policies.entry(arn).or_default().extend(statements.clone()));
    }
    Ok(())
}

/// Assigns each function the statements of its role and its boundary, and those that SAM adds for
/// its event sources.
pub(in crate::template) fn attach(model: &mut Model) -> Result<(), TemplateError> {
    let policies = std::mem::take(&mut model.policies);
    for (name, trigger) in std::mem::take(&mut model.loose_triggers) {
        if let Some(function) = model.functions.iter_mut().find(|function| function.name == name) {
            function.triggers.push(trigger);
        }
    }
    for function in &mut model.functions {
        match function.role.as_ref().and_then(|role| policies.get(role)) {
            Some(statements) => function.statements.extend(statements.iter().cloned()),
            None => function.statements.extend(implied(function)),
        }
    }
    for (name, arn, place) in std::mem::take(&mut model.loose_boundaries) {
        let Some(statements) = policies.get(&arn) else {
            return Err(place.error(format!(
                "{arn} is not an AWS::IAM::ManagedPolicy of these templates; declare it there"
            )));
        };
        if let Some(function) = model.functions.iter_mut().find(|function| function.name == name) {
            function.boundary = Some(statements.clone());
        }
    }
    Ok(())
}

/// Returns the statements that SAM adds so that a function without its own role may read its event
/// sources.
fn implied(function: &Function) -> Vec<Value> {
    let allow = |actions: &[&str], resource: String| json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    let allowed = |trigger: &Trigger| match trigger {
        Trigger::Queue(source) => Some(allow(
            &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            format!("arn:aws:sqs:*:*:{}", source.queue),
        )),
        Trigger::Stream(source) => Some(allow(
            &[
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            format!("arn:aws:dynamodb:*:*:table/{}/stream/*", source.table),
        )),
        Trigger::Schedule(_) | Trigger::Bucket(_) => None,
    };
    function.triggers.iter().filter_map(allowed).collect()
}

fn statements_of(document: &Value) -> Vec<Value> {
    match &document["Statement"] {
        Value::Array(statements) => statements.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// Returns the statements of AWS's managed policies that are supported here.
fn managed(name: &str, place: &Place) -> Result<Vec<Value>, TemplateError> {
    let short = name.rsplit('/').next().unwrap_or(name);
    match short {
        "AWSLambdaBasicExecutionRole" | "AWSXRayDaemonWriteAccess" => Ok(Vec::new()),
        "AWSLambdaSQSQueueExecutionRole" => Ok(vec![json!({
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": "*",
        })]),
        "AWSLambdaDynamoDBExecutionRole" => Ok(vec![json!({
            "Effect": "Allow",
            "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
            "Resource": "*",
        })]),
        unknown => Err(place.error(format!(
            "the local stack does not know the managed policy {unknown}; write its statements"
        ))),
    }
}
