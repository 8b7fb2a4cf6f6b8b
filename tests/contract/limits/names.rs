//! The lengths and characters of names.

use serde_json::{Value, json};

use super::{Templates, longest, of_type, prove};

/// A type, the property with its name, the maximum length, and the allowed characters besides
/// letters and digits.
const NAMES: [(&str, &str, usize, &str); 12] = [
    // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: 64 characters for the
    // name alone.
    ("AWS::Serverless::Function", "FunctionName", 64, "-_"),
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html:
    // 80 with .fifo.
    ("AWS::SQS::Queue", "QueueName", 80, "-_"),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    ("AWS::S3::Bucket", "BucketName", 63, "-."),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    ("AWS::DynamoDB::Table", "TableName", 255, "-_."),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    ("AWS::CloudWatch::Alarm", "AlarmName", 255, "-_"),
    // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    ("AWS::SecretsManager::Secret", "Name", 512, "-/_+=.@"),
    // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    ("AWS::Scheduler::Schedule", "Name", 64, "-_."),
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    ("AWS::Logs::LogGroup", "LogGroupName", 512, "-_/.#"),
    // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    ("AWS::SNS::Topic", "TopicName", 256, "-_"),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    ("AWS::IAM::Role", "RoleName", 64, "-_+=,.@"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName", 128, "-_+=,.@"),
    // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSet.html
    ("AWS::SES::ConfigurationSet", "Name", 64, "-_"),
];

fn unfit_names(templates: &Templates) -> Vec<String> {
    let mut unfit = Vec::new();
    for (kind, property, most, besides) in NAMES {
        for (place, properties) in of_type(templates, kind) {
            let Value::String(name) = longest(&properties[property]) else { continue };
            // Only the name of a FIFO queue contains a full stop.
            let plain = if properties["FifoQueue"] == true {
                name.strip_suffix(".fifo").unwrap_or("!")
            } else {
                &name
            };
            let fits =
                |character: char| character.is_ascii_alphanumeric() || besides.contains(character);
            let lower =
                kind != "AWS::S3::Bucket" || !name.bytes().any(|byte| byte.is_ascii_uppercase());
            if name.len() > most || !plain.chars().all(fits) || !lower {
                unfit.push(format!(
                    "{place}: {property} {name:?}: at most {most} characters, \
                     letters, digits and {besides}"
                ));
            }
        }
    }
    unfit
}

#[test]
fn every_name_fits_with_the_longest_stage_region_and_account() {
    let broken =
        NAMES.map(|(kind, property, most, _)| json!({ "X": { "Type": kind, "Properties": { property: "x".repeat(most + 1) } } }));
    prove(unfit_names, broken);
    // One character too many only with the stage's own name in it.
    let nearly = format!("${{Stage}}{}", "x".repeat(58));
    let broken = [
        json!({ "F": { "Type": "AWS::Serverless::Function", "Properties": { "FunctionName": { "Fn::Sub": nearly } } } }),
        json!({ "Q": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": "a.fifo" } } }),
        json!({ "Q": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": "a", "FifoQueue": true } } }),
        json!({ "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "Upper" } } }),
    ];
    prove(unfit_names, broken);
}
