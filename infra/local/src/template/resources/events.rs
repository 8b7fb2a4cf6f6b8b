//! The triggers of a function: SAM's `Events`, and the native mappings and schedules.

use std::time::Duration;

use serde_json::Value;

use super::invocations;
use super::storage::key_filter;
use crate::template::error::TemplateError;
use crate::template::model::{
    BucketTrigger, Destination, Function, QueueTrigger, Route, ScheduleTrigger, StreamTrigger,
    Trigger,
};
use crate::template::names::{name_in_arn, physical_name};
use crate::template::properties::Properties;
use crate::template::scope::Scope;

/// Reads `Events` of a function's stanza.
pub(super) fn of_function(
    scope: &Scope<'_>,
    properties: &Properties,
    function: &mut Function,
) -> Result<(), TemplateError> {
    for (name, event) in properties.object("Events")?.unwrap_or_default() {
        let place = properties.place.at("Events").at(&name);
        let kind = event["Type"].as_str().unwrap_or_default().to_owned();
        let inner =
            event.get("Properties").cloned().unwrap_or(Value::Object(serde_json::Map::new()));
        let event = Properties::from_value(inner, place)?;
        match kind.as_str() {
            "SQS" => {
                let source = event.required_text("Queue")?;
                if event.truth("Enabled", true)? {
                    function.triggers.push(Trigger::Queue(queue(&event, &source)?));
                }
            }
            "DynamoDB" => {
                let source = event.required_text("Stream")?;
                if event.truth("Enabled", true)? {
                    function.triggers.push(Trigger::Stream(stream(&event, &source)?));
                }
            }
            "Schedule" | "ScheduleV2" => {
                let expression = match event.text("ScheduleExpression")? {
                    Some(expression) => expression,
                    None => event.required_text("Schedule")?,
                };
                let rule = event
                    .text("Name")?
                    .unwrap_or_else(|| format!("{}-{}-{name}", scope.stack, function.name));
                if is_enabled(&event)? {
                    function.triggers.push(Trigger::Schedule(timed(
                        &event,
                        rule,
                        expression,
                        event.text("Input")?,
                    )?));
                }
            }
            "S3" => {
                let (prefix, suffix) = key_filter(&event, "S3Key")?;
                let bucket = event.required_text("Bucket")?;
                // SAM requires the logical name of a bucket in the same template.
                let bucket = match scope.resource(&bucket)? {
                    Some(resource) => physical_name(scope, &bucket, resource)?,
                    None => bucket,
                };
                let events = event.texts("Events")?;
                function.triggers.push(Trigger::Bucket(BucketTrigger {
                    bucket,
                    events,
                    prefix,
                    suffix,
                }));
            }
            "HttpApi" => {
                let path = event.text("Path")?;
                let method =
                    event.text("Method")?.unwrap_or_else(|| "ANY".to_owned()).to_uppercase();
                let key = match path {
                    Some(path) => format!(
                        "{} {path}",
                        method.replace("X-AMAZON-APIGATEWAY-ANY-METHOD", "ANY")
                    ),
                    None => "$default".to_owned(),
                };
                let timeout = gateway_timeout(event.number("TimeoutInMillis")?);
                let (function, stanza) = (function.name.clone(), event.place.to_string());
                scope.add(|model| model.api.routes.push(Route { key, function, timeout, stanza }));
            }
            other => {
                return Err(event.place.error(format!(
                    "the local stack does not support the event type {other:?}; use SQS, \
                     DynamoDB, ScheduleV2, S3 or HttpApi"
                )));
            }
        }
    }
    Ok(())
}

/// Reads an `AWS::Lambda::EventSourceMapping`.
pub(in crate::template) fn mapping(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let source = properties.required_text("EventSourceArn")?;
    let function = name_in_arn(&properties.required_text("FunctionName")?);
    if !properties.truth("Enabled", true)? {
        return Ok(());
    }
    let trigger = if source.contains(":dynamodb:") {
        Trigger::Stream(stream(&properties, &source)?)
    } else if source.contains(":sqs:") {
        Trigger::Queue(queue(&properties, &source)?)
    } else {
        return Err(properties
            .place
            .at("EventSourceArn")
            .error(format!("{source} is neither a queue nor a table's stream")));
    };
    scope.add(|model| model.loose_triggers.push((function, trigger)));
    Ok(())
}

/// Reads an `AWS::Scheduler::Schedule`.
pub(in crate::template) fn schedule(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    let expression = properties.required_text("ScheduleExpression")?;
    let Some(target) = properties.within("Target")? else {
        return Err(properties.place.error("Target is missing; add it"));
    };
    let arn = target.required_text("Arn")?;
    let function = name_in_arn(&arn);
    invocations::note(scope, arn, target.required_text("RoleArn")?, target.place.at("RoleArn"));
    if is_enabled(&properties)? {
        let rule = physical_name(scope, name, resource)?;
        let trigger =
            Trigger::Schedule(timed(&properties, rule, expression, target.text("Input")?)?);
        scope.add(|model| model.loose_triggers.push((function, trigger)));
    }
    Ok(())
}

