//! The caller's account.

pub mod change_email;
pub mod change_password;
pub mod confirm_email_change;
pub mod delete_me;
mod export;
pub mod export_me;
pub mod get_me;
mod profile_input;
pub mod undo_email_change;
pub mod update_me;
mod view;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        get_me::function(),
        update_me::function(),
        change_password::function(),
        export_me::function(),
        change_email::function(),
        confirm_email_change::function(),
        undo_email_change::function(),
        delete_me::function(),
    ]
}
