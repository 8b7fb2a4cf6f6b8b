//! The whole system on one machine.
//!
//! [`Stack::start`] reads the SAM template and plays what it describes: an AWS endpoint
//! ([`cloud`]), API Gateway, Lambda with the handlers that it is given (or their real binaries),
//! event source mappings, schedules and a mailbox. `infra/run` gives it the functions of this
//! workspace and puts a command line around it; the tests start as many stacks as they like in one
//! process.

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
