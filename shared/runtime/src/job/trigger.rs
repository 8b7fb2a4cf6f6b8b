//! What invokes a job.

/// What invokes a job. The template's mapping, schedule or rotation is written from it, with the
/// rights that come with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Messages of a queue, ten at most in one invocation.
    Queue(Queue),
    /// New events in the data table, in order, a hundred at most in one invocation.
    Events {
        /// The parameter of the template that holds the ARN of the bucket for batches that were
        /// given up, without its `Arn`.
        failures: Option<&'static str>,
    },
    /// The time.
    Schedule {
        /// `rate(…)` or `cron(…)`, as EventBridge Scheduler reads it, in UTC.
        expression: &'static str,
        /// How long a run that fails is tried again, in seconds: less than until the next one.
        /// Then it goes to the dead-letter queue for jobs.
        give_up_after_s: u32,
    },
    /// The rotation of the secret whose ARN is in this variable, by Secrets Manager.
    Rotation {
        /// The variable.
        secret: &'static str,
        /// `rate(…)`.
        expression: &'static str,
    },
    /// A person, who waits for the response.
    Operator,
    /// A person, who doesn't wait: a run that fails goes to the dead-letter queue for jobs.
    OperatorInBackground,
}

/// The queue of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// The parameter of the template that holds its ARN, without its `Arn`.
    pub name: &'static str,
    /// How many invocations there may be at once.
    pub concurrency: Option<u32>,
}

impl Queue {
    /// A queue, by the parameter of the template that holds its ARN, without its `Arn`.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, concurrency: None }
    }

    /// The same queue, with at most so many invocations at once (2 to 1,000).
    #[must_use]
    pub fn concurrency(mut self, most: u32) -> Self {
        self.concurrency = Some(most);
        self
    }
}
