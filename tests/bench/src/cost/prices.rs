//! AWS's prices: list prices of us-east-1 without a free tier, in US dollars, as of 2026-11-30. The
//! linked pages have the current ones. Requests to the API, Lambda and logs are not included, since
//! they are not measured here.

/// A price.
pub(super) struct Price {
    /// The unit.
    pub(super) what: &'static str,
    /// The price of a million units.
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

/// A message that is sent is also received and deleted.
pub(super) const CALLS_OF_A_MESSAGE: f64 = 3.0;
