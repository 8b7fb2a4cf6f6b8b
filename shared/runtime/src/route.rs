//! A route is data: method, path, access, input and output.

use std::sync::Arc;

use builder_store::config::Env;
use builder_store::error::Fault;
use futures::future::BoxFuture;
use http::Method;

use crate::admission::access::{Access, Idempotency};
use crate::call::Call;
use crate::input::Input;
use crate::response::problem::Problem;
use crate::response::reply::{Answer, Reply};
use crate::schema::schemas::BodyOf;
use crate::schema::shape::{Refusal, Shape};

/// A check of the environment before the first request.
pub(crate) type Check = fn(&Env) -> Result<(), Fault>;

pub(crate) type Handle =
    Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Answer, Problem>> + Send + Sync>;

/// One method on one path, served by one function.
#[derive(Clone)]
pub struct Route {
    /// The function's name: `place-order`.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path with its parameters, in API Gateway's syntax: `/api/v1/orders/{id}`; `$default` for
    /// requests without a matching route.
    pub path: &'static str,
    /// The access rule.
    pub access: Access,
    pub(crate) idempotency: Idempotency,
    /// Whether it is served even to callers that have exceeded their limit.
    pub(crate) exempt_from_rate_limit: bool,
    /// Whether a stored response is looked up before the request is processed, not only when it is
    /// refused.
    pub(crate) replays_first: bool,
    /// Whether it is available to an admin without the required second factor.
    pub(crate) without_second_factor: bool,
    pub(crate) check: Option<Check>,
    pub(crate) handle: Handle,
    pub(crate) shape: Shape,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.name)
    }
}

