//! The small languages in templates: schedule expressions, filter patterns, and route keys.

pub(crate) mod filter;
pub(crate) mod router;
pub(crate) mod schedule;
