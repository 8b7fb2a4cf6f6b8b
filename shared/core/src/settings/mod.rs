//! Settings: what an admin can change of a deployment while it runs.
//!
//! What they leave open is decided by the deployment's parameters. Functions read them once in five
//! minutes each (`runtime/settings.rs`), so a change holds everywhere [`LIFE`] later, and at once
//! where it was made.

mod aggregate;
mod document;
mod expiry;
mod logo;
mod security;
pub mod store;
#[cfg(test)]
mod tests;

use jiff::SignedDuration;

pub use aggregate::{Settings, SettingsEvent};
pub use document::{Branding, Company, Document, Invoices, Limits, Mail, Tax};
pub use expiry::{MAX_EXPIRY_HOURS, PastExpiry};
pub use logo::{Logo, LogoType};
pub use security::{Disclosure, MAX_SESSION_DAYS, Security};

/// How long a function goes by the settings that it has read.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);
