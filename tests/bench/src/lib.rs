//! What the benchmarks share: a stack in a process of its own, people who use it, and the measuring
//! of processes.
//!
//! `cold-start` runs the release binaries of the functions under a Runtime API of its own; `load`
//! puts the whole stack under load, and `thin` a service that does nothing but take orders; `cost`
//! counts what one request of each route calls; `money` measures payments and invoices.
//! docs/BENCHMARKS.md says how to run them and what they gave.

pub mod api;
pub mod aws;
pub mod cost;
pub mod function;
pub mod http1;
pub mod load;
pub mod money;
pub mod process;
pub mod stack;
pub mod stats;
