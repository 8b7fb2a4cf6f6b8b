//! HTTP and Lambda mechanics. This crate knows no domain.
//!
//! A deployable is a [`Function`]: one route ([`Route`]) or one job ([`Job`]). [`serve`] runs it under Lambda; the local stack
//! starts the same value in its own process and hands it the same events. In the order a request meets them:
//! `function` → `http` (payload format 2.0) → `origin_lock` (did it come by the edge) → `guard` (who is it, how many requests) → the
//! handler, which answers a [`Reply`] or a [`Problem`] → `idempotency` (a repeated POST gets its first answer) → `http` again.

mod app;
mod browser;
mod call;
mod event_view;
mod function;
mod guard;
mod guarded;
mod http_event;
mod idempotency;
mod input;
mod job;
mod lease;
pub mod openapi;
mod origin_lock;
mod page;
mod problem;
mod reply;
mod route;
mod settings;
mod settle;
pub mod telemetry;
mod trace;
mod viewer_address;

pub use app::{App, Ports};
pub use browser::{ACCESS_COOKIE, REFRESH_COOKIE};
pub use builder_core::error::Fault;
pub use call::{Call, Caller, Precondition, Via};
pub use event_view::EventView;
pub use function::{Function, Instance, Invocation, serve};
pub use input::{AnyBody, BodyBytes, Json, Patch, Query};
pub use job::{Change, Interrupted, Job, Message, Work};
pub use page::{PageQuery, Paging, is_cursor};
pub use problem::Problem;
pub use reply::{Answer, Body, Empty, Many, Raw, Reply};
pub use route::{Access, Handler, Route};
pub use settle::settle;
pub use trace::Trace;

/// What a handler gives: an answer, or a problem to report.
pub type Result<T, E = Problem> = std::result::Result<T, E>;
