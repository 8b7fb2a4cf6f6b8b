//! The contents of a template in plain values, without intrinsic functions.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::error::Place;

/// Everything that the root template and its nested ones describe and the local stack implements.
#[derive(Debug, Default)]
pub struct Model {
    /// DynamoDB tables.
    pub tables: Vec<Table>,
    /// SQS queues.
    pub queues: Vec<Queue>,
    /// Policies of queues.
    pub queue_policies: Vec<QueuePolicy>,
    /// Secrets Manager secrets.
    pub secrets: Vec<Secret>,
    /// S3 buckets.
    pub buckets: Vec<Bucket>,
    /// Lambda functions.
    pub functions: Vec<Function>,
    /// The HTTP API.
    pub api: HttpApi,
    /// Policy statements of roles and of managed policies, by ARN.
    pub(super) policies: BTreeMap<String, Vec<Value>>,
    /// The boundaries that functions name, by function name: the ARN, and its place in the
    /// template.
    pub(super) loose_boundaries: Vec<(String, String, Place)>,
    /// The roles in which functions are invoked.
    pub(super) invocations: Vec<Invocation>,
    /// Event source mappings and schedules outside of the function's stanza, by function name.
    pub(super) loose_triggers: Vec<(String, Trigger)>,
}

/// A DynamoDB table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Physical name.
    pub name: String,
    /// The input of `CreateTable`.
    pub create: Value,
    /// The attribute by which items expire.
    pub ttl_attribute: Option<String>,
}

/// An SQS queue.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Physical name.
    pub name: String,
    /// The attributes of `CreateQueue`.
    pub attributes: BTreeMap<String, String>,
}

/// A secret, whose value the stack generates at the first start.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Physical name.
    pub name: String,
    /// `SecretString`, if the template contains the value.
    pub value: Option<String>,
    /// `GenerateSecretString`, if the value is generated.
    pub generate: Option<Value>,
}

/// A policy of queues.
#[derive(Debug, Clone)]
pub struct QueuePolicy {
    /// The queues' physical names.
    pub queues: Vec<String>,
    /// The document, as JSON.
    pub document: String,
}

/// An S3 bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Physical name.
    pub name: String,
    /// `Enabled` or `Suspended`, if the template specifies it.
    pub versioning: Option<String>,
    /// Whether versions can be locked.
    pub object_lock: bool,
    /// The default retention, with its elements named as in `PutObjectLockConfiguration`.
    pub retention: Option<BTreeMap<String, String>>,
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// The last element of `CodeUri`: the name of the binary.
    pub name: String,
    /// `FunctionName`, by which the account refers to it; the same as `name` if the stanza has
    /// none.
    pub physical_name: String,
    /// The place of its stanza, for messages: `functions/orders/template.yaml:
    /// Resources.PlaceOrder`.
    pub stanza: String,
    /// `MemorySize` in MB.
    pub memory_mb: u32,
    /// `Timeout`.
    pub timeout: Duration,
    /// The variables of the stanza.
    pub environment: BTreeMap<String, String>,
    /// The statements of its policies, in IAM's JSON.
    pub statements: Vec<Value>,
    /// The statements of its `PermissionsBoundary`, if it has one: the limit of all policies.
    pub boundary: Option<Vec<Value>>,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<usize>,
    /// How often an asynchronous event is retried.
    pub async_retries: u32,
    /// The destination of such an event after the last retry.
    pub on_failure: Option<Destination>,
    /// What invokes it besides the HTTP API.
    pub triggers: Vec<Trigger>,
    /// `Role`, if the stanza names one instead of listing policies.
    pub(crate) role: Option<String>,
}

/// What invokes a function besides the HTTP API.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Messages of a queue.
    Queue(QueueTrigger),
    /// Changes of a table.
    Stream(StreamTrigger),
    /// A schedule.
    Schedule(ScheduleTrigger),
    /// Changes of a bucket.
    Bucket(BucketTrigger),
}

/// An event source mapping of a queue.
#[derive(Debug, Clone)]
pub struct QueueTrigger {
    /// The queue's name.
    pub queue: String,
    /// The maximum number of messages in one invocation.
    pub batch_size: usize,
    /// How long to gather messages for a fuller batch.
    pub window: Duration,
    /// Whether the function reports which messages failed.
    pub partial_failures: bool,
    /// Patterns, of which a message must match one, if there are any.
    pub filters: Vec<Value>,
    /// The maximum number of concurrent invocations.
    pub concurrency: usize,
}