impl Route {
    /// Creates a route that reads.
    pub fn get<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::GET, name, path, access, handler)
    }

    /// Creates a route that creates or commands. It accepts an `Idempotency-Key`, so the handler
    /// must end with [`Call::commit`].
    pub fn post<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self {
            idempotency: Idempotency::Optional,
            ..Self::new(Method::POST, name, path, access, handler)
        }
    }

    /// Creates a route that changes part of a resource.
    pub fn patch<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::PATCH, name, path, access, handler).guarded_by_etag()
    }

    /// Creates a route that replaces a resource.
    pub fn put<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::PUT, name, path, access, handler).guarded_by_etag()
    }

    /// Creates a route that removes a resource.
    pub fn delete<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::DELETE, name, path, access, handler).guarded_by_etag()
    }

    fn new<A>(
        method: Method,
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        let shape = handler.shape();
        let handle: Handle = Arc::new(move |call| handler.handle(call));
        Self {
            name,
            method,
            path,
            access,
            idempotency: Idempotency::Ignored,
            exempt_from_rate_limit: false,
            without_second_factor: false,
            replays_first: false,
            check: None,
            handle,
            shape,
        }
    }

    /// Exempts the route from the rate limit: signing out.
    #[must_use]
    pub fn exempt_from_rate_limit(mut self) -> Self {
        self.exempt_from_rate_limit = true;
        self
    }

    /// Makes the route available to an admin without the required second factor: setting one up,
    /// and signing out.
    #[must_use]
    pub fn without_second_factor(mut self) -> Self {
        self.without_second_factor = true;
        self
    }

    /// Marks the route as having external effects, such as moving money: it requires an
    /// `Idempotency-Key`, and only one request per key runs at a time.
    #[must_use]
    pub fn requires_lease(mut self) -> Self {
        self.idempotency = Idempotency::Leased;
        self.error_for_now(
            "request-in-progress",
            "A request with this key is in progress. Try again later to get its response.",
        )
    }

    /// Marks the route as counting failed attempts: a repetition of a request receives its stored
    /// response before it could be counted.
    #[must_use]
    pub fn counts_guesses(mut self) -> Self {
        self.replays_first = true;
        self
    }

    /// Marks the route as moving money: it requires an `Idempotency-Key`.
    #[must_use]
    pub fn requires_idempotency_key(mut self) -> Self {
        self.idempotency = Idempotency::Demanded;
        self
    }

    /// Makes the route ignore an `Idempotency-Key`: repeating it has the same outcome, or it issues
    /// tokens, which must not be stored.
    #[must_use]
    pub fn ignores_idempotency_key(mut self) -> Self {
        self.idempotency = Idempotency::Ignored;
        self
    }

    /// Sets a check of the environment at the start of the function, so that errors are reported
    /// then and not at the first request.
    #[must_use]
    pub fn validate_env(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Sets the summary: what the route does, in a few words that begin with a verb.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.shape.summary = summary;
        self
    }

    /// Sets the description: what the summary omits, in sentences.
    #[must_use]
    pub fn description(mut self, description: &'static str) -> Self {
        self.shape.description = description;
        self
    }

    /// Adds an error with 409 and this `code`, for the reason in `meaning`.
    #[must_use]
    pub fn error(self, code: &'static str, meaning: &'static str) -> Self {
        self.error_with(409, code, meaning)
    }

    /// As [`Self::error`], with another status.
    #[must_use]
    pub fn error_with(mut self, status: u16, code: &'static str, meaning: &'static str) -> Self {
        self.shape.refusals.push(Refusal { status, code, meaning, passes: false });
        self
    }

    /// As [`Self::error`], for a temporary reason: the response has a `Retry-After`.
    #[must_use]
    pub fn error_for_now(mut self, code: &'static str, meaning: &'static str) -> Self {
        self.shape.refusals.push(Refusal { status: 409, code, meaning, passes: true });
        self
    }

    /// Adds a required header.
    #[must_use]
    pub fn needs_header(
        mut self,
        name: &'static str,
        description: &'static str,
        example: &'static str,
    ) -> Self {
        self.shape.header = Some([name, description, example]);
        self
    }

    /// Adds an example of a path parameter that isn't an ID.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, example: &'static str) -> Self {
        self.shape.parameters.push((name, example));
        self
    }

    /// Marks the route's success as possibly setting cookies.
    #[must_use]
    pub fn sets_cookies(mut self) -> Self {
        self.shape.sets_cookies = true;
        self
    }

    /// Marks the route's 401 as removing invalid cookies from a browser.
    #[must_use]
    pub fn forgets_cookies(mut self) -> Self {
        self.shape.forgets_cookies = true;
        self
    }

    /// Sets an example of the response, if no schema describes it.
    #[must_use]
    pub fn example(mut self, example: fn() -> serde_json::Value) -> Self {
        self.shape.example = Some(example);
        self
    }

    /// Sets the success status to 201.
    #[must_use]
    pub fn creates(mut self) -> Self {
        self.shape.status = 201;
        self
    }

    /// Marks the route as returning 200 instead of 201 if the resource already exists.
    #[must_use]
    pub fn or_gives_again(mut self) -> Self {
        self.shape.gives_again = true;
        self
    }

    /// Marks the route as redirecting a browser that navigates to it, with a 303.
    #[must_use]
    pub fn may_lead_elsewhere(mut self) -> Self {
        self.shape.may_lead_elsewhere = true;
        self
    }

    /// Makes the route also serve HEAD: the response to GET, without the body (RFC 9110, section
    /// 9.3.2). The gateway has a separate route for it.
    #[must_use]
    pub fn with_head(mut self) -> Self {
        self.shape.head = true;
        self
    }

    /// Sets the success status to 202.
    #[must_use]
    pub fn accepts(mut self) -> Self {
        self.shape.status = 202;
        self
    }

    /// Sets the content type of the response, instead of JSON.
    #[must_use]
    pub fn answers_with(mut self, content_type: &'static str) -> Self {
        self.shape.content_type = content_type;
        self
    }

    /// Excludes the route from the OpenAPI document (`$default`).
    #[must_use]
    pub fn undocumented(mut self) -> Self {
        self.shape.documented = false;
        self
    }

    /// Makes the route use an `If-Match` header if one is sent.
    #[must_use]
    pub fn accepts_if_match(mut self) -> Self {
        self.shape.if_match = Some(false);
        self
    }

    /// Makes the route ignore `If-Match`, for requests that must not fail because the resource has
    /// just changed, such as ending a session.
    #[must_use]
    pub fn unconditional(mut self) -> Self {
        self.shape.if_match = None;
        self
    }

    /// Marks the route as returning an `ETag`; a GET returns 304 if the client has the current
    /// state.
    #[must_use]
    pub fn with_etag(mut self) -> Self {
        self.shape.etag = true;
        self
    }

    fn guarded_by_etag(mut self) -> Self {
        self.shape.if_match = Some(true);
        self
    }

    /// Returns the `operationId` in the OpenAPI document, from which generated clients derive
    /// method names: `placeOrder` for `place-order`.
    #[must_use]
    pub fn operation_id(&self) -> String {
        let mut words = self.name.split('-');
        let mut id = words.next().unwrap_or_default().to_owned();
        for word in words {
            let (first, rest) = word.split_at(word.len().min(1));
            id.push_str(&first.to_uppercase());
            id.push_str(rest);
        }
        id
    }

    /// Returns all of the gateway's routes to this function: [`Self::key`], and the one for HEAD.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let head = self.shape.head.then(|| format!("HEAD {}", self.path));
        std::iter::once(self.key()).chain(head).collect()
    }

    /// Returns the route's key in API Gateway: `POST /api/v1/orders`.
    #[must_use]
    pub fn key(&self) -> String {
        if self.path == "$default" {
            self.path.to_owned()
        } else {
            format!("{} {}", self.method, self.path)
        }
    }
}

/// A function that handles calls: `async fn(Call) -> Result<Reply<T>>`, or with one more argument
/// that is extracted from the request ([`crate::Json`], [`crate::Query`]).
pub trait Handler<A>: Send + Sync + 'static {
    /// Handles one call.
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Answer, Problem>>;
    /// Returns the description of its input and output.
    fn shape(&self) -> Shape;
}

impl<F, Fut, T> Handler<(Call,)> for F
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply<T>, Problem>> + Send + 'static,
    T: 'static,
    Reply<T>: BodyOf,
{
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Answer, Problem>> {
        if let Err(problem) = crate::input::refuse_input(&call) {
            return Box::pin(async move { Err(problem) });
        }
        let reply = self(call);
        Box::pin(async move { reply.await.map(|reply| reply.answer) })
    }

    fn shape(&self) -> Shape {
        Shape::of::<Reply<T>>()
    }
}

impl<F, Fut, In, T> Handler<(Call, In)> for F
where
    F: Fn(Call, In) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply<T>, Problem>> + Send + 'static,
    In: Input,
    T: 'static,
    Reply<T>: BodyOf,
{
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Answer, Problem>> {
        match In::take(&call) {
            Ok(input) => {
                let reply = self(call, input);
                Box::pin(async move { reply.await.map(|reply| reply.answer) })
            }
            Err(problem) => Box::pin(async move { Err(problem) }),
        }
    }

    fn shape(&self) -> Shape {
        let mut shape = Shape::of::<Reply<T>>();
        In::describe(&mut shape);
        shape
    }
}
