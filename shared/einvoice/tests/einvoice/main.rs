//! Tests of the crate's public API.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod paper;
mod pdf;
mod rules;
mod samples;
mod xml;
