//! Validation and parsing that several requests share.

use std::sync::Arc;

use builder_core::settings::Settings;
use builder_identity::account::user;
use builder_identity::email::EmailAddress;
use builder_identity::password::strength::Strength;
use builder_identity::password::{self, Passwords};
use builder_runtime::{App, Call};
use builder_store::error::{Error, Result};
use secrecy::{ExposeSecret, SecretString};

/// The maximum length of a password at sign-in, in characters. It exceeds the maximum length of a
/// password even if each character is decomposed into four, so anything longer need not be hashed.
const MAX_PRESENTED: usize = 1024;

pub(crate) fn is_email(text: &str, _: &()) -> garde::Result {
    EmailAddress::parse(text).map(drop).map_err(garde::Error::new)
}

pub(crate) fn is_name(text: &str, _: &()) -> garde::Result {
    user::check_name(text).map_err(garde::Error::new)
}

/// Validates a new password.
pub(crate) fn is_new_password(password: &SecretString, _: &()) -> garde::Result {
    password::check(password).map_err(garde::Error::new)
}

/// Rejects a new password, at `pointer`, that is easy to guess with the `known` facts about its
/// owner and the names of the company.
pub(crate) async fn check_strength(
    call: &Call,
    pointer: &str,
    password: &SecretString,
    known: &[&str],
) -> Result<()> {
    let settings = call.cached::<Settings>().await?;
    let known: Vec<&str> = known.iter().copied().chain(settings.state.document.names()).collect();
    let strength = Strength::from_env(call.env())?;
    strength.check(password, &known).map_err(|reasons| Error::invalid(pointer, reasons))
}

/// Validates a password to compare. The rules for new passwords don't apply: they may have changed
/// since it was chosen.
pub(crate) fn is_presented_password(password: &SecretString, _: &()) -> garde::Result {
    match password.expose_secret().chars().count() {
        1..=MAX_PRESENTED => Ok(()),
        _ => Err(garde::Error::new("must have 1 to 1024 characters")),
    }
}

/// Parses a text that [`is_email`] has accepted.
pub(crate) fn email(text: &str) -> Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|detail| Error::invalid("/email", detail))
}

/// Returns the instance's password hasher.
pub(crate) fn passwords(app: &App) -> Result<Arc<Passwords>> {
    if let Some(kept) = app.kept::<Passwords>() {
        return Ok(kept);
    }
    Ok(app.keep(Passwords::from_env(app.env())?))
}
