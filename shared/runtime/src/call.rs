//! One request as a handler sees it.

use std::sync::Arc;
use std::time::Duration;

use builder_store::aggregate::Versioned;
use builder_store::cached::Cached;
use builder_store::commit::Commit;
use builder_store::config::Env;
use builder_store::event::{Actor, Context};
use builder_store::id::{Id, Kind};
use builder_store::table::Table;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::admission::browser;
use crate::admission::caller::Caller;
use crate::admission::guard::bucket;
use crate::admission::idempotency::Claim;
use crate::app::App;
use crate::response::problem::Problem;
use crate::response::reply::Reply;
use crate::telemetry::trace::Trace;

/// One request.
pub struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) route: &'static str,
    pub(crate) table: Table,
    pub(crate) deadline: Instant,
    pub(crate) now: Timestamp,
    pub(crate) request_id: String,
    pub(crate) trace: Trace,
    pub(crate) caller: Option<Caller>,
    pub(crate) address: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) claim: Option<Arc<Claim>>,
}

/// What an `If-Match` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Any version will do.
    Any,
    /// One of these versions.
    Versions(Vec<u64>),
}

impl Call {
    /// The tables, for as long as this request lasts.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What lives longer than the request.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The function's environment.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.app.env()
    }

    /// The time the request came in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the answer must be out.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How much time is left to answer.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The caller's network address, as the edge saw it, or the gateway where there is no edge.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The network that the caller's address counts for: itself, or its /64 network for IPv6.
    #[must_use]
    pub fn network(&self) -> String {
        bucket(&self.address)
    }

    /// Whether an address is of the caller's network.
    #[must_use]
    pub fn is_near(&self, address: &str) -> bool {
        bucket(address) == self.network()
    }

    /// The caller of a route that isn't public.
    ///
    /// # Errors
    /// 401 on a public route, where nobody was asked who they are.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(|| Problem::unauthenticated("Sign in first."))
    }

    /// The path as the client sent it.
    #[must_use]
    pub fn path_as_sent(&self) -> &str {
        &self.path
    }

    /// A request header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie of the request. None when there are two of this name: one of them was planted.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        browser::cookie(&self.headers, name)
    }

    /// Lets a request pass that a page of ours has sent: for what sets cookies.
    ///
    /// # Errors
    /// 403 for pages of others, and for programs.
    pub fn from_own_page(&self) -> Result<(), Problem> {
        browser::from_own_page(&self.headers, self.env())
    }

    /// Whether a browser navigates here, so that it can be led elsewhere. A script can't follow to
    /// another origin without that origin's leave.
    #[must_use]
    pub fn is_navigation(&self) -> bool {
        browser::is_navigation(&self.headers)
    }

    /// Returns a path parameter unchanged.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    /// The id in a path parameter.
    ///
    /// # Errors
    /// 404 when it is no id of this kind: there can't be such a thing.
    pub fn path<K: Kind>(&self, name: &str) -> Result<Id<K>, Problem> {
        self.parameter(name).and_then(|text| text.parse().ok()).ok_or_else(|| {
            let noun = K::NAME.trim_end_matches("Id").to_lowercase();
            Problem::not_found(&noun)
        })
    }

    /// Returns the precondition of the `If-Match` header.
    ///
    /// # Errors
    /// 428 when it is missing.
    pub fn if_match(&self) -> Result<Precondition, Problem> {
        self.if_match_if_sent()?.ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition-required",
                "This change requires an If-Match header with the ETag that was read.",
            )
        })
    }

    /// Returns the precondition of the `If-Match` header, if there is one.
    ///
    /// # Errors
    /// 400 when it is no text.
    pub fn if_match_if_sent(&self) -> Result<Option<Precondition>, Problem> {
        let Some(header) = self.headers.get("if-match") else { return Ok(None) };
        let header = header.to_str().map_err(|_| {
            Problem::malformed("The If-Match header must have only ASCII characters.")
        })?;
        Ok(Some(Precondition::parse(header)))
    }

    /// The circumstances to record in events.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            actor: self.caller.as_ref().map_or(Actor::Anonymous, Caller::actor),
            at: self.now,
            request_id: self.request_id.clone(),
            traceparent: Some(self.trace.to_string()),
        }
    }

    /// Returns whether a request with the same idempotency key was completed in the meantime.
    ///
    /// # Errors
    /// As [`Table::call`].
    pub async fn was_answered(&self) -> builder_store::Result<bool> {
        match &self.claim {
            Some(claim) => Ok(self.table.get(&claim.record_key()).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Writes `commit` and returns `reply`. If the request has an `Idempotency-Key`, the response
    /// is stored in the same write.
    ///
    /// Every POST that succeeds ends here, even when it changes nothing: otherwise its repetition
    /// would run again.
    ///
    /// # Errors
    /// What [`Commit::send`] gives.
    pub async fn commit<T>(
        &self,
        mut commit: Commit,
        reply: Reply<T>,
    ) -> builder_store::Result<Reply<T>> {
        if let Some(claim) = &self.claim {
            commit.record(&claim.record(&reply.answer, self.now)?);
        }
        commit.send_unless_empty(&self.table).await?;
        Ok(reply)
    }

    /// The aggregate as it was at most [`Cached::LIFE`] ago.
    ///
    /// # Errors
    /// As [`Cached::load`]: what is too old is not used, even if nothing newer can be read.
    pub async fn cached<T: Cached>(&self) -> builder_store::Result<Arc<Versioned<T>>> {
        self.app.cached(&self.table).await
    }

    /// Discards what is in memory of the aggregate, so that the next use reads it again. For a
    /// request that has changed it.
    pub async fn clear_cached<T: Cached>(&self) {
        self.app.clear_cached::<T>().await;
    }
}

impl Precondition {
    /// Reads `*` or a list of ETags (RFC 9110, section 13.1.1). One that isn't ours matches
    /// nothing.
    fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            Self::Any
        } else {
            Self::Versions(header.split(',').filter_map(version_of).collect())
        }
    }

    /// Lets `version` pass, or not.
    ///
    /// # Errors
    /// [`builder_store::Error::VersionConflict`] when another version was asked for.
    pub fn check(&self, version: u64) -> builder_store::Result<()> {
        match self {
            Self::Versions(wanted) if !wanted.contains(&version) => {
                Err(builder_store::Error::VersionConflict)
            }
            _ => Ok(()),
        }
    }
}