/// An event source mapping of a table's stream.
#[derive(Debug, Clone)]
pub struct StreamTrigger {
    /// The table's name.
    pub table: String,
    /// The maximum number of records in one invocation.
    pub batch_size: usize,
    /// How long to gather records for a fuller batch.
    pub window: Duration,
    /// Whether the function reports which record failed first.
    pub partial_failures: bool,
    /// Whether a failed batch is split in half and retried.
    pub bisect: bool,
    /// How often a failed batch is retried; `None`: until it is too old.
    pub retries: Option<u32>,
    /// The age at which a record is discarded; `None`: never.
    pub max_age: Option<Duration>,
    /// The destination of reports about discarded records.
    pub on_failure: Option<Destination>,
    /// Patterns, of which a record must match one, if there are any.
    pub filters: Vec<Value>,
    /// Whether the first start reads the records that are already in the stream.
    pub from_start: bool,
}

/// Where a mapping reports discarded records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A queue, by name.
    Queue(String),
    /// A bucket, by name.
    Bucket(String),
}

/// A schedule.
#[derive(Debug, Clone)]
pub struct ScheduleTrigger {
    /// The rule's name.
    pub name: String,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// The event, instead of EventBridge's own.
    pub input: Option<Value>,
}

/// A bucket's notification.
#[derive(Debug, Clone)]
pub struct BucketTrigger {
    /// The bucket's name.
    pub bucket: String,
    /// Event names such as `s3:ObjectCreated:*`.
    pub events: Vec<String>,
    /// The prefix of the key.
    pub prefix: String,
    /// The suffix of the key.
    pub suffix: String,
}

/// The HTTP API.
#[derive(Debug, Clone, Default)]
pub struct HttpApi {
    /// `CorsConfiguration`.
    pub cors: Option<Cors>,
    /// The throttle of each route without its own.
    pub default_throttle: Option<Throttle>,
    /// Throttles by route key.
    pub throttles: BTreeMap<String, Throttle>,
    /// The routes.
    pub routes: Vec<Route>,
}

/// `CorsConfiguration` of an HTTP API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins: exact, `*`, `https://*` or `http://*`.
    pub origins: Vec<String>,
    /// Methods, or `*`.
    pub methods: Vec<String>,
    /// Request headers, or `*`.
    pub headers: Vec<String>,
    /// Response headers a script may read.
    pub expose: Vec<String>,
    /// How long a browser may cache the response to a preflight request, in seconds.
    pub max_age: Option<u64>,
    /// Whether cookies may be sent.
    pub credentials: bool,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// Size of the bucket.
    pub burst: f64,
}

/// A route of the HTTP API.
#[derive(Debug, Clone)]
pub struct Route {
    /// `POST /api/v1/orders`, or `$default`.
    pub key: String,
    /// The function's name.
    pub function: String,
    /// How long the gateway waits for it.
    pub timeout: Duration,
    /// The place of the route, for messages: `infra/gateway.yaml:
    /// Resources.Api.Body.paths./health.get`.
    pub stanza: String,
}

impl Model {
    /// Adds the contents of a nested template.
    pub(super) fn append(&mut self, mut other: Self) {
        self.tables.append(&mut other.tables);
        self.queues.append(&mut other.queues);
        self.queue_policies.append(&mut other.queue_policies);
        self.secrets.append(&mut other.secrets);
        self.buckets.append(&mut other.buckets);
        self.functions.append(&mut other.functions);
        self.api.routes.append(&mut other.api.routes);
        self.api.throttles.append(&mut other.api.throttles);
        self.api.cors = self.api.cors.take().or(other.api.cors);
        self.api.default_throttle = self.api.default_throttle.or(other.api.default_throttle);
        self.policies.append(&mut other.policies);
        self.loose_boundaries.append(&mut other.loose_boundaries);
        self.invocations.append(&mut other.invocations);
        self.loose_triggers.append(&mut other.loose_triggers);
    }

    /// Returns the function with that name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// A property of the template that invokes a function.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub(super) function: String,
    pub(super) role: String,
    pub(super) place: Place,
}
