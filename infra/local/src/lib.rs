//! The whole system on one machine.
//!
//! [`Stack::start`] reads the SAM template and runs what it describes: an AWS endpoint ([`cloud`]),
//! API Gateway, Lambda with the given handlers (or their real binaries), event source mappings,
//! schedules and a mailbox. `infra/run` passes it the functions of this workspace and adds a
//! command line; the tests start many stacks in one process.

mod aws;
mod closing;
pub mod cloud;
mod console;
mod data_dir;
pub mod demo;
pub mod doctor;
mod gateway;
mod host;
mod idle;
mod lambda;
mod mappings;
pub mod meter;
mod private_dir;
mod recorder;
pub mod stack;
mod syntax;
pub mod template;
pub mod time;

pub use lambda::Mode;
pub use recorder::LogLines;
pub use stack::{Options, Stack};
