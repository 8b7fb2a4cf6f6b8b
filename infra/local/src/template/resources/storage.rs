//! Tables, queues, secrets and buckets.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::template::error::TemplateError;
use crate::template::model::{Bucket, BucketTrigger, Queue, QueuePolicy, Secret, Table, Trigger};
use crate::template::names::{name_in_arn, physical_name};
use crate::template::properties::{Properties, scalar_text};
use crate::template::scope::Scope;

/// Reads an `AWS::DynamoDB::Table`, whose properties have the names of `CreateTable`.
pub(in crate::template) fn table(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let physical = physical_name(scope, name, resource)?;
    let mut create = Map::new();
    create.insert("TableName".into(), json!(physical));
    for required in ["AttributeDefinitions", "KeySchema"] {
        let value = properties
            .value(required)
            .ok_or_else(|| properties.place.error(format!("{required} is missing; add it")))?;
        create.insert(required.into(), value.clone());
    }
    for optional in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        if let Some(value) = properties.value(optional) {
            create.insert(optional.into(), value.clone());
        }
    }
    // On demand everywhere: provisioned throughput affects the price, not the behaviour.
    create.insert("BillingMode".into(), json!("PAY_PER_REQUEST"));
    if let Some(stream) = properties.within("StreamSpecification")? {
        let view = stream.required_text("StreamViewType")?;
        create.insert(
            "StreamSpecification".into(),
            json!({ "StreamEnabled": true, "StreamViewType": view }),
        );
    }
    let ttl_attribute = match properties.within("TimeToLiveSpecification")? {
        Some(ttl) if ttl.truth("Enabled", true)? => Some(ttl.required_text("AttributeName")?),
        _ => None,
    };
    scope.add(|model| {
        model.tables.push(Table { name: physical, create: Value::Object(create), ttl_attribute })
    });
    Ok(())
}

/// Reads an `AWS::SQS::Queue`: its properties are the attributes of `CreateQueue`, except for the
/// tags and the name.
pub(in crate::template) fn queue(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let mut attributes = BTreeMap::new();
    for attribute in [
        "ContentBasedDeduplication",
        "DelaySeconds",
        "FifoQueue",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "VisibilityTimeout",
    ] {
        if let Some(value) = properties.text(attribute)? {
            attributes.insert(attribute.to_owned(), value);
        }
    }
    if let Some(redrive) = properties.within("RedrivePolicy")? {
        let target = redrive.required_text("deadLetterTargetArn")?;
        let count = redrive.size("maxReceiveCount", 10)?;
        let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": count });
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    let name = physical_name(scope, name, resource)?;
    scope.add(|model| model.queues.push(Queue { name, attributes }));
    Ok(())
}

/// Reads an `AWS::SQS::QueuePolicy`.
pub(super) fn queue_policy(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let queues = properties
        .texts("Queues")?
        .iter()
        .map(|url| crate::cloud::arn::queue_name(url).to_owned())
        .collect();
    let document = properties.object("PolicyDocument")?;
    let document =
        document.ok_or_else(|| properties.place.error("PolicyDocument is missing; add it"))?;
    let document = Value::Object(document).to_string();
    scope.add(|model| model.queue_policies.push(QueuePolicy { queues, document }));
    Ok(())
}

/// Reads an `AWS::SecretsManager::Secret`.
pub(in crate::template) fn secret(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let name = physical_name(scope, name, resource)?;
    let value = properties.text("SecretString")?;
    let generate = properties.object("GenerateSecretString")?.map(Value::Object);
    scope.add(|model| model.secrets.push(Secret { name, value, generate }));
    Ok(())
}

/// Reads an `AWS::S3::Bucket`, with its notifications to functions.
pub(in crate::template) fn bucket(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let bucket = physical_name(scope, name, resource)?;
    let notifications = match properties.within("NotificationConfiguration")? {
        Some(configuration) => configuration.list("LambdaConfigurations")?,
        None => Vec::new(),
    };
    for notification in notifications {
        let notification =
            Properties::from_value(notification, properties.place.at("NotificationConfiguration"))?;
        let function = name_in_arn(&notification.required_text("Function")?);
        let (prefix, suffix) = key_filter(&notification, "S3Key")?;
        let events = notification.texts("Event")?;
        let trigger =
            Trigger::Bucket(BucketTrigger { bucket: bucket.clone(), events, prefix, suffix });
        scope.add(|model| model.loose_triggers.push((function, trigger)));
    }
    let versioning = match properties.within("VersioningConfiguration")? {
        Some(configuration) => Some(configuration.required_text("Status")?),
        None => None,
    };
    let object_lock = properties.truth("ObjectLockEnabled", false)?;
    let retention = retention(&properties)?;
    scope.add(|model| {
        model.buckets.push(Bucket { name: bucket, versioning, object_lock, retention })
    });
    Ok(())
}

/// Returns the default retention of a bucket with locks.
fn retention(properties: &Properties) -> Result<Option<BTreeMap<String, String>>, TemplateError> {
    let Some(configuration) = properties.within("ObjectLockConfiguration")? else {
        return Ok(None);
    };
    let Some(rule) = configuration.within("Rule")? else { return Ok(None) };
    let Some(retention) = rule.within("DefaultRetention")? else { return Ok(None) };
    let mut elements = BTreeMap::from([("Mode".to_owned(), retention.required_text("Mode")?)]);
    for length in ["Days", "Years"] {
        if let Some(number) = retention.number(length)? {
            elements.insert(length.to_owned(), number.to_string());
        }
    }
    Ok(Some(elements))
}

/// Returns the prefix and suffix of a notification's key filter; empty if there is none.
pub(super) fn key_filter(
    notification: &Properties,
    rules: &str,
) -> Result<(String, String), TemplateError> {
    let (mut prefix, mut suffix) = (String::new(), String::new());
    let Some(filter) = notification.within("Filter")? else { return Ok((prefix, suffix)) };
    let Some(key) = filter.within(rules)? else { return Ok((prefix, suffix)) };
    for rule in key.list("Rules")? {
        let value = scalar_text(&rule["Value"]).unwrap_or_default();
        match rule["Name"].as_str() {
            Some("prefix") => prefix = value,
            Some("suffix") => suffix = value,
            _ => return Err(key.place.error("a rule's Name is prefix or suffix")),
        }
    }
    Ok((prefix, suffix))
}
