//! The resources of a function: memory, time, variables and rights. Its stanza in the template is
//! generated from this declaration (`UPDATE_GENERATED=1 cargo test --workspace --test contract`).

use std::collections::BTreeSet;

use builder_store::keys::{Family, TableName};

/// The default memory of a function, in MB.
const MEMORY_MB: u32 = 256;
/// The memory that is allocated together with one whole vCPU, in MB.
const WHOLE_PROCESSOR_MB: u32 = 1769;
/// The default time limit of a function, in seconds.
const TIMEOUT_S: u32 = 10;

/// The resources of a function, in addition to those of its route or trigger.
///
/// A function has access only to what is declared: the local stack and AWS refuse every other call,
/// and CI fails for a right that no test uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    memory_mb: u32,
    timeout_s: u32,
    variables: BTreeSet<&'static str>,
    rights: BTreeSet<Right>,
}

/// An action on a resource, as a policy statement allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The resource.
    pub on: On,
    /// The action's name in IAM: `dynamodb:GetItem`.
    pub action: &'static str,
}

/// The resource of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Items of a family.
    Items(Family),
    /// Entries of a family in an index of the data table.
    Index(&'static str, Family),
    /// A whole table.
    Table(TableName),
    /// The secret whose ARN is in this variable.
    Secret(&'static str),
    /// The queue whose URL is in this variable.
    Queue(&'static str),
    /// Objects with this prefix in the bucket whose name is in this variable.
    Objects(&'static str, &'static str),
    /// The bucket whose name is in this variable.
    Bucket(&'static str),
    /// E-mails from the deployment's sender.
    Sender,
}

impl On {
    /// Returns the variable that contains the resource's name, URL or ARN.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        match *self {
            Self::Items(Family { table: TableName::Data, .. })
            | Self::Index(..)
            | Self::Table(TableName::Data) => "DATA_TABLE",
            Self::Items(_) | Self::Table(TableName::Ephemeral) => "EPHEMERAL_TABLE",
            Self::Secret(variable)
            | Self::Queue(variable)
            | Self::Objects(variable, _)
            | Self::Bucket(variable) => variable,
            Self::Sender => "EMAIL_FROM",
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self::new()
    }
}

impl Resources {
    /// Creates the defaults: 256 MB, ten seconds, and no rights.
    #[must_use]
    pub fn new() -> Self {
        Self {
            memory_mb: MEMORY_MB,
            timeout_s: TIMEOUT_S,
            variables: BTreeSet::new(),
            rights: BTreeSet::new(),
        }
    }

    /// Sets the memory, in MB. The share of a vCPU is proportional to it.
    #[must_use]
    pub fn memory(mut self, megabytes: u32) -> Self {
        self.memory_mb = megabytes;
        self
    }

    /// Allocates a whole vCPU, for long computations such as hashing passwords, with 1,769 MB of
    /// memory (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
    #[must_use]
    pub fn whole_processor(self) -> Self {
        self.memory(WHOLE_PROCESSOR_MB)
    }

    /// Sets the time limit of an invocation, in seconds: at most 29 for a route, because the
    /// gateway waits no longer, and 900 for a job.
    #[must_use]
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_s = seconds;
        self
    }

    /// Adds environment variables. Those with the location of a table, secret, queue or bucket are
    /// added with the right to use it.
    #[must_use]
    pub fn variables(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.variables.extend(names);
        self
    }

    /// Adds the right to read the secrets whose ARNs are in these variables.
    #[must_use]
    pub fn secrets(self, variables: impl IntoIterator<Item = &'static str>) -> Self {
        self.each("secretsmanager:GetSecretValue", variables.into_iter().map(On::Secret))
    }

    /// Adds the right to read these items one by one.
    #[must_use]
    pub fn get(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:GetItem", families)
    }

    /// Adds the right to read these items in batches.
    #[must_use]
    pub fn batch_get(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:BatchGetItem", families)
    }

    /// Adds the right to read these items by partition.
    #[must_use]
    pub fn query(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:Query", families)
    }

    /// Adds the right to check these items in a transaction that writes others.
    #[must_use]
    pub fn check(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:ConditionCheckItem", families)
    }

    /// Adds the right to write these items as a whole: the states and events of a commit.
    #[must_use]
    pub fn put(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:PutItem", families)
    }

    /// Adds the right to update these items: counters and limits.
    #[must_use]
    pub fn update(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:UpdateItem", families)
    }

    /// Adds the right to delete these items.
    #[must_use]
    pub fn delete(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:DeleteItem", families)
    }

    /// Adds the right to write these items in batches.
    #[must_use]
    pub fn batch_write(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:BatchWriteItem", families)
    }

    /// Adds the right to read these entries of an index of the data table, such as `gsi1`.
    #[must_use]
    pub fn query_index(
        self,
        index: &'static str,
        families: impl IntoIterator<Item = Family>,
    ) -> Self {
        let entries = families.into_iter().map(|family| On::Index(index, family));
        self.each("dynamodb:Query", entries)
    }

    /// Adds the right to describe both tables.
    #[must_use]
    pub fn describe_tables(self) -> Self {
        let tables = [TableName::Data, TableName::Ephemeral];
        self.each("dynamodb:DescribeTable", tables.map(On::Table))
    }

    /// Adds the right to send to the queues whose URLs are in these variables.
    #[must_use]
    pub fn send_to(self, variables: impl IntoIterator<Item = &'static str>) -> Self {
        self.each("sqs:SendMessage", variables.into_iter().map(On::Queue))
    }

    /// Adds the right to read the attributes of the queue whose URL is in this variable.
    #[must_use]
    pub fn describe_queue(self, variable: &'static str) -> Self {
        self.each("sqs:GetQueueAttributes", [On::Queue(variable)])
    }

    /// Adds the right to read the objects with this prefix in the bucket whose name is in the
    /// variable.
    #[must_use]
    pub fn get_objects(self, bucket: &'static str, prefix: &'static str) -> Self {
        self.each("s3:GetObject", [On::Objects(bucket, prefix)])
    }

    /// Adds the right to write the objects with this prefix in the bucket whose name is in the
    /// variable.
    #[must_use]
    pub fn put_objects(self, bucket: &'static str, prefix: &'static str) -> Self {
        self.each("s3:PutObject", [On::Objects(bucket, prefix)])
    }

    /// Adds the right to list the objects in the bucket whose name is in the variable. S3 requires
    /// it also to report that an object doesn't exist.
    #[must_use]
    pub fn list_objects(self, bucket: &'static str) -> Self {
        self.each("s3:ListBucket", [On::Bucket(bucket)])
    }

    /// Adds the right to send e-mails from the deployment's sender. A mail with attachments may be
    /// authorised as a raw one.
    #[must_use]
    pub fn send_email(self) -> Self {
        self.each("ses:SendEmail", [On::Sender]).each("ses:SendRawEmail", [On::Sender])
    }

    /// Adds the variables and rights of `others`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.variables.extend(others.variables);
        self.rights.extend(others.rights);
        self
    }

    fn items(self, action: &'static str, families: impl IntoIterator<Item = Family>) -> Self {
        self.each(action, families.into_iter().map(On::Items))
    }

    fn each(mut self, action: &'static str, places: impl IntoIterator<Item = On>) -> Self {
        self.rights.extend(places.into_iter().map(|on| Right { on, action }));
        self
    }

    /// Returns the memory, in MB.
    #[must_use]
    pub fn memory_mb(&self) -> u32 {
        self.memory_mb
    }

    /// Returns the time limit of an invocation, in seconds.
    #[must_use]
    pub fn timeout_s(&self) -> u32 {
        self.timeout_s
    }

    /// Returns the environment variables, by name.
    #[must_use]
    pub fn environment(&self) -> BTreeSet<&'static str> {
        let places = self.rights.iter().map(|right| right.on.variable());
        self.variables.iter().copied().chain(places).collect()
    }

    /// Returns the rights, by resource.
    pub fn rights(&self) -> impl Iterator<Item = Right> + use<'_> {
        self.rights.iter().copied()
    }
}
