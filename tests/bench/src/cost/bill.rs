//! Sends requests, and notes what the functions behind them called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use builder_local::meter::{Calls, Meter};
use builder_tests::oidc::Provider;
use builder_tests::{Answer, Client, Request, Stack, fresh_key, functions, routes};
use serde_json::{Value, json};

/// What the OpenID provider is called.
pub(super) const PROVIDER: &str = "google";
/// Its paths that a server asks.
const PROVIDER_PATHS: [&str; 4] =
    ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"];

/// What is refused: the path that no route matches.
const REFUSED: (&str, u16) = ("not-found", 404);

/// What was asked, and what it cost.
pub struct Bill {
    pub(super) stack: Arc<Stack>,
    pub(super) provider: Provider,
    pub(super) meter: Meter,
    pub(super) routes: BTreeMap<&'static str, RequestCost>,
    pub(super) jobs: BTreeMap<&'static str, JobCost>,
    /// The calls outside AWS before the work that is waited for.
    outside: BTreeMap<String, u64>,
}

/// What the latest request of a route cost.
pub(super) struct RequestCost {
    pub(super) status: u16,
    pub(super) calls: Calls,
}

/// What a job cost, and what made it run.
pub(super) struct JobCost {
    pub(super) cause: &'static str,
    pub(super) calls: Calls,
}

impl Bill {
    /// For a fresh stack without an admin, with an OpenID provider. Its clock stands still, so that
    /// no window of a limit begins again. The local Stripe posts no events: the journey posts them
    /// when it is time.
    pub async fn open() -> Self {
        let (meter, provider) = (Meter::default(), Provider::start());
        let stack = provider
            .configure(
                Stack::own().frozen_clock().unlimited().without_admin().metered(&meter),
                PROVIDER,
            )
            .start();
        provider.join(&stack, PROVIDER).await;
        stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
        Self {
            stack,
            provider,
            meter,
            routes: BTreeMap::new(),
            jobs: BTreeMap::new(),
            outside: BTreeMap::new(),
        }
    }

    /// Has somebody ask a route; `place` stands for the parameter of its path.
    ///
    /// # Errors
    /// When there is no such route.
    pub(super) async fn ask(
        &mut self,
        who: &Client,
        function: &'static str,
        place: &str,
    ) -> Result<Answer> {
        let request = request(who, function, place)?;
        be_known(who).await;
        Ok(self.send(function, request).await)
    }

    /// As [`Self::ask`], with a body.
    ///
    /// # Errors
    /// When there is no such route.
    pub(super) async fn tell(
        &mut self,
        who: &Client,
        function: &'static str,
        place: &str,
        body: &Value,
    ) -> Result<Answer> {
        let request = request(who, function, place)?.json(body);
        be_known(who).await;
        Ok(self.send(function, request).await)
    }

    /// Sends a request of a route, which must succeed, once nothing else is going on.
    pub(super) async fn send(&mut self, function: &'static str, request: Request) -> Answer {
        self.stack.wait_until_idle().await;
        drop(self.meter.take(function));
        let before = self.calls_outside(function);
        let answer = request.await;
        let succeeded = (200..400).contains(&answer.status) || REFUSED == (function, answer.status);
        answer.check(succeeded, "expected a success");
        let calls = self.calls(function, &before);
        self.routes.insert(function, RequestCost { status: answer.status, calls });
        answer
    }

    /// Before something that makes these jobs run.
    pub(super) async fn begin(&mut self, jobs: &[&'static str]) {
        self.stack.wait_until_idle().await;
        for job in jobs {
            drop(self.meter.take(job));
        }
        self.outside = jobs.iter().flat_map(|job| self.calls_outside(job)).collect();
    }

    /// Waits until these jobs have done what `cause` made them do.
    pub(super) async fn end(&mut self, cause: &'static str, jobs: &[&'static str]) {
        self.stack.wait_until_idle().await;
        let before = std::mem::take(&mut self.outside);
        for job in jobs {
            let calls = self.calls(job, &before);
            self.jobs.insert(job, JobCost { cause, calls });
        }
    }

    fn calls(&self, function: &str, outside_before: &BTreeMap<String, u64>) -> Calls {
        let mut calls = self.meter.take(function);
        for (operation, times) in self.calls_outside(function) {
            let times = times - outside_before.get(&operation).copied().unwrap_or_default();
            if times > 0 {
                calls.operations.insert(operation, times);
            }
        }
        calls
    }

    /// How often Stripe and the OpenID provider were called so far, if the function is told where
    /// they are: no other calls them then.
    fn calls_outside(&self, function: &str) -> BTreeMap<String, u64> {
        let mut calls = BTreeMap::new();
        if self.stack.is_told(function, "STRIPE_URL") {
            calls.extend(
                self.stack
                    .stripe()
                    .calls()
                    .into_iter()
                    .map(|(operation, times)| (format!("Stripe {operation}"), times)),
            );
        }
        if self.stack.is_told(function, "OIDC_PROVIDERS") {
            let asked = |path| (format!("provider {path}"), u64::from(self.provider.asked(path)));
            calls.extend(PROVIDER_PATHS.map(asked));
        }
        calls
    }

    /// Whether everything was reached.
    ///
    /// # Errors
    /// The names of the functions that were not.
    pub fn is_whole(&self) -> Result<()> {
        let all: BTreeSet<&str> = functions().iter().map(|function| function.name()).collect();
        let left: Vec<&str> = all
            .into_iter()
            .filter(|name| !self.routes.contains_key(name) && !self.jobs.contains_key(name))
            .collect();
        if !left.is_empty() {
            bail!("the journey doesn't reach {}", left.join(", "));
        }
        Ok(())
    }
}

/// Lets the guard get to know somebody and the address: who has just signed in, or called from
/// nowhere yet, is a case of its own.
async fn be_known(who: &Client) {
    for path in ["/problems/out-of-stock", "/api/v1/me"] {
        // A visitor is refused the second.
        drop(who.get(path).await);
    }
}

/// The request of a route, with the headers that it may demand. `place` has what its parameters
/// stand for, with slashes in between.
///
/// # Errors
/// When there is no such route.
pub(super) fn request(who: &Client, function: &str, place: &str) -> Result<Request> {
    let route = routes()
        .into_iter()
        .find(|route| route.name == function)
        .with_context(|| format!("there is no {function}"))?;
    let mut path =
        if route.path == "$default" { "/api/v1/nowhere".to_owned() } else { route.path.to_owned() };
    let mut places = place.split('/');
    while let (Some(begin), Some(end)) = (path.find('{'), path.find('}')) {
        path.replace_range(begin..=end, places.next().unwrap_or_default());
    }
    let request = who.request(route.method.clone(), path);
    Ok(if route.method == "GET" { request } else { request.if_match("*").key(fresh_key()) })
}
