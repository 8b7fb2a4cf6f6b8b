//! One function and its execution environments.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use builder_runtime::{Invocation, telemetry};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::Code;
use super::environment::Environment;
use super::failure::Failure;
use super::spec::Spec;
use crate::recorder::{self, Outcome, Recorder, Recording};
use crate::template;

/// The concurrency limit of a function that reserves none. Further events wait, whereas AWS would
/// throttle them.
const CONCURRENCY: usize = 1_000;
/// The same for processes, of which a laptop can run fewer.
const PROCESSES: usize = 100;
/// The time limit of the init phase.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// One function and its execution environments.
pub(crate) struct Pool {
    spec: Arc<Spec>,
    code: Code,
    /// The most recently used one is used next, so that the others become idle.
    idle: Mutex<Vec<Environment>>,
    permits: Arc<Semaphore>,
    reserved: bool,
    on_failure: Option<template::Destination>,
    retries: u32,
}

impl Pool {
    pub(super) fn new(
        function: &template::Function,
        code: Code,
        variables: BTreeMap<String, String>,
        recorder: Recorder,
    ) -> Self {
        let (limit, reserved) = match (function.reserved_concurrency, &code) {
            (Some(reserved), _) => (reserved, true),
            (None, Code::Linked { .. }) => (CONCURRENCY, false),
            (None, Code::Binary { .. }) => (PROCESSES, false),
        };
        Self {
            spec: Arc::new(Spec {
                name: function.name.clone(),
                timeout: function.timeout,
                variables,
                recorder,
            }),
            code,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(limit)),
            reserved,
            on_failure: function.on_failure.clone(),
            retries: function.async_retries,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    /// Returns the environment variables of the function's process.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.spec.variables
    }

    /// Returns how often an asynchronous event is retried.
    pub(super) fn retries(&self) -> u32 {
        self.retries
    }

    /// Returns the destination of such an event after the last retry.
    pub(super) fn on_failure(&self) -> Option<&template::Destination> {
        self.on_failure.as_ref()
    }

    /// Starts an environment before its first event, which also detects a function that can't
    /// start.
    pub(crate) async fn warm_up(&self) -> Result<(), Failure> {
        let environment = self.start().await?;
        self.keep(environment);
        Ok(())
    }

    /// Runs the function with one event, until it ends or times out, even if the caller stops
    /// waiting, as in AWS.
    pub(crate) async fn invoke(self: &Arc<Self>, event: Value) -> Result<Value, Failure> {
        self.invoke_recorded(event).await.1
    }

    /// Same as [`Self::invoke`], but also returns the recording.
    pub(crate) async fn invoke_recorded(
        self: &Arc<Self>,
        event: Value,
    ) -> (Arc<Recording>, Result<Value, Failure>) {
        let trace_id = recorder::new_trace_id(crate::time::now());
        let recording = self.spec.recorder.invocation(self.name(), source_of(&event), &trace_id);
        let result = self.invoke_for(&recording, event, trace_id).await;
        let outcome = match &result {
            Ok(result) => Outcome::Returned(shown(&result.to_string())),
            Err(failure) => Outcome::Failed(shown(&failure.to_string())),
        };
        recording.ended(outcome, None);
        (recording, result)
    }

    /// Runs the function for a request that is already being recorded.
    pub(crate) async fn invoke_for(
        self: &Arc<Self>,
        recording: &Arc<Recording>,
        event: Value,
        trace_id: String,
    ) -> Result<Value, Failure> {
        recording.served_by(self.name());
        let permit = if self.reserved {
            Arc::clone(&self.permits).try_acquire_owned().map_err(|_| Failure::Throttled)?
        } else {
            Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Failure::Throttled)?
        };
        let pool = Arc::clone(self);
        let work = {
            let recording = Arc::clone(recording);
            async move {
                let result = pool.run(&recording, event, trace_id).await;
                drop(permit);
                result
            }
        };
        let run = tokio::spawn(recorder::within(Arc::clone(recording), Box::pin(work)));
        match run.await {
            Ok(result) => result,
            // A panic has destroyed its environment.
            Err(error) if error.is_panic() => {
                let panic = error.into_panic();
                let message = panic.downcast_ref::<String>().cloned();
                let message =
                    message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                Err(Failure::function(
                    "Runtime.Panic",
                    message.unwrap_or_else(|| "the function panicked".to_owned()),
                ))
            }
            Err(_) => Err(Failure::function("Runtime.Stopped", "the stack is stopping")),
        }
    }

    #[cfg(test)]
    pub(super) fn idle_environments(&self) -> usize {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    async fn run(
        &self,
        recording: &Recording,
        event: Value,
        trace_id: String,
    ) -> Result<Value, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut environment = match idle {
            Some(environment) => environment,
            None => self.start().await?,
        };
        let timeout = self.spec.timeout;
        let request_id = uuid::Uuid::now_v7().to_string();
        recording.invoked_as(&request_id);
        let invocation = Invocation {
            request_id,
            deadline: SystemTime::now() + timeout,
            trace_id: Some(trace_id),
        };
        match tokio::time::timeout(timeout, environment.invoke(event, invocation)).await {
            Err(_) => {
                environment.kill();
                let message = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
                Err(Failure::function("Sandbox.Timedout", message))
            }
            Ok(result) => {
                // A function that returned an error keeps its environment, unless its process has
                // exited.
                if environment.is_alive() {
                    self.keep(environment);
                }
                result
            }
        }
    }

    async fn start(&self) -> Result<Environment, Failure> {
        let start = Environment::start(Arc::clone(&self.spec), &self.code);
        match tokio::time::timeout(INIT_LIMIT, start).await {
            Ok(started) => started,
            Err(_) => Err(Failure::function(
                "Sandbox.Timedout",
                format!("INIT timed out after {INIT_LIMIT:?}"),
            )),
        }
    }

    fn keep(&self, environment: Environment) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(environment);
    }
}

/// Returns the source of an invocation, according to its event.
fn source_of(event: &Value) -> &'static str {
    match (event["Records"][0]["eventSource"].as_str(), event["source"].as_str()) {
        (Some("aws:sqs"), _) => "queue",
        (Some("aws:dynamodb"), _) => "stream",
        (_, Some("aws.scheduler")) => "schedule",
        _ => "call",
    }
}

/// Formats a result for the console: secrets are masked, and long ones are truncated.
fn shown(text: &str) -> String {
    const LONGEST: usize = 8_000;
    let masked = telemetry::mask(text);
    match masked.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked,
    }
}
