//! How much policies may say.

use serde_json::{Value, json};

use super::{Templates, list, longest, of_type, prove};

/// What IAM counts of a policy: its JSON without white space.
fn size(document: &Value) -> usize {
    longest(document).to_string().chars().filter(|character| !character.is_whitespace()).count()
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>: all inline
/// policies of a role 10,240 characters, a managed policy 6,144, a trust policy 2,048.
fn policies_too_long(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |place: &str, what: &str, size: usize, most: usize| {
        if size > most {
            found.push(format!("{place}: {what} has {size} characters, and {most} are the most"));
        }
    };
    for (place, properties) in of_type(templates, "AWS::IAM::Role") {
        let inline = list(&properties["Policies"])
            .iter()
            .map(|policy| size(&policy["PolicyDocument"]))
            .sum();
        check(&place, "the inline policies", inline, 10_240);
        check(&place, "the trust policy", size(&properties["AssumeRolePolicyDocument"]), 2_048);
    }
    // SAM makes an inline policy of each.
    for (place, properties) in of_type(templates, "AWS::Serverless::Function") {
        check(&place, "the policies", list(&properties["Policies"]).iter().map(size).sum(), 10_240);
    }
    for (place, properties) in of_type(templates, "AWS::IAM::ManagedPolicy") {
        check(&place, "the policy", size(&properties["PolicyDocument"]), 6_144);
    }
    found
}

/// SQS answers "Invalid value for the parameter Policy" when a statement has several resources:
/// <https://github.com/remind101/stacker_blueprints/issues/71>. The other limits are in
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html>.
fn queue_policies_that_are_refused(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (place, properties) in of_type(templates, "AWS::SQS::QueuePolicy") {
        let document = &properties["PolicyDocument"];
        let statements = list(&document["Statement"]);
        let principals: usize =
            statements.iter().map(|statement| list(&statement["Principal"]).len()).sum();
        let conditions: usize = statements
            .iter()
            .map(|statement| statement["Condition"].as_object().map_or(0, serde_json::Map::len))
            .sum();
        if statements.iter().any(|statement| list(&statement["Resource"]).len() != 1) {
            found.push(format!("{place}: a statement of a queue's policy has one resource"));
        }
        if statements.len() > 20 || principals > 50 || conditions > 10 || size(document) > 8_192 {
            found.push(format!(
                "{place}: at most 20 statements, 50 principals, 10 conditions and 8,192 bytes"
            ));
        }
    }
    found
}

#[test]
fn policies_are_short_enough_with_the_longest_names() {
    let arns = |count: usize| -> Value {
        (0..count).map(|_| json!({ "Fn::GetAtt": ["Function", "Arn"] })).collect()
    };
    let document = |count: usize| json!({ "Statement": [{ "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arns(count) }] });
    prove(
        policies_too_long,
        [
            json!({ "R": { "Type": "AWS::IAM::Role", "Properties": { "Policies": [{ "PolicyDocument": document(80) }] } } }),
            json!({ "R": { "Type": "AWS::IAM::Role", "Properties": { "Policies": [{ "PolicyDocument": document(40) }, { "PolicyDocument": document(40) }] } } }),
            json!({ "R": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": document(20) } } }),
            json!({ "F": { "Type": "AWS::Serverless::Function", "Properties": { "Policies": [document(80)] } } }),
            json!({ "P": { "Type": "AWS::IAM::ManagedPolicy", "Properties": { "PolicyDocument": document(50) } } }),
        ],
    );
}

#[test]
fn a_statement_of_a_queues_policy_has_one_resource() {
    let policy = |statements: Value| json!({ "P": { "Type": "AWS::SQS::QueuePolicy", "Properties": { "PolicyDocument": { "Statement": statements } } } });
    let statement =
        json!({ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*" });
    prove(
        queue_policies_that_are_refused,
        [
            policy(
                json!([{ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": [{ "Ref": "A" }, { "Ref": "B" }] }]),
            ),
            policy(json!([{ "Effect": "Deny", "Principal": "*", "Action": "sqs:*" }])),
            policy((0..21).map(|_| statement.clone()).collect()),
        ],
    );
}
