//! Telling the endpoint of events (docs page "Receive Stripe events in your webhook endpoint").

mod delivery;
mod log;
mod schedule;
mod signature;

pub(crate) use delivery::{Sender, deliver};
pub use log::Delivery;
pub(crate) use log::Log;