/// Returns how long the gateway waits for an integration: 30 s unless less is specified.
pub(super) fn gateway_timeout(milliseconds: Option<i64>) -> Duration {
    let given = milliseconds
        .and_then(|milliseconds| u64::try_from(milliseconds).ok())
        .map(Duration::from_millis);
    given.unwrap_or(Duration::from_secs(30)).min(Duration::from_secs(30))
}

fn is_enabled(event: &Properties) -> Result<bool, TemplateError> {
    Ok(event.truth("Enabled", true)? && event.text("State")?.as_deref() != Some("DISABLED"))
}

fn timed(
    event: &Properties,
    name: String,
    expression: String,
    input: Option<String>,
) -> Result<ScheduleTrigger, TemplateError> {
    if let Err(problem) = crate::syntax::schedule::parse(&expression) {
        return Err(event.place.at("ScheduleExpression").error(problem));
    }
    let input = match input {
        None => None,
        Some(text) => Some(
            serde_json::from_str(&text)
                .map_err(|error| event.place.at("Input").error(format!("not JSON: {error}")))?,
        ),
    };
    Ok(ScheduleTrigger { name, expression, input })
}

fn queue(event: &Properties, source: &str) -> Result<QueueTrigger, TemplateError> {
    let concurrency = match event.within("ScalingConfig")? {
        Some(scaling) => scaling.size("MaximumConcurrency", 5)?,
        None => 5,
    };
    Ok(QueueTrigger {
        queue: last_of_arn(source),
        batch_size: event.size("BatchSize", 10)?.max(1),
        window: event.seconds("MaximumBatchingWindowInSeconds", 0)?,
        partial_failures: reports_partial_failures(event)?,
        filters: filters(event)?,
        concurrency: concurrency.max(1),
    })
}

fn stream(event: &Properties, source: &str) -> Result<StreamTrigger, TemplateError> {
    let table =
        source.split_once(":table/").map(|(_, rest)| rest).and_then(|rest| rest.split('/').next());
    let Some(table) = table else {
        return Err(event
            .place
            .error(format!("{source} is not the stream of a table; use !GetAtt Table.StreamArn")));
    };
    let on_failure = on_failure(event)?;
    // -1 means "no limit" in both.
    let limit = |name: &str| Ok(event.number(name)?.and_then(|number| u32::try_from(number).ok()));
    Ok(StreamTrigger {
        table: table.to_owned(),
        batch_size: event.size("BatchSize", 100)?.max(1),
        window: event.seconds("MaximumBatchingWindowInSeconds", 0)?,
        partial_failures: reports_partial_failures(event)?,
        bisect: event.truth("BisectBatchOnFunctionError", false)?,
        retries: limit("MaximumRetryAttempts")?,
        max_age: limit("MaximumRecordAgeInSeconds")?
            .map(|seconds| Duration::from_secs(u64::from(seconds))),
        on_failure,
        filters: filters(event)?,
        from_start: event.text("StartingPosition")?.as_deref() != Some("LATEST"),
    })
}

/// Reads `DestinationConfig.OnFailure`.
pub(in crate::template) fn on_failure(
    config: &Properties,
) -> Result<Option<Destination>, TemplateError> {
    let Some(config) = config.within("DestinationConfig")? else { return Ok(None) };
    let Some(on_failure) = config.within("OnFailure")? else { return Ok(None) };
    destination(&on_failure.required_text("Destination")?, &on_failure).map(Some)
}

fn destination(arn: &str, place: &Properties) -> Result<Destination, TemplateError> {
    if arn.contains(":sqs:") {
        Ok(Destination::Queue(last_of_arn(arn)))
    } else if let Some(bucket) = arn.strip_prefix("arn:aws:s3:::") {
        Ok(Destination::Bucket(bucket.to_owned()))
    } else {
        Err(place
            .place
            .at("Destination")
            .error(format!("{arn} is neither a queue's nor a bucket's ARN")))
    }
}

fn reports_partial_failures(event: &Properties) -> Result<bool, TemplateError> {
    Ok(event.texts("FunctionResponseTypes")?.iter().any(|kind| kind == "ReportBatchItemFailures"))
}

fn filters(event: &Properties) -> Result<Vec<Value>, TemplateError> {
    let Some(criteria) = event.within("FilterCriteria")? else { return Ok(Vec::new()) };
    let mut patterns = Vec::new();
    for filter in criteria.list("Filters")? {
        let pattern = match &filter["Pattern"] {
            Value::String(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
            pattern @ Value::Object(_) => Ok(pattern.clone()),
            _ => Err("Pattern is missing".to_owned()),
        };
        let pattern =
            pattern.and_then(|pattern| crate::syntax::filter::check(&pattern).map(|()| pattern));
        patterns.push(
            pattern.map_err(|problem| {
                criteria.place.error(format!("the filter's pattern: {problem}"))
            })?,
        );
    }
    Ok(patterns)
}

fn last_of_arn(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or(arn).to_owned()
}
