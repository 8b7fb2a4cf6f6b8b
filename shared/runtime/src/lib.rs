//! HTTP and Lambda infrastructure. This crate contains nothing about a business domain.
//!
//! A deployable is a [`Function`]: one route ([`Route`]) or one job ([`Job`]). [`serve`] runs it in
//! Lambda; the local stack starts the same value in its own process and passes it the same events.
//! A request is processed in this order: `function` → `http_event` (payload format 2.0) →
//! `admission` (origin lock, authentication, rate limits) → `input` → the handler, which returns a
//! [`Reply`] or a [`Problem`] → `admission::idempotency` (a repeated POST receives the first
//! response) → `http_event` again.

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

/// The result of a handler: a response, or a problem to report.
pub type Result<T, E = Problem> = std::result::Result<T, E>;