/// The version in an ETag of ours: `"3"` (`"0"` is what has never been changed), or `"3.25"` with a
/// variant that doesn't matter to changes. A weak tag matches nothing: If-Match compares strongly
/// (RFC 9110, section 13.1.1).
fn version_of(tag: &str) -> Option<u64> {
    let tag = tag.trim();
    let quoted = tag.strip_prefix('"')?.strip_suffix('"')?;
    let (version, variant) = quoted.split_once('.').unwrap_or((quoted, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical =
        is_number(version) && (version == "0" || !version.starts_with('0')) && is_number(variant);
    canonical.then(|| version.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precondition_is_any_or_a_list_of_our_tags() {
        assert_eq!(Precondition::parse(" * "), Precondition::Any);
        for (header, versions) in [
            (r#""1""#, vec![1]),
            (r#""1" , "2","3.25""#, vec![1, 2, 3]),
            (r#"W/"1""#, vec![]),
            (r#"W/"1", "2""#, vec![2]),
            (r#""other", "7""#, vec![7]),
            (r#""0""#, vec![0]),
            (r#""00""#, vec![]),
            ("1", vec![]),
            (r#""+1""#, vec![]),
            (r#""01""#, vec![]),
            (r#""1.x""#, vec![]),
            (r#""1."#, vec![]),
            ("", vec![]),
        ] {
            assert_eq!(Precondition::parse(header), Precondition::Versions(versions), "{header}");
        }
    }
}
