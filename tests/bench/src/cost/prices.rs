//! What AWS charges: list prices of us-east-1 without a free tier, in US dollars, as they were known
//! on 2026-11-30. The pages named have those of today. Requests to the API, Lambda and logs are not
//! among them, since nothing here measures these.

/// What something costs.
pub(super) struct Price {
    /// What it is.
    pub(super) what: &'static str,
    /// For a million of them.
    pub(super) of_a_million: f64,
}

/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>
pub(super) const WRITE_UNIT: Price = Price { what: "DynamoDB write units", of_a_million: 0.625 };
/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>
pub(super) const READ_UNIT: Price = Price { what: "DynamoDB read units", of_a_million: 0.125 };
/// <https://aws.amazon.com/sqs/pricing/>
pub(super) const QUEUE_CALL: Price = Price { what: "SQS calls", of_a_million: 0.40 };
/// <https://aws.amazon.com/s3/pricing/>
pub(super) const OBJECT_PUT: Price = Price { what: "S3 puts", of_a_million: 5.0 };
/// <https://aws.amazon.com/ses/pricing/>
pub(super) const MAIL: Price = Price { what: "SES mails", of_a_million: 100.0 };

/// A message that is sent is received and deleted too.
pub(super) const CALLS_OF_A_MESSAGE: f64 = 3.0;
