//! A deployable: what one binary serves under Lambda, and what the local stack starts in its own
//! process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use builder_store::config::Env;
use builder_store::error::Fault;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::admission::access::Access;
use crate::admission::origin_lock::OriginLock;
use crate::admission::rights;
use crate::app::{App, Ports};
use crate::http_event::HttpEvent;
use crate::invocation::Invocation;
use crate::job::Job;
use crate::resources::Resources;
use crate::route::Route;
use crate::telemetry;

/// One route or one job, with what it is given.
#[derive(Debug, Clone)]
pub struct Function {
    kind: Kind,
    resources: Resources,
}

/// The trigger and handler of a function.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Requests.
    Route(Box<Route>),
    /// Everything else.
    Job(Job),
}

/// A started function. Takes one event at a time, like Lambda's own.
#[derive(Clone)]
pub struct Instance {
    app: Arc<App>,
    started: Arc<Started>,
    cold: Arc<AtomicBool>,
}

/// Processes an event. Every route has its guard.
enum Started {
    Route(Box<Route>, OriginLock),
    Job(Job),
}

impl From<Route> for Kind {
    fn from(route: Route) -> Self {
        Self::Route(Box::new(route))
    }
}

impl From<Job> for Kind {
    fn from(job: Job) -> Self {
        Self::Job(job)
    }
}

impl Function {
    /// A route or a job that is given `resources`, and what its kind needs besides: what admission
    /// reads and writes, the variables that all functions have.
    pub fn new(serves: impl Into<Kind>, resources: Resources) -> Self {
        let kind = serves.into();
        let resources = match &kind {
            Kind::Route(route) => resources.and(rights::of(
                route.access,
                route.idempotency,
                route.without_second_factor,
            )),
            Kind::Job(_) => resources.variables(["LOG_LEVEL"]),
        };
        Self { kind, resources }
    }

    /// Everything that the function is given.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The name that the binary, its stanza and its sample event share.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Route(route) => route.name,
            Kind::Job(job) => job.name,
        }
    }

    /// The route, unless it is a job.
    #[must_use]
    pub fn route(&self) -> Option<&Route> {
        match &self.kind {
            Kind::Route(route) => Some(route),
            Kind::Job(_) => None,
        }
    }

    /// The job, unless it is a route.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        match &self.kind {
            Kind::Route(_) => None,
            Kind::Job(job) => Some(job),
        }
    }

    /// Lambda's init phase: reads the environment, builds the clients, and warms the connection to
    /// DynamoDB by the one read that the function needs anyway.
    ///
    /// # Errors
    /// A fault that names the variable that is missing or wrong.
    pub async fn start(&self, env: Env, ports: Ports) -> Result<Instance, Fault> {
        for variable in self.resources.environment() {
            env.require_set(variable)?;
        }
        if let Some(check) = self.route().and_then(|route| route.check) {
            check(&env)?;
        }
        let app = Arc::new(App::new(self.name(), env, ports)?);
        let started = match &self.kind {
            Kind::Route(route) => Started::Route(route.clone(), OriginLock::of(app.env())?),
            Kind::Job(job) => Started::Job(job.clone()),
        };
        if let Kind::Route(route) = &self.kind
            && let Access::Permit(_) | Access::PublicOr(_) = route.access
            && let Err(error) = app.keys.find(app.table(), "").await
        {
            // Not fatal: the first request reads the keys again, and says what is wrong if it still
            // is.
            tracing::warn!(%error, "the public keys could not be read while starting");
        }
        Ok(Instance { app, started: Arc::new(started), cold: Arc::new(AtomicBool::new(true)) })
    }
}

impl Instance {
    /// Answers one event.
    ///
    /// # Errors
    /// A fault that the platform should count as a failed invocation, and retry where it retries.
    /// Routes never fail: they answer a problem instead.
    pub async fn invoke(&self, event: Value, invocation: Invocation) -> Result<Value, Fault> {
        let remaining =
            invocation.deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        let deadline = Instant::now() + remaining;
        let cold = self.cold.swap(false, Ordering::Relaxed);
        match &*self.started {
            Started::Route(route, lock) => {
                let event: HttpEvent = serde_json::from_value(event)?;
                Ok(crate::http_event::to_gateway(
                    crate::guarded::answer(
                        &self.app,
                        route,
                        lock,
                        event,
                        &invocation,
                        deadline,
                        cold,
                    )
                    .await,
                ))
            }
            Started::Job(job) => job.work(&self.app, event, &invocation, deadline, cold).await,
        }
    }
}

/// Runs a function under Lambda until the platform ends it. The whole of each binary's `main`.
///
/// # Errors
/// A fault when the function can't start or the Runtime API is out of reach.
pub async fn serve(function: Function) -> Result<(), Fault> {
    let env = Env::from_process();
    telemetry::init(env.get("LOG_LEVEL").unwrap_or("info"));
    let instance = function.start(env, Ports::default()).await.inspect_err(|error| {
        tracing::error!(function = function.name(), %error, "the function can't start");
    })?;
    lambda_runtime::run(lambda_runtime::service_fn(move |event: LambdaEvent<Value>| {
        let instance = instance.clone();
        async move {
            let (event, context) = event.into_parts();
            let invocation = Invocation {
                deadline: deadline(&context),
                request_id: context.request_id,
                trace_id: context.xray_trace_id,
            };
            instance.invoke(event, invocation).await
        }
    }))
    .await
}

/// When this invocation is stopped. `cargo lambda watch` sends the milliseconds that are left where
/// Lambda sends a time.
fn deadline(context: &Context) -> SystemTime {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    if context.deadline < DAY_MS {
        SystemTime::now() + Duration::from_millis(context.deadline)
    } else {
        context.deadline()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_time_or_what_is_left() {
        let mut context = Context::default();
        context.deadline = 1_795_168_800_000;
        assert_eq!(deadline(&context), SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_168_800));
        context.deadline = 600_000;
        let left = deadline(&context).duration_since(SystemTime::now()).unwrap();
        assert!((590..=600).contains(&left.as_secs()), "{left:?}");
    }
}
