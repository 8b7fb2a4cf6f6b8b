//! Settings: the configuration that admins can change while a deployment runs.
//!
//! Values that aren't set default to the deployment's parameters. Functions read the settings once
//! every five minutes ([`builder_store::cached`]), so a change takes effect everywhere within that
//! time, and at once in the instance that made it.

mod aggregate;
mod bank_account;
mod document;
mod expiry;
mod logo;
pub mod store;
#[cfg(test)]
mod tests;
mod time_zone;

use jiff::SignedDuration;

pub use aggregate::{Settings, SettingsEvent};
pub use bank_account::{BankAccount, Iban, IbanError};
pub use document::{Branding, Company, Document, Invoices, Limits, Mail, Tax};
pub use expiry::{MAX_EXPIRY_HOURS, PastExpiry};
pub use logo::{Logo, LogoType};
pub use time_zone::{TimeZone, TimeZoneError};

/// How long a function caches the settings.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);
