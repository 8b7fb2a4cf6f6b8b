//! One execution environment: a started handler in this process, or a process.

use std::sync::Arc;

use builder_runtime::{Instance, Invocation};
use builder_store::config::Env;
use serde_json::Value;

use super::process::Process;
use super::spec::Spec;
use super::{Code, Failure};

/// One execution environment.
pub(super) enum Environment {
    Linked(Instance),
    Process(Process),
}

impl Environment {
    /// Starts the environment: Lambda's init phase.
    pub(super) async fn start(spec: Arc<Spec>, code: &Code) -> Result<Self, Failure> {
        match code {
            Code::Linked { function, ports } => {
                let env = Env::from_map(spec.variables.clone());
                match function.start(env, ports.clone()).await {
                    Ok(instance) => Ok(Self::Linked(instance)),
                    Err(fault) => {
                        Err(Failure::function("Runtime.InitError", chain(fault.as_ref())))
                    }
                }
            }
            Code::Binary { path, reaper, log } => {
                Process::start(spec, path, reaper, *log).await.map(Self::Process)
            }
        }
    }

    /// Handles one event.
    pub(super) async fn invoke(
        &mut self,
        event: Value,
        invocation: Invocation,
    ) -> Result<Value, Failure> {
        match self {
            Self::Linked(instance) => instance
                .invoke(event, invocation)
                .await
                .map_err(|fault| Failure::function("Function.Error", chain(fault.as_ref()))),
            Self::Process(process) => process.invoke(event, invocation).await,
        }
    }

    /// Kills it immediately. In this process, dropping the future has done that.
    pub(super) fn kill(self) {
        drop(self);
    }

    pub(super) fn is_alive(&self) -> bool {
        match self {
            Self::Linked(_) => true,
            Self::Process(process) => process.is_alive(),
        }
    }
}

/// Formats an error with its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.ends_with(&next_text) {
            text.push_str(": ");
            text.push_str(&next_text);
        }
        cause = next.source();
    }
    text
}
