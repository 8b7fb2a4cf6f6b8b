//! Checks the permissions that AWS services need in a function's role before and after its code
//! runs, as AWS does when a stack is deployed.

use anyhow::{Result, bail};

use crate::cloud::arn;
use crate::cloud::iam::{Check, Principal};
use crate::template::{Destination, Function, Trigger};

/// Refuses a role without the permissions that its function's event sources and destinations need:
/// AWS doesn't create such a mapping.
///
/// # Errors
/// The first action that the role lacks, with the stanza.
pub(super) fn check(function: &Function, role: &Principal, region: &str) -> Result<()> {
    let sources = function.triggers.iter().flat_map(|trigger| of_source(trigger, region));
    let failures = function.on_failure.iter().flat_map(|place| of_destination(place, region));
    for check in sources.chain(failures) {
        if role.authorize(&check).is_err() {
            bail!(
                "{}: the function's role has no permission for {} on {}: AWS refuses the event \
                 source or destination that needs it",
                function.stanza,
                check.action,
                check.resource
            );
        }
    }
    Ok(())
}

fn of_source(trigger: &Trigger, region: &str) -> Vec<Check> {
    match trigger {
        Trigger::Queue(queue) => {
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
                .map(|action| Check::new(action, arn::queue(region, &queue.queue)))
                .into()
        }
        Trigger::Stream(stream) => {
            let actions = [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ];
            let source =
                actions.map(|action| Check::new(action, arn::stream(region, &stream.table, "*")));
            let failures = stream.on_failure.iter();
            source
                .into_iter()
                .chain(failures.flat_map(|place| of_destination(place, region)))
                .collect()
        }
        Trigger::Schedule(_) | Trigger::Bucket(_) => Vec::new(),
    }
}

fn of_destination(destination: &Destination, region: &str) -> Vec<Check> {
    match destination {
        Destination::Queue(queue) => {
            vec![Check::new("sqs:SendMessage", arn::queue(region, queue))]
        }
        Destination::Bucket(bucket) => vec![
            Check::new("s3:PutObject", arn::object(bucket, "aws/lambda")),
            Check::new("s3:ListBucket", arn::bucket(bucket)),
        ],
    }
}
