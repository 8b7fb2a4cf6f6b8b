//! Registration, verification of the e-mail address, and password reset.

pub mod bootstrap_admin;
pub mod forgot_password;
mod mailed_link;
pub mod register;
pub mod resend_verification;
pub mod reset_password;
pub mod verify_email;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        register::function(),
        verify_email::function(),
        resend_verification::function(),
        bootstrap_admin::function(),
        forgot_password::function(),
        reset_password::function(),
    ]
}
