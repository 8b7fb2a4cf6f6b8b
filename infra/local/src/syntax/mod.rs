//! Small languages that templates are written in: schedule expressions, filter patterns, and the
//! keys of routes.

pub(crate) mod filter;
pub(crate) mod router;
pub(crate) mod schedule;
