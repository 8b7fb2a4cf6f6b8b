//! A route is data: method, path, who may call it, what it takes and gives.

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

/// Looks at the environment before the first request.
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
    /// The path with its parameters, as API Gateway writes it: `/api/v1/orders/{id}`; `$default`
    /// for what no route matches.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    pub(crate) idempotency: Idempotency,
    /// Whether it is answered however many requests its caller has made.
    pub(crate) exempt_from_rate_limit: bool,
    /// Whether a kept answer is looked for before the request is worked on, not only when it is
    /// refused.
    pub(crate) replays_first: bool,
    /// Whether it is there for an admin who lacks the second factor that is demanded.
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
    /// A route that reads.
    pub fn get<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::GET, name, path, access, handler)
    }

    /// A route that creates or commands. It takes an `Idempotency-Key`, so the handler must end in
    /// [`Call::commit`].
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

    /// A route that changes part of a thing.
    pub fn patch<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::PATCH, name, path, access, handler).guarded_by_etag()
    }

    /// A route that replaces a thing as a whole.
    pub fn put<A>(
        name: &'static str,
        path: &'static str,
        access: Access,
        handler: impl Handler<A>,
    ) -> Self {
        Self::new(Method::PUT, name, path, access, handler).guarded_by_etag()
    }

    /// A route that removes a thing.
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

    /// The same route, which is answered even to a caller that is past its limit: signing out.
    #[must_use]
    pub fn exempt_from_rate_limit(mut self) -> Self {
        self.exempt_from_rate_limit = true;
        self
    }

    /// The same route, which is there even for an admin who lacks the second factor that the
    /// settings demand: what setting one up takes, and signing out.
    #[must_use]
    pub fn without_second_factor(mut self) -> Self {
        self.without_second_factor = true;
        self
    }

    /// The same route, which has effects outside, such as moving money: it demands an
    /// `Idempotency-Key`, and only one request of a key runs at a time.
    #[must_use]
    pub fn requires_lease(mut self) -> Self {
        self.idempotency = Idempotency::Leased;
        self.error_for_now(
            "request-in-progress",
            "A request with this key is in progress. Try again later to get its response.",
        )
    }

    /// The same route, which counts wrong guesses: a repetition of a request is answered before it
    /// could count as one.
    #[must_use]
    pub fn counts_guesses(mut self) -> Self {
        self.replays_first = true;
        self
    }

    /// The same route, which moves money: it demands an `Idempotency-Key`.
    #[must_use]
    pub fn requires_idempotency_key(mut self) -> Self {
        self.idempotency = Idempotency::Demanded;
        self
    }

    /// The same route, which does not look at an `Idempotency-Key`: repeating it has the same
    /// outcome, or it issues tokens, and an answer with tokens must not be stored.
    #[must_use]
    pub fn ignores_idempotency_key(mut self) -> Self {
        self.idempotency = Idempotency::Ignored;
        self
    }

    /// The same route, whose function only starts with an environment that passes this: a mistake
    /// in it is told then, not at the first request.
    #[must_use]
    pub fn validate_env(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// The same route with a summary: what it does, in a few words that begin with a verb.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.shape.summary = summary;
        self
    }

    /// The same route with a description: what the summary leaves out, in sentences.
    #[must_use]
    pub fn description(mut self, description: &'static str) -> Self {
        self.shape.description = description;
        self
    }

    /// The same route, which may refuse with 409 and this `code`, for the reason in `meaning`.
    #[must_use]
    pub fn error(self, code: &'static str, meaning: &'static str) -> Self {
        self.error_with(409, code, meaning)
    }

    /// As [`Self::error`], with another status than 409.
    #[must_use]
    pub fn error_with(mut self, status: u16, code: &'static str, meaning: &'static str) -> Self {
        self.shape.refusals.push(Refusal { status, code, meaning, passes: false });
        self
    }

    /// As [`Self::error`], for a reason that passes: the answer has a `Retry-After`.
    #[must_use]
    pub fn error_for_now(mut self, code: &'static str, meaning: &'static str) -> Self {
        self.shape.refusals.push(Refusal { status: 409, code, meaning, passes: true });
        self
    }

    /// The same route, which needs this header.
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

    /// The same route with an example of a path parameter that is no id.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, example: &'static str) -> Self {
        self.shape.parameters.push((name, example));
        self
    }

    /// The same route, whose success may set cookies.
    #[must_use]
    pub fn sets_cookies(mut self) -> Self {
        self.shape.sets_cookies = true;
        self
    }

    /// The same route, whose 401 makes a browser forget cookies that are no longer good for
    /// anything.
    #[must_use]
    pub fn forgets_cookies(mut self) -> Self {
        self.shape.forgets_cookies = true;
        self
    }

    /// The same route with an example of its answer, for one that no schema of ours describes.
    #[must_use]
    pub fn example(mut self, example: fn() -> serde_json::Value) -> Self {
        self.shape.example = Some(example);
        self
    }

    /// The same route, which answers 201.
    #[must_use]
    pub fn creates(mut self) -> Self {
        self.shape.status = 201;
        self
    }

    /// The same route, which answers 200 instead of 201 when what it would create is there already.
    #[must_use]
    pub fn or_gives_again(mut self) -> Self {
        self.shape.gives_again = true;
        self
    }

    /// The same route, which leads a browser that navigates to it elsewhere, by a 303.
    #[must_use]
    pub fn may_lead_elsewhere(mut self) -> Self {
        self.shape.may_lead_elsewhere = true;
        self
    }

    /// The same route, which answers HEAD, too: what GET answers, without the body (RFC 9110,
    /// section 9.3.2). The gateway needs a route for it.
    #[must_use]
    pub fn with_head(mut self) -> Self {
        self.shape.head = true;
        self
    }

    /// The same route, which answers 202.
    #[must_use]
    pub fn accepts(mut self) -> Self {
        self.shape.status = 202;
        self
    }

    /// The same route, which answers with this content type instead of JSON.
    #[must_use]
    pub fn answers_with(mut self, content_type: &'static str) -> Self {
        self.shape.content_type = content_type;
        self
    }

    /// The same route, outside the OpenAPI document (`$default`).
    #[must_use]
    pub fn undocumented(mut self) -> Self {
        self.shape.documented = false;
        self
    }

    /// The same route, which heeds an `If-Match` header when one is sent.
    #[must_use]
    pub fn accepts_if_match(mut self) -> Self {
        self.shape.if_match = Some(false);
        self
    }

    /// The same route, which looks at no `If-Match`: for what must not fail because the thing has
    /// just changed, such as ending a session.
    #[must_use]
    pub fn unconditional(mut self) -> Self {
        self.shape.if_match = None;
        self
    }

    /// The same route, which answers with an `ETag`; a GET answers 304 to a client that has the
    /// present state already.
    #[must_use]
    pub fn with_etag(mut self) -> Self {
        self.shape.etag = true;
        self
    }

    fn guarded_by_etag(mut self) -> Self {
        self.shape.if_match = Some(true);
        self
    }

    /// The `operationId` in the OpenAPI document, which generated clients name their methods after:
    /// `placeOrder` of `place-order`.
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

    /// All routes of the gateway that lead here: [`Self::key`], and the one for HEAD.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let head = self.shape.head.then(|| format!("HEAD {}", self.path));
        std::iter::once(self.key()).chain(head).collect()
    }

    /// The route as API Gateway names it: `POST /api/v1/orders`.
    #[must_use]
    pub fn key(&self) -> String {
        if self.path == "$default" {
            self.path.to_owned()
        } else {
            format!("{} {}", self.method, self.path)
        }
    }
}

/// A function that answers calls: `async fn(Call) -> Result<Reply<T>>`, or with one more argument
/// that is taken from the request ([`crate::Json`], [`crate::Query`]).
pub trait Handler<A>: Send + Sync + 'static {
    /// Answers one call.
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Answer, Problem>>;
    /// What it takes and gives.
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
