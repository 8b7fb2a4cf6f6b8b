//! Lambda: functions with pools of execution environments.
//!
//! An environment handles one event at a time; a concurrent event starts another environment (a
//! cold start). Handlers run in this process ([`Mode::InProcess`]) or as the real binaries with the
//! Runtime API ([`Mode::Process`]).

mod activity;
mod async_invoke;
mod environment;
mod failure;
mod invoker;
mod pool;
mod process;
mod spec;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use builder_runtime::{Function, Ports};

pub(crate) use activity::Activity;
pub(crate) use failure::Failure;
pub(crate) use invoker::LambdaApi;
pub(crate) use pool::Pool;
pub(crate) use process::reaper::Reaper;

use crate::recorder::Recorder;
use crate::template;

/// How functions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Handlers run in this process, each with its own environment, credentials and timeout.
    #[default]
    InProcess,
    /// The real binaries run, one process per concurrent request, frozen between invocations.
    Process,
}

/// The code of a function.
#[derive(Clone)]
pub(crate) enum Code {
    /// In this process.
    Linked { function: Function, ports: Ports },
    /// A binary; `log` says whether its output is shown.
    Binary { path: PathBuf, reaper: Arc<Reaper>, log: bool },
}

/// The functions of one stack.
#[derive(Clone)]
pub(crate) struct Lambda {
    functions: Arc<BTreeMap<String, Arc<Pool>>>,
    activity: Arc<Activity>,
}

impl Lambda {
    /// Creates the functions with their code; `environment` returns the variables of each, and
    /// `recorder` records their invocations.
    pub(crate) fn new(
        functions: impl IntoIterator<Item = (template::Function, Code)>,
        environment: impl Fn(&template::Function) -> BTreeMap<String, String>,
        recorder: &Recorder,
    ) -> Self {
        let pools = functions.into_iter().map(|(function, code)| {
            let variables = environment(&function);
            (
                function.name.clone(),
                Arc::new(Pool::new(&function, code, variables, recorder.clone())),
            )
        });
        Self { functions: Arc::new(pools.collect()), activity: Arc::default() }
    }

    /// Returns the function with that name.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<Pool>> {
        self.functions.get(name).cloned()
    }

    /// Returns every function.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Pool>> {
        self.functions.values()
    }

    /// Returns the background work.
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

#[cfg(test)]
pub(crate) mod tests;
