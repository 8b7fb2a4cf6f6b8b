//! What several requests have in common: their checks, as garde wants them, and the domain types
//! behind them.

use std::sync::Arc;

use builder_core::settings::Settings;
use builder_identity::account::user;
use builder_identity::email::EmailAddress;
use builder_identity::password::strength::Strength;
use builder_identity::password::{self, Passwords};
use builder_runtime::{App, Call};
use builder_store::error::{Error, Result};
use secrecy::{ExposeSecret, SecretString};

/// Longer than any password there may be, even with each character decomposed into four: what is
/// longer at sign-in isn't worth hashing.
const MAX_PRESENTED: usize = 1024;

pub(crate) fn is_email(text: &str, _: &()) -> garde::Result {
    EmailAddress::parse(text).map(drop).map_err(garde::Error::new)
}

pub(crate) fn is_name(text: &str, _: &()) -> garde::Result {
    user::check_name(text).map_err(garde::Error::new)
}

/// A password to be chosen.
pub(crate) fn is_new_password(password: &SecretString, _: &()) -> garde::Result {
    password::check(password).map_err(garde::Error::new)
}

/// Refuses a new password, at `pointer`, that is easy to guess for who knows what is `known` of its
/// owner, and what the company is called.
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

/// A password to be compared: the rules for new ones may have changed since it was chosen.
pub(crate) fn is_presented_password(password: &SecretString, _: &()) -> garde::Result {
    match password.expose_secret().chars().count() {
        1..=MAX_PRESENTED => Ok(()),
        _ => Err(garde::Error::new("must have 1 to 1024 characters")),
    }
}

/// The address behind a text that [`is_email`] has let pass.
pub(crate) fn email(text: &str) -> Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|detail| Error::invalid("/email", detail))
}

/// The instance's hasher.
pub(crate) fn passwords(app: &App) -> Result<Arc<Passwords>> {
    if let Some(kept) = app.kept::<Passwords>() {
        return Ok(kept);
    }
    Ok(app.keep(Passwords::from_env(app.env())?))
}
