//! A function's real binary in its own process.

mod log;
pub(super) mod reaper;
mod runtime_api;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use builder_runtime::Invocation;
use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::spec::Spec;
use super::{Failure, Reaper};
use crate::cloud::arn;
use runtime_api::{Job, Readiness, RuntimeApi};

/// A function's process. It is killed when this is dropped.
pub(super) struct Process {
    spec: Arc<Spec>,
    api: Arc<RuntimeApi>,
    alive: Arc<AtomicBool>,
    /// Dropping it kills the process.
    _kill: oneshot::Sender<()>,
    _server: Server,
}

/// Serves the process's Runtime API until it is dropped, including when the start fails.
struct Server(AbortHandle);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Process {
    /// Starts the binary and waits until it requests its first event.
    pub(super) async fn start(
        spec: Arc<Spec>,
        binary: &Path,
        reaper: &Arc<Reaper>,
        log: bool,
    ) -> Result<Self, Failure> {
        let broken = |what: &str, error: std::io::Error| {
            Failure::function("Runtime.ExitError", format!("{what}: {error}"))
        };
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|error| broken("could not open a port for the runtime API", error))?;
        let address = listener
            .local_addr()
            .map_err(|error| broken("could not determine the address of the runtime API", error))?;
        let api = Arc::new(RuntimeApi::default());
        let server = Server(tokio::spawn(Arc::clone(&api).serve(listener)).abort_handle());

        let mut child = tokio::process::Command::new(binary)
            .env_clear()
            .envs(&spec.variables)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name))
            .env(
                "AWS_LAMBDA_LOG_STREAM_NAME",
                format!("local/[$LATEST]{:032x}", fastrand::u128(..)),
            )
            .stdin(Stdio::null())
            .stdout(if log { Stdio::piped() } else { Stdio::null() })
            .stderr(Stdio::inherit())
            // Ctrl-C in the terminal must only reach the stack, which finishes its requests first.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken(&binary.display().to_string(), error))?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(log::show(output, spec.name.clone(), spec.recorder.clone()));
        }
        let pid = child.id().unwrap_or_default();
        reaper
            .watch(pid)
            .map_err(|error| broken("could not register the process for cleanup", error))?;
        if let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            api.set_freezer(move |freeze| {
                let signal = if freeze { Signal::STOP } else { Signal::CONT };
                if let Err(error) = kill_process(process, signal) {
                    tracing::debug!(%error, pid, "the process has ended");
                }
            });
        }

        let alive = Arc::new(AtomicBool::new(true));
        let (kill, killed) = oneshot::channel::<()>();
        tokio::spawn({
            let (api, alive, reaper) = (Arc::clone(&api), Arc::clone(&alive), Arc::clone(reaper));
            async move {
                let status = tokio::select! {
                    status = child.wait() => status,
                    _ = killed => match child.kill().await {
                        Ok(()) => child.wait().await,
                        Err(error) => Err(error),
                    },
                };
                alive.store(false, Ordering::SeqCst);
                reaper.forget(pid);
                let how =
                    status.map_or_else(|error| error.to_string(), |status| status.to_string());
                api.process_ended(&Failure::function(
                    "Runtime.ExitError",
                    format!("the process ended: {how}"),
                ));
            }
        });
        let mut readiness = api.readiness();
        let process = Self { spec, api, alive, _kill: kill, _server: server };
        match readiness.wait_for(|state| *state != Readiness::Starting).await.as_deref() {
            Ok(Readiness::Failed(failure)) => Err(failure.clone()),
            Ok(_) => Ok(process),
            Err(_) => Err(Failure::function("Runtime.ExitError", "the process was terminated")),
        }
    }

    /// Passes one event to the process and waits for the response.
    pub(super) async fn invoke(
        &self,
        event: Value,
        invocation: Invocation,
    ) -> Result<Value, Failure> {
        let deadline =
            invocation.deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let region = self.spec.variables.get("AWS_REGION").map(String::as_str).unwrap_or_default();
        let mut headers = vec![
            ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", arn::function(region, &self.spec.name)),
            ("content-type", "application/json".to_owned()),
        ];
        headers.extend(invocation.trace_id.map(|trace_id| ("lambda-runtime-trace-id", trace_id)));
        let (answer, answered) = oneshot::channel();
        let event = Bytes::from(event.to_string());
        self.api.submit(Job { request_id: invocation.request_id, event, headers, answer });
        answered.await.unwrap_or_else(|_| {
            Err(Failure::function("Runtime.ExitError", "the process did not respond"))
        })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }
}
