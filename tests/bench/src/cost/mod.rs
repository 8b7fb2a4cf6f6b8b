//! The cost of requests: one user's journey through all routes, with a count of each function's
//! calls.

mod bill;
mod jobs;
mod journey;
mod orders;
mod prices;
mod table;

pub use bill::Bill;
pub use jobs::schedules;
pub use journey::{prepare, round};
pub use orders::{OrderCost, orders};
