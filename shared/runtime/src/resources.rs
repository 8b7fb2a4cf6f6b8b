//! What a function is given: memory, time, variables and rights. Its stanza in the template is
//! written from this declaration (`UPDATE_GENERATED=1 cargo test --workspace --test contract`).

use std::collections::BTreeSet;

use builder_store::keys::{Family, TableName};

/// The memory of a function that says nothing else, in MB.
const MEMORY_MB: u32 = 256;
/// The memory that comes with a whole processor.
const WHOLE_PROCESSOR_MB: u32 = 1769;
/// How long a function that says nothing else may run, in seconds.
const TIMEOUT_S: u32 = 10;

/// What a function is given, beyond what its route or trigger brings with it.
///
/// A function gets only what is declared: the local stack and AWS refuse every other call, and CI
/// fails for a right that no test uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    memory_mb: u32,
    timeout_s: u32,
    variables: BTreeSet<&'static str>,
    rights: BTreeSet<Right>,
}

/// One action on one resource, as a policy statement allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Where.
    pub on: On,
    /// IAM's name of the action: `dynamodb:GetItem`.
    pub action: &'static str,
}

/// What an action is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Items of a family.
    Items(Family),
    /// Entries of a family in an index of the data table.
    Index(&'static str, Family),
    /// A table as a whole.
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
    /// The variable that tells the function where this is.
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
    /// 256 MB, ten seconds, and no rights.
    #[must_use]
    pub fn new() -> Self {
        Self {
            memory_mb: MEMORY_MB,
            timeout_s: TIMEOUT_S,
            variables: BTreeSet::new(),
            rights: BTreeSet::new(),
        }
    }

    /// The same with this much memory, in MB. A function gets a share of a processor in proportion.
    #[must_use]
    pub fn memory(mut self, megabytes: u32) -> Self {
        self.memory_mb = megabytes;
        self
    }

    /// The same with a whole processor, for what computes for long: hashing passwords. It comes with
    /// 1,769 MB of memory
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
    #[must_use]
    pub fn whole_processor(self) -> Self {
        self.memory(WHOLE_PROCESSOR_MB)
    }

    /// The same with this much time for an invocation, in seconds; at most 29 for a route, as long
    /// as the gateway waits, and 900 for a job.
    #[must_use]
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_s = seconds;
        self
    }

    /// The same with these environment variables. Those that tell where a table, secret, queue or
    /// bucket is come with the right to use it.
    #[must_use]
    pub fn variables(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.variables.extend(names);
        self
    }

    /// The same with the secrets whose ARNs are in these variables, to be read.
    #[must_use]
    pub fn secrets(self, variables: impl IntoIterator<Item = &'static str>) -> Self {
        self.each("secretsmanager:GetSecretValue", variables.into_iter().map(On::Secret))
    }

    /// The same with these items, to be read one by one.
    #[must_use]
    pub fn get(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:GetItem", families)
    }

    /// The same with these items, to be read many at once.
    #[must_use]
    pub fn batch_get(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:BatchGetItem", families)
    }

    /// The same with these items, to be read by partition.
    #[must_use]
    pub fn query(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:Query", families)
    }

    /// The same with these items, to be checked by a transaction that writes others.
    #[must_use]
    pub fn check(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:ConditionCheckItem", families)
    }

    /// The same with these items, to be written as a whole: the states and events of a commit.
    #[must_use]
    pub fn put(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:PutItem", families)
    }

    /// The same with these items, to be changed in place: counters and limits.
    #[must_use]
    pub fn update(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:UpdateItem", families)
    }

    /// The same with these items, to be removed.
    #[must_use]
    pub fn delete(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:DeleteItem", families)
    }

    /// The same with these items, to be written many at once.
    #[must_use]
    pub fn batch_write(self, families: impl IntoIterator<Item = Family>) -> Self {
        self.items("dynamodb:BatchWriteItem", families)
    }

    /// The same with these entries of an index of the data table, such as `gsi1`, to be read.
    #[must_use]
    pub fn query_index(
        self,
        index: &'static str,
        families: impl IntoIterator<Item = Family>,
    ) -> Self {
        let entries = families.into_iter().map(|family| On::Index(index, family));
        self.each("dynamodb:Query", entries)
    }

    /// The same with the descriptions of both tables.
    #[must_use]
    pub fn describe_tables(self) -> Self {
        let tables = [TableName::Data, TableName::Ephemeral];
        self.each("dynamodb:DescribeTable", tables.map(On::Table))
    }

    /// The same with the queues whose URLs are in these variables, to send to.
    #[must_use]
    pub fn send_to(self, variables: impl IntoIterator<Item = &'static str>) -> Self {
        self.each("sqs:SendMessage", variables.into_iter().map(On::Queue))
    }

    /// The same with the attributes of the queue whose URL is in this variable.
    #[must_use]
    pub fn describe_queue(self, variable: &'static str) -> Self {
        self.each("sqs:GetQueueAttributes", [On::Queue(variable)])
    }

    /// The same with the objects of this prefix, to be read, in the bucket whose name is in the
    /// variable.
    #[must_use]
    pub fn get_objects(self, bucket: &'static str, prefix: &'static str) -> Self {
        self.each("s3:GetObject", [On::Objects(bucket, prefix)])
    }

    /// The same with the objects of this prefix, to be written, in the bucket whose name is in the
    /// variable.
    #[must_use]
    pub fn put_objects(self, bucket: &'static str, prefix: &'static str) -> Self {
        self.each("s3:PutObject", [On::Objects(bucket, prefix)])
    }

    /// The same with the names of the objects in the bucket whose name is in the variable. S3 asks
    /// for it also to tell that an object isn't there.
    #[must_use]
    pub fn list_objects(self, bucket: &'static str) -> Self {
        self.each("s3:ListBucket", [On::Bucket(bucket)])
    }

    /// The same with e-mails from the deployment's sender. A mail with attachments may be checked
    /// as a raw one.
    #[must_use]
    pub fn send_email(self) -> Self {
        self.each("ses:SendEmail", [On::Sender]).each("ses:SendRawEmail", [On::Sender])
    }

    /// The same with the variables and rights of `others`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.variables.extend(others.variables);
        self.rights.extend(others.rights);
        self
    }

    fn items(self, action: &'static str, families: impl IntoIterator<Item = Family>) -> Self {
        self.each(action, families.into_iter().map(On::Items))
    }

    pub(crate) fn each(
        mut self,
        action: &'static str,
        places: impl IntoIterator<Item = On>,
    ) -> Self {
        self.rights.extend(places.into_iter().map(|on| Right { on, action }));
        self
    }

    /// The memory, in MB.
    #[must_use]
    pub fn memory_mb(&self) -> u32 {
        self.memory_mb
    }

    /// The time for an invocation, in seconds.
    #[must_use]
    pub fn timeout_s(&self) -> u32 {
        self.timeout_s
    }

    /// The environment variables, by name.
    #[must_use]
    pub fn environment(&self) -> BTreeSet<&'static str> {
        let places = self.rights.iter().map(|right| right.on.variable());
        self.variables.iter().copied().chain(places).collect()
    }

    /// The rights, by resource.
    pub fn rights(&self) -> impl Iterator<Item = Right> + use<'_> {
        self.rights.iter().copied()
    }
}
