//! Accounts and their sessions: who may call, and how they prove it.
//!
//! An account ([`user`]) begins as a registered address, and is usable once the link that was
//! mailed there is followed ([`verification`]). Signing in with the [`password`] starts a
//! [`session`], which gives two tokens: an access token ([`token`], a JWT signed with the
//! [`signing_key`]) that is good for an hour and is verified against the [`public_keys`] wherever
//! it is shown, and a refresh token ([`refresh_token`]) that gets the next pair. Between a request
//! and its handler stands the guard; it is made from the account's [`standing()`].

pub mod addresses;
pub mod api_key;
pub mod attempts;
pub mod challenge;
pub mod claims;
pub mod deletions;
pub mod directory;
pub mod email;
pub mod email_change;
pub mod export;
pub mod factors;
pub mod guessing;
pub mod identities;
pub mod key_use;
pub mod key_view;
pub mod known_networks;
pub mod mail_limit;
pub mod mail_token;
pub mod network;
pub mod password;
pub mod password_reset;
pub mod profile;
pub mod public_keys;
pub mod refresh_token;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod sessions;
pub mod signing_key;
pub mod signing_secret;
mod standing;
pub mod store;
pub mod strength;
pub mod token;
pub mod user;
pub mod verification;

#[cfg(test)]
mod tests;

pub use claims::AccessClaims;
pub use email::{EmailAddress, shown};
pub use profile::{Profile, ProfileChange};
pub use role::{Permission, Role};
pub use session::{Session, SessionEvent};
pub use standing::{AccountAccess, ApiKeyAccess, KeptSession, standing, standing_of_key};
pub use user::{Identity, NewApiKey, NewIdentity, Status, User, UserEvent};
