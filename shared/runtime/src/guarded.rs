//! The processing of one request: authentication, admission, the handler, and the response.

use std::sync::Arc;
use std::time::Duration;

use builder_identity::api_keys::api_key::{self, ApiKeyText};
use builder_identity::policy;
use builder_identity::role::Role;
use builder_identity::tokens::claims::AccessClaims;
use builder_identity::tokens::token;
use builder_store::table::Table;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use tracing::Instrument;

use crate::admission::access::{Access, Idempotency};
use crate::admission::browser::{self, ACCESS_COOKIE};
use crate::admission::caller::Caller;
use crate::admission::guard::{self, Credential, Limit, RateLimitStatus, bucket};
use crate::admission::idempotency::Claim;
use crate::admission::origin_lock::OriginLock;
use crate::app::App;
use crate::call::Call;
use crate::http_event::HttpEvent;
use crate::invocation::Invocation;
use crate::response::problem::Problem;
use crate::response::reply::{Answer, Body};
use crate::route::Route;
use crate::telemetry::trace::Trace;
use crate::telemetry::{self, Measured};

/// Requests aren't started if too little time is left to complete them.
const LEAST_TIME: Duration = Duration::from_millis(300);
/// Kept back to get a 503 out before the platform stops the function.
const RESERVE: Duration = Duration::from_millis(150);

/// Answers one request; problems and all.
pub(crate) async fn answer(
    app: &Arc<App>,
    route: &Route,
    lock: &OriginLock,
    mut event: HttpEvent,
    invocation: &Invocation,
    deadline: Instant,
    cold: bool,
) -> Answer {
    let started = std::time::Instant::now();
    let headers = event.headers();
    let request_id = request_id(&headers, &invocation.request_id);
    let trace = trace(&headers, invocation);
    let span = tracing::info_span!(
        "request",
        function = app.name,
        request_id,
        trace_id = trace.id(),
        cold_start = cold
    );
    let answer = async {
        let path = event.raw_path.clone();
        let until = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        let mut request = Request {
            app,
            route,
            lock,
            headers,
            request_id: &request_id,
            trace,
            until,
            limit: None,
            head: event.method() == "HEAD",
        };
        let work = request.run(&mut event);
        let outcome = match tokio::time::timeout_at(until, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::unavailable(1, Some("the request timed out".into()))),
        };
        let mut answer = outcome.unwrap_or_else(|problem| report(&problem, &path, &request_id));
        finish(&mut answer, &request, &request_id);
        let elapsed = started.elapsed();
        let status = answer.status.as_u16();
        tracing::info!(
            method = event.method(),
            path,
            status,
            elapsed_ms = telemetry::milliseconds(elapsed),
            "answered"
        );
        telemetry::measure(&Measured {
            function: app.name,
            route: &route.key(),
            status: Some(status),
            elapsed,
            cold,
            failed: status >= 500,
        });
        answer
    };
    answer.instrument(span).await
}

struct Request<'a> {
    app: &'a Arc<App>,
    route: &'a Route,
    lock: &'a OriginLock,
    headers: HeaderMap,
    request_id: &'a str,
    trace: Trace,
    until: Instant,
    limit: Option<(Limit, RateLimitStatus)>,
    /// Whether it is a HEAD request.
    head: bool,
}

