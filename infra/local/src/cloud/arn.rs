//! Amazon Resource Names of the local account.
//!
//! An ARN depends only on the region and the resource's name, so that the template resolver can
//! write it before the resource exists.

use sha2::{Digest, Sha256};

/// The ID of the local account.
pub const ACCOUNT: &str = "000000000000";

/// Returns the ARN of a DynamoDB table.
pub fn table(region: &str, table: &str) -> String {
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}")
}

/// Returns the ARN of a secondary index of a DynamoDB table.
pub fn index(region: &str, table: &str, index: &str) -> String {
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}/index/{index}")
}

/// Returns the ARN of a DynamoDB stream. The label is the time at which the stream was enabled;
/// `DescribeTable` returns it (`LatestStreamArn`).
pub fn stream(region: &str, table: &str, label: &str) -> String {
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}/stream/{label}")
}

/// Returns the ARN of an SQS queue.
pub fn queue(region: &str, queue: &str) -> String {
    format!("arn:aws:sqs:{region}:{ACCOUNT}:{queue}")
}

/// Returns the ARN of a Secrets Manager secret. AWS appends six random characters; here they are
/// derived from the name.
pub fn secret(region: &str, name: &str) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let suffix: String = Sha256::digest(name)
        .iter()
        .take(6)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect();
    format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-{suffix}")
}

/// Returns the ARN of an S3 bucket.
pub fn bucket(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// Returns the ARN of an S3 object.
pub fn object(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// Returns the ARN of a Lambda function.
pub fn function(region: &str, name: &str) -> String {
    format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")
}

/// Returns the ARN of an SES identity: a domain or an address.
pub fn identity(region: &str, identity: &str) -> String {
    format!("arn:aws:ses:{region}:{ACCOUNT}:identity/{identity}")
}

/// Returns the ARN of an IAM role.
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// Returns the table's name from an ARN or a name: `…:table/Orders/index/x` and `Orders` both yield
/// `Orders`.
pub(crate) fn table_name(name_or_arn: &str) -> &str {
    match name_or_arn.strip_prefix("arn:") {
        None => name_or_arn,
        Some(_) => name_or_arn
            .split_once(":table/")
            .map_or(name_or_arn, |(_, rest)| rest.split_once('/').map_or(rest, |(table, _)| table)),
    }
}

/// Returns the queue's name from an ARN or a queue URL: the part after the last separator.
pub(crate) fn queue_name(arn_or_url: &str) -> &str {
    arn_or_url.rsplit([':', '/']).next().unwrap_or(arn_or_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_arns() {
        assert_eq!(table_name("Orders"), "Orders");
        assert_eq!(table_name(&table("eu-west-1", "Orders")), "Orders");
        assert_eq!(table_name(&stream("eu-west-1", "Orders", "2026")), "Orders");
        assert_eq!(queue_name("http://127.0.0.1:4566/000000000000/mail"), "mail");
        assert_eq!(queue_name(&queue("eu-west-1", "mail.fifo")), "mail.fifo");
    }

    #[test]
    fn a_secret_keeps_its_suffix() {
        assert_eq!(secret("us-east-1", "app/key"), secret("us-east-1", "app/key"));
        assert_ne!(secret("us-east-1", "app/key"), secret("us-east-1", "app/kez"));
    }
}
