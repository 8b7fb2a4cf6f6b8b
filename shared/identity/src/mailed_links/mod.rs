//! Links that are mailed to an address: to verify it, to choose a new password, to change it.

pub mod email_change;
pub mod mail_limit;
pub mod mail_token;
pub mod password_reset;
pub mod verification;