impl Request<'_> {
    async fn run(&mut self, event: &mut HttpEvent) -> Result<Answer, Problem> {
        if self.until.saturating_duration_since(Instant::now()) < LEAST_TIME {
            return Err(Problem::unavailable(1, Some("too little time was left to start".into())));
        }
        let address = self.lock.admit(&mut self.headers, event.source_address())?;
        let body =
            event.take_body().ok_or_else(|| Problem::malformed("The body is not valid base64."))?;
        let now = self.app.clock().now();
        let table = self.app.table().until(self.until);
        let caller = self.admit(&address, &table, now).await?;
        let who =
            caller.as_ref().map_or_else(|| bucket(&address), |caller| caller.user.to_string());
        let mut claim = match (self.route.idempotency, self.headers.get("idempotency-key")) {
            (Idempotency::Optional | Idempotency::Demanded | Idempotency::Leased, Some(key)) => {
                // A key that is not text must be rejected, not ignored.
                let key = String::from_utf8_lossy(key.as_bytes());
                Some(Claim::new(
                    &format!("{who} {}", self.route.name),
                    &key,
                    &event.raw_path,
                    &body,
                )?)
            }
            (Idempotency::Demanded | Idempotency::Leased, None) => {
                return Err(Problem::key_required());
            }
            _ => None,
        };
        let leased = self.route.idempotency == Idempotency::Leased;
        if let Some(claim) = claim.as_mut().filter(|_| leased)
            && let Some(kept) = claim
                .take(&table, now, self.until.saturating_duration_since(Instant::now()))
                .await?
        {
            return Ok(replayed(kept));
        }
        if let Some(claim) = claim.as_ref().filter(|_| self.route.replays_first)
            && let Some(kept) = claim.find(&table, now).await?
        {
            return Ok(replayed(kept));
        }
        let claim = claim.map(Arc::new);
        let call = Call {
            app: self.app.clone(),
            route: self.route.name,
            table: table.clone(),
            deadline: self.until,
            now,
            request_id: self.request_id.to_owned(),
            trace: self.trace.clone(),
            caller,
            address,
            path: event.raw_path.clone(),
            parameters: event.parameters(),
            query: std::mem::take(&mut event.raw_query_string),
            headers: self.headers.clone(),
            body,
            claim: claim.clone(),
        };
        let outcome = (self.route.handle)(call).await;
        let Err(problem) = outcome else { return outcome };
        if let Some(claim) = claim.as_ref().filter(|_| leased) {
            // If another run of the same request took over in the meantime, its response is
            // returned.
            if problem.status == StatusCode::CONFLICT
                && let Some(kept) = claim.find(&table, now).await?
            {
                return Ok(replayed(kept));
            }
            let fault = problem.status.is_server_error()
                && problem.status != StatusCode::SERVICE_UNAVAILABLE;
            let answer = fault.then(|| report(&problem, &event.raw_path, self.request_id));
            if let Err(error) = claim.end(&table, answer.as_ref(), now).await {
                tracing::warn!(%error, "could not release an idempotency key; its lease expires \
                 by itself");
            }
            return answer.ok_or(problem);
        }
        // Rejected: was it because the request was completed before? (If the store didn't respond,
        // this can't be determined.)
        if let Some(claim) = claim
            && problem.status != StatusCode::SERVICE_UNAVAILABLE
            && let Some(kept) = claim.find(&table, now).await?
        {
            return Ok(replayed(kept));
        }
        // There was no precondition, so this is not a failed one: another request was faster.
        let asked = self.route.shape.if_match.is_some() && self.header("if-match").is_some();
        if problem.status == StatusCode::PRECONDITION_FAILED && !asked {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "conflict",
                "Another request changed this at the same time. Try again.",
            ));
        }
        Err(problem)
    }

    /// Lets the request in, and counts it.
    async fn admit(
        &mut self,
        address: &str,
        table: &Table,
        now: jiff::Timestamp,
    ) -> Result<Option<Caller>, Problem> {
        match self.route.access {
            Access::Open => Ok(None),
            Access::Public => self.count_address(address, table, now).await.map(|()| None),
            access @ (Access::Permit(_) | Access::PublicOr(_)) => {
                let admitted = match self.verify(table, now).await {
                    Ok(credential) => self.count_caller(&credential, access, table, now).await,
                    Err(problem) => Err(problem),
                };
                match admitted {
                    // Requests with invalid or revoked tokens are limited like anonymous ones. So
                    // are cross-site requests of browsers: they count for the address, so that they
                    // don't use up the limit of the browser's user.
                    Err(problem)
                        if problem.status == StatusCode::UNAUTHORIZED
                            || problem.code == browser::REFUSED =>
                    {
                        self.count_address(address, table, now).await?;
                        if matches!(access, Access::PublicOr(_)) { Ok(None) } else { Err(problem) }
                    }
                    admitted => {
                        let caller = admitted?;
                        self.require_second_factor(&caller, table).await?;
                        Ok(Some(caller))
                    }
                }
            }
        }
    }

    /// Rejects admins without a second factor if the settings require one. The settings are read
    /// each time, only for admins, so that a change applies to the next request.
    async fn require_second_factor(&self, caller: &Caller, table: &Table) -> Result<(), Problem> {
        if caller.role != Role::Admin || caller.second_factor || self.route.without_second_factor {
            return Ok(());
        }
        if !policy::load(table).await?.require_second_factor_for_admins {
            return Ok(());
        }
        let detail = "Admins must have a second factor. Set one up with POST \
         /api/v1/auth/second-factor, and confirm it.";
        Err(Problem::new(StatusCode::FORBIDDEN, "second-factor-required", detail))
    }

    async fn count_caller(
        &mut self,
        credential: &Credential,
        access: Access,
        table: &Table,
        now: jiff::Timestamp,
    ) -> Result<Caller, Problem> {
        let quota = self.app.env().parse("CALLER_LIMIT_PER_HOUR", "a whole number")?;
        let limit = Limit { name: "caller", quota, seconds: 3600 };
        let who = credential.guard().pk;
        let exempt = self.route.exempt_from_rate_limit;
        if !exempt {
            self.refuse_blocked(&who, limit, now)?;
        }
        let (count, caller) = guard::count_caller(table, credential, access, limit, now).await?;
        self.limit = Some((limit, count));
        if count.allowed || exempt {
            return caller;
        }
        let problem = limit.exceeded(&count);
        self.remember(who, limit, &problem, now);
        Err(problem)
    }

    async fn count_address(
        &mut self,
        address: &str,
        table: &Table,
        now: jiff::Timestamp,
    ) -> Result<(), Problem> {
        let quota = self.app.env().parse("IP_LIMIT_PER_MINUTE", "a whole number")?;
        let limit = Limit { name: "ip", quota, seconds: 60 };
        let who = bucket(address);
        self.refuse_blocked(&who, limit, now)?;
        let count =
            guard::count_address(table, address, limit, now).await.inspect_err(|problem| {
                self.remember(who, limit, problem, now);
            })?;
        self.limit = Some((limit, count));
        Ok(())
    }

    async fn verify(&self, table: &Table, now: jiff::Timestamp) -> Result<Credential, Problem> {
        let missing = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Sign in, and send the access token as Authorization: Bearer <token>; or send an \
                 API key that way.",
            )
            .header("www-authenticate", r#"Bearer realm="builder-api""#.to_owned())
        };
        let Some(header) = self.header("authorization") else {
            let token = browser::cookie(&self.headers, ACCESS_COOKIE).ok_or_else(missing)?;
            return self.verify_cookie(token, table, now).await;
        };
        let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        let token = token.trim();
        if token.starts_with(api_key::PREFIX) {
            let key = ApiKeyText::parse(token).ok_or_else(|| {
                Problem::unauthenticated("This is not a valid API key: its checksum is wrong.")
            })?;
            return Ok(Credential::ApiKey(key.hash()));
        }
        let claims = self.claims(token, table, now).await?;
        if claims.csrf.is_some() {
            return Err(Problem::unauthenticated(
                "This access token is valid only in the cookie that it was set in.",
            ));
        }
        Ok(Credential::Token(claims))
    }

    async fn verify_cookie(
        &self,
        token: &str,
        table: &Table,
        now: jiff::Timestamp,
    ) -> Result<Credential, Problem> {
        let claims = self.claims(token, table, now).await?;
        if claims.csrf.is_none() {
            return Err(Problem::unauthenticated(
                "This access token must be sent in the Authorization header, not in a cookie.",
            ));
        }
        browser::meant(&self.route.method, &self.headers, &claims, self.app.env())?;
        Ok(Credential::Token(claims))
    }

    async fn claims(
        &self,
        token: &str,
        table: &Table,
        now: jiff::Timestamp,
    ) -> Result<AccessClaims, Problem> {
        let issuer = self.app.env().require("PUBLIC_URL")?;
        Ok(token::verify(token, issuer, &self.app.keys, table, now).await?)
    }

    fn refuse_blocked(
        &mut self,
        who: &str,
        limit: Limit,
        now: jiff::Timestamp,
    ) -> Result<(), Problem> {
        let Some(reset) = self.app.blocked.seconds(who, now.as_millisecond()) else {
            return Ok(());
        };
        let count = RateLimitStatus { allowed: false, remaining: 0, reset };
        self.limit = Some((limit, count));
        Err(limit.exceeded(&count))
    }

    /// A caller that exceeded its limit is rejected without a read until a request is allowed
    /// again.
    fn remember(&mut self, who: String, limit: Limit, problem: &Problem, now: jiff::Timestamp) {
        if problem.status != StatusCode::TOO_MANY_REQUESTS {
            return;
        }
        let wait = problem
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after")
            .and_then(|(_, value)| value.parse::<i64>().ok());
        if let Some(seconds) = wait {
            self.limit =
                Some((limit, RateLimitStatus { allowed: false, remaining: 0, reset: seconds }));
            self.app.blocked.insert(
                who,
                now.as_millisecond() + seconds * 1000,
                now.as_millisecond(),
            );
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Returns a stored response, marked as such.
fn replayed(mut kept: Answer) -> Answer {
    kept.headers.push(("idempotent-replayed".to_owned(), "true".to_owned()));
    kept
}

/// Returns the response of a problem. Its cause is logged, once.
fn report(problem: &Problem, path: &str, request_id: &str) -> Answer {
    match (&problem.cause, problem.status.is_server_error()) {
        (Some(cause), _) => tracing::error!(code = %problem.code, %cause, "failed"),
        (None, true) => tracing::error!(code = %problem.code, "failed"),
        (None, false) => tracing::debug!(code = %problem.code, "refused"),
    }
    let mut headers = vec![("content-type".to_owned(), "application/problem+json".to_owned())];
    headers.extend(problem.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Answer { status: problem.status, headers, body: Body::Text(problem.body(path, request_id)) }
}

/// Adds the headers of every response, and returns 304 if the client has the current version.
fn finish(answer: &mut Answer, request: &Request<'_>, request_id: &str) {
    if answer.status == StatusCode::OK
        && request.route.method == http::Method::GET
        && let (Some(tag), Some(known)) = (answer.get("etag"), request.header("if-none-match"))
        && known.split(',').any(|known| known.trim() == "*" || weak(known) == weak(tag))
    {
        answer.status = StatusCode::NOT_MODIFIED;
        answer.body = Body::Empty;
        answer.headers.retain(|(name, _)| name != "content-type");
    }
    if request.head {
        // The status and headers are those of GET (RFC 9110, section 9.3.2).
        answer.body = Body::Empty;
    }
    let mut set = |name: &str, value: String| {
        if answer.get(name).is_none() {
            answer.headers.push((name.to_owned(), value));
        }
    };
    if let Some((limit, count)) = &request.limit {
        set("ratelimit-policy", limit.policy());
        set("ratelimit", limit.header(count));
    }
    set("x-request-id", request_id.to_owned());
    set("cache-control", "no-store".to_owned());
    // https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
    set("content-security-policy", "default-src 'none'; frame-ancestors 'none'".to_owned());
    set("strict-transport-security", "max-age=63072000; includeSubDomains".to_owned());
    set("x-content-type-options", "nosniff".to_owned());
    set("referrer-policy", "no-referrer".to_owned());
}

/// A tag as If-None-Match compares it: whether it is weak doesn't matter (RFC 9110, section
/// 13.1.2).
fn weak(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The client's request id, if it is one a log can carry, else Lambda's.
fn request_id(headers: &HeaderMap, ours: &str) -> String {
    let sent = headers.get("x-request-id").and_then(|value| value.to_str().ok());
    let well_formed = |id: &&str| {
        (8..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    sent.filter(well_formed).unwrap_or(ours).to_owned()
}

fn trace(headers: &HeaderMap, invocation: &Invocation) -> Trace {
    let sent =
        headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(Trace::parse);
    let xray = || invocation.trace_id.as_deref().and_then(Trace::from_xray);
    sent.or_else(xray).map_or_else(Trace::start, |trace| trace.child())
}
