//! Settings: what an admin can change of a deployment while it runs.
//!
//! What they leave open is decided by the deployment's parameters. Functions read them once in five
//! minutes each ([`builder_store::cached`]), so a change holds everywhere that much later, and at
//! once where it was made.

mod aggregate;
mod document;
mod expiry;
mod logo;
pub mod store;
#[cfg(test)]
mod tests;

use jiff::SignedDuration;

pub use aggregate::{Settings, SettingsEvent};
pub use document::{Branding, Company, Document, Invoices, Limits, Mail, Tax};
pub use expiry::{MAX_EXPIRY_HOURS, PastExpiry};
pub use logo::{Logo, LogoType};

/// How long a function uses the settings that it has read.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);
