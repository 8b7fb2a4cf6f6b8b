//! Queues and what Lambda reads from.

use std::collections::BTreeMap;

use builder_local::template::{Function, Queue, Trigger};
use serde_json::{Value, json};

use super::{Templates, of_type, prove};
use crate::templates::model;

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>:
/// seconds that a message is kept, is invisible and is delayed. The age of a message goes on in the
/// dead-letter queue, so that one keeps longer:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>.
fn queues_that_are_refused(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (place, properties) in of_type(templates, "AWS::SQS::Queue") {
        for (name, least, most) in [
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("VisibilityTimeout", 0, 43_200),
            ("DelaySeconds", 0, 900),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ] {
            if properties[name].as_u64().is_some_and(|seconds| !(least..=most).contains(&seconds)) {
                found.push(format!("{place}: {name} is {least} to {most} seconds"));
            }
        }
        let target = &properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0];
        let Some(target) = target.as_str() else { continue };
        let queues = of_type(templates, "AWS::SQS::Queue")
            .filter(|(place, _)| place.ends_with(&format!(": {target}")));
        let kept =
            |properties: &Value| properties["MessageRetentionPeriod"].as_u64().unwrap_or(345_600);
        for (_, dead) in queues {
            if dead["FifoQueue"] != properties["FifoQueue"] {
                found.push(format!(
                    "{place}: its dead-letter queue must be first in, first out \
                     where it is so itself"
                ));
            }
            if kept(dead) <= kept(properties) {
                found
                    .push(format!("{place}: its dead-letter queue must keep a message for longer"));
            }
        }
    }
    found
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html> and
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>: batches, windows,
/// concurrency, and that the visibility time-out be six times the function's.
fn mappings_that_are_refused(functions: &[Function], queues: &[Queue]) -> Vec<String> {
    let mut found = Vec::new();
    for function in functions {
        for trigger in &function.triggers {
            let place = &function.stanza;
            match trigger {
                Trigger::Queue(source) => {
                    let attributes = queues
                        .iter()
                        .find(|queue| queue.name == source.queue)
                        .map(|queue| &queue.attributes);
                    let attribute = |name: &str| {
                        attributes.and_then(|attributes| attributes.get(name)?.parse::<u64>().ok())
                    };
                    let fifo = source.queue.ends_with(".fifo");
                    let most = if source.window.is_zero() || fifo { 10 } else { 10_000 };
                    if !(1..=most).contains(&source.batch_size) {
                        found.push(format!(
                            "{place}: batches of {} messages, and {most} are the most without a \
                             window",
                            source.batch_size
                        ));
                    }
                    if source.window.as_secs() > 300 || (fifo && !source.window.is_zero()) {
                        found.push(format!(
                            "{place}: a window of 300 seconds at most, and none on \
                             a first-in-first-out queue"
                        ));
                    }
                    if !(2..=1_000).contains(&source.concurrency) {
                        found.push(format!(
                            "{place}: a concurrency of {}, and it is 2 to 1,000",
                            source.concurrency
                        ));
                    }
                    let visible = attribute("VisibilityTimeout").unwrap_or(30);
                    if visible < 6 * function.timeout.as_secs() + source.window.as_secs() {
                        found.push(format!(
                            "{place}: {visible} seconds of invisibility are less \
                             than six times its time-out"
                        ));
                    }
                }
                Trigger::Stream(source) => {
                    let ages =
                        source.max_age.is_none_or(|age| (60..=604_800).contains(&age.as_secs()));
                    if !(1..=10_000).contains(&source.batch_size)
                        || source.window.as_secs() > 300
                        || !ages
                    {
                        found.push(format!(
                            "{place}: batches to 10,000, windows to 300 seconds, \
                             records of 60 to 604,800 seconds"
                        ));
                    }
                }
                Trigger::Schedule(_) | Trigger::Bucket(_) => {}
            }
        }
    }
    found
}

#[test]
fn queues_keep_to_the_ranges_of_sqs() {
    let queue = |properties: Value| json!({ "Type": "AWS::SQS::Queue", "Properties": properties });
    let redriven =
        json!({ "RedrivePolicy": { "deadLetterTargetArn": { "Fn::GetAtt": ["Dead", "Arn"] } } });
    prove(
        queues_that_are_refused,
        [
            json!({ "Q": queue(json!({ "MessageRetentionPeriod": 1_209_601 })) }),
            json!({ "Q": queue(json!({ "VisibilityTimeout": 43_201 })) }),
            json!({ "Q": queue(redriven.clone()), "Dead": queue(json!({})) }),
            json!({ "Q": queue(redriven), "Dead": queue(json!({ "FifoQueue": true, "MessageRetentionPeriod": 1_209_600 })) }),
        ],
    );
}

#[test]
fn mappings_keep_to_the_ranges_of_lambda() {
    let model = model();
    assert_eq!(mappings_that_are_refused(&model.functions, &model.queues), Vec::<String>::new());
    let reader = |change: fn(&mut Function, &mut builder_local::template::QueueTrigger)| {
        let mut function = model.function("send-email").unwrap().clone();
        let mut trigger = function.triggers.iter().find_map(|trigger| {
            if let Trigger::Queue(queue) = trigger { Some(queue.clone()) } else { None }
        });
        change(&mut function, trigger.as_mut().unwrap());
        function.triggers = trigger.into_iter().map(Trigger::Queue).collect();
        mappings_that_are_refused(&[function], &model.queues).len()
    };
    assert_eq!(reader(|_, _| {}), 0);
    assert_eq!(reader(|_, source| source.batch_size = 11), 1);
    assert_eq!(reader(|_, source| source.concurrency = 1), 1);
    assert_eq!(reader(|function, _| function.timeout *= 2), 1);
    assert_eq!(reader(|_, source| source.window = std::time::Duration::from_secs(301)), 2);
    let short = [Queue { name: "q".into(), attributes: BTreeMap::new() }];
    let mut function = model.function("send-email").unwrap().clone();
    for trigger in &mut function.triggers {
        if let Trigger::Queue(source) = trigger {
            source.queue = "q".into();
        }
    }
    assert_eq!(mappings_that_are_refused(&[function], &short).len(), 1);
}

/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html>
fn schedules_that_are_refused(templates: &Templates) -> Vec<String> {
    let refused = |properties: &Value| {
        let retries = &properties["Target"]["RetryPolicy"];
        let outside = |name: &str, least: u64, most: u64| {
            retries[name].as_u64().is_some_and(|number| !(least..=most).contains(&number))
        };
        outside("MaximumEventAgeInSeconds", 60, 86_400) || outside("MaximumRetryAttempts", 0, 185)
    };
    let schedules = of_type(templates, "AWS::Scheduler::Schedule")
        .filter(|(_, properties)| refused(properties));
    schedules
        .map(|(place, _)| format!("{place}: tries for 60 to 86,400 seconds, 185 times at most"))
        .collect()
}

#[test]
fn schedules_keep_to_the_ranges_of_the_scheduler() {
    let schedule = |policy: Value| json!({ "S": { "Type": "AWS::Scheduler::Schedule", "Properties": { "Target": { "RetryPolicy": policy } } } });
    prove(
        schedules_that_are_refused,
        [
            schedule(json!({ "MaximumEventAgeInSeconds": 59 })),
            schedule(json!({ "MaximumRetryAttempts": 186 })),
        ],
    );
}
