//! The shared parts of the benchmarks: a stack in a process of its own, its users, and the
//! measurement of processes.
//!
//! `cold-start` runs the release binaries of the functions with its own Runtime API; `load` puts
//! the whole stack under load, and `thin` a service that only accepts orders; `cost` counts the AWS
//! calls of one request of each route; `money` measures payments and invoices. docs/BENCHMARKS.md
//! describes how to run them, and their results.

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
