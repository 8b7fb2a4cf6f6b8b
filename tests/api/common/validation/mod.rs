//! Input that is refused, and how problems are reported.

mod bodies;
mod errors;
mod texts;
