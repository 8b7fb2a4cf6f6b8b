//! Delivers events to the endpoint (docs page "Receive Stripe events in your webhook endpoint").

mod log;
pub(crate) mod schedule;
mod sender;
mod signature;

pub use log::Delivery;
pub(crate) use log::Log;
pub(crate) use sender::Sender;
