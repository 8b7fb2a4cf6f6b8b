//! E-mail notifications: their templates, and the job that sends them.

mod compose;
mod email_change;
mod invoice;
mod letter;
mod people;
pub mod send_email;
mod templates;

use builder_runtime::Function;

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![send_email::function()]
}
