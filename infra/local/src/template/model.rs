//! What a template describes, in plain values: no intrinsic function is left in it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::error::Place;

/// Everything that the root template and its nested ones describe and the local stack plays.
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
    /// The boundaries that functions name, by function name: the ARN, and where it stands.
    pub(super) loose_boundaries: Vec<(String, String, Place)>,
    /// Who invokes functions in which role.
    pub(super) invocations: Vec<Invocation>,
    /// Event source mappings and schedules that stand outside the function's stanza, by function
    /// name.
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

/// A secret, whose value the stack makes at first start.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Physical name.
    pub name: String,
    /// `SecretString`, if the template gives the value itself.
    pub value: Option<String>,
    /// `GenerateSecretString`, if the value is to be made.
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
    /// `Enabled` or `Suspended`, if the template says.
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
    /// `FunctionName`, by which others of the account call it; as `name`, if the stanza gives none.
    pub physical_name: String,
    /// Where its stanza is, for messages: `functions/orders/template.yaml: Resources.PlaceOrder`.
    pub stanza: String,
    /// `MemorySize` in MB.
    pub memory_mb: u32,
    /// `Timeout`.
    pub timeout: Duration,
    /// The variables of the stanza.
    pub environment: BTreeMap<String, String>,
    /// The statements of its policies, in IAM's JSON.
    pub statements: Vec<Value>,
    /// The statements of its `PermissionsBoundary`, if it has one: what they don't allow, no policy
    /// can.
    pub boundary: Option<Vec<Value>>,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<usize>,
    /// How often an event that nobody waits for is tried again.
    pub async_retries: u32,
    /// Where such an event is told of when it was tried in vain.
    pub on_failure: Option<Destination>,
    /// What invokes it beside the HTTP API.
    pub triggers: Vec<Trigger>,
    /// `Role`, if the stanza names one instead of listing policies.
    pub(crate) role: Option<String>,
}

/// What invokes a function beside the HTTP API.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Messages of a queue.
    Queue(QueueTrigger),
    /// Changes of a table.
    Stream(StreamTrigger),
    /// The time.
    Schedule(ScheduleTrigger),
    /// Changes of a bucket.
    Bucket(BucketTrigger),
}

/// An event source mapping of a queue.
#[derive(Debug, Clone)]
pub struct QueueTrigger {
    /// The queue's name.
    pub queue: String,
    /// Most messages in one invocation.
    pub batch_size: usize,
    /// How long to gather messages for a fuller batch.
    pub window: Duration,
    /// Whether the function answers which messages failed.
    pub partial_failures: bool,
    /// Patterns of which a message must match one, if there are any.
    pub filters: Vec<Value>,
    /// Most invocations at the same time.
    pub concurrency: usize,
}

/// An event source mapping of a table's stream.
#[derive(Debug, Clone)]
pub struct StreamTrigger {
    /// The table's name.
    pub table: String,
    /// Most records in one invocation.
    pub batch_size: usize,
    /// How long to gather records for a fuller batch.
    pub window: Duration,
    /// Whether the function answers which record failed first.
    pub partial_failures: bool,
    /// Whether a failed batch is tried again in halves.
    pub bisect: bool,
    /// How often a failed batch is tried again; `None`: until it is too old.
    pub retries: Option<u32>,
    /// The age at which a record is given up; `None`: never.
    pub max_age: Option<Duration>,
    /// Where records that were given up are told of.
    pub on_failure: Option<Destination>,
    /// Patterns of which a record must match one, if there are any.
    pub filters: Vec<Value>,
    /// Whether the first start reads what is already in the stream.
    pub from_start: bool,
}

/// Where a stream mapping reports records that were given up.
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
    /// What the key must begin with.
    pub prefix: String,
    /// What the key must end with.
    pub suffix: String,
}

/// The HTTP API.
#[derive(Debug, Clone, Default)]
pub struct HttpApi {
    /// `CorsConfiguration`.
    pub cors: Option<Cors>,
    /// The throttle of each route that has none of its own.
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
    /// How long a browser may keep a preflight's answer, in seconds.
    pub max_age: Option<u64>,
    /// Whether cookies may be sent.
    pub credentials: bool,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests a second.
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
    /// Where the route stands, for messages: `infra/gateway.yaml:
    /// Resources.Api.Body.paths./health.get`.
    pub stanza: String,
}

impl Model {
    /// Adds what a nested template described.
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

    /// The function of that name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// Something of the template that invokes a function.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub(super) function: String,
    pub(super) role: String,
    pub(super) place: Place,
}
