//! The triggers of jobs.

/// The trigger of a job. The template's mapping, schedule or rotation is generated from it, with
/// the rights it requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Messages of a queue, at most ten per invocation.
    Queue(Queue),
    /// New events in the data table, in order, at most a hundred per invocation.
    Events {
        /// The template's parameter with the ARN of the bucket for batches that were given up,
        /// without the suffix `Arn`.
        failures: Option<&'static str>,
    },
    /// A schedule.
    Schedule {
        /// `rate(…)` or `cron(…)`, in EventBridge Scheduler's syntax, in UTC.
        expression: &'static str,
        /// How long a failed run is retried, in seconds: less than the interval of the schedule.
        /// Then it is sent to the dead-letter queue for jobs.
        give_up_after_s: u32,
    },
    /// The rotation of the secret whose ARN is in this variable, by Secrets Manager.
    Rotation {
        /// The variable.
        secret: &'static str,
        /// `rate(…)`.
        expression: &'static str,
    },
    /// An operator, who waits for the response.
    Operator,
    /// An operator, who doesn't wait: a failed run is sent to the dead-letter queue for jobs.
    OperatorInBackground,
}

/// The queue of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// The template's parameter with its ARN, without the suffix `Arn`.
    pub name: &'static str,
    /// The maximum number of concurrent invocations.
    pub concurrency: Option<u32>,
}

impl Queue {
    /// Creates a queue from the template's parameter with its ARN, without the suffix `Arn`.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, concurrency: None }
    }

    /// Limits the number of concurrent invocations (2 to 1,000).
    #[must_use]
    pub fn concurrency(mut self, most: u32) -> Self {
        self.concurrency = Some(most);
        self
    }
}
