//! The crate from outside.

mod pdf;
mod rules;
mod samples;
mod xml;
