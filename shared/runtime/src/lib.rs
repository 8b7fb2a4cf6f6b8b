//! HTTP and Lambda mechanics. This crate knows no business domain.
//!
//! A deployable is a [`Function`]: one route ([`Route`]) or one job ([`Job`]). [`serve`] runs it
//! under Lambda; the local stack starts the same value in its own process and hands it the same
//! events. In the order a request meets them: `function` → `http_event` (payload format 2.0) →
//! `admission` (did it come by the edge, who is it, how many requests) → `input` → the handler,
//! which answers a [`Reply`] or a [`Problem`] → `admission::idempotency` (a repeated POST gets its
//! first answer) → `http_event` again.

mod admission;
mod app;
mod call;
mod event_view;
mod function;
mod guarded;
mod http_event;
mod input;
mod invocation;
mod job;
pub mod openapi;
mod page;
mod resources;
mod response;
mod retry;
mod route;
mod schema;
pub mod telemetry;

pub use admission::access::Access;
pub use admission::browser::{ACCESS_COOKIE, REFRESH_COOKIE};
pub use admission::caller::{Caller, Via};
pub use app::{App, Ports};
pub use builder_store::error::Fault;
pub use call::{Call, Precondition};
pub use event_view::EventView;
pub use function::{Function, Instance, serve};
pub use input::{AnyBody, BodyBytes, Json, Line, Patch, PostalCode, Query, read_as, reads_as};
pub use invocation::Invocation;
pub use job::{Change, Interrupted, Job, Message, Queue, Trigger, Work};
pub use page::{PageQuery, Paging, is_cursor};
pub use resources::{On, Resources, Right};
pub use response::problem::Problem;
pub use response::reply::{Answer, Body, Empty, Many, Raw, Reply};
pub use retry::retry_on_conflict;
pub use route::{Handler, Route};
pub use telemetry::trace::Trace;

/// What a handler gives: an answer, or a problem to report.
pub type Result<T, E = Problem> = std::result::Result<T, E>;
