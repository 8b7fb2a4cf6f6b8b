//! The caller's second factor.

pub mod confirm_second_factor;
pub mod disable_second_factor;
pub mod enrol_second_factor;
pub(crate) mod factor;
pub mod get_second_factor;
pub mod renew_backup_codes;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        enrol_second_factor::function(),
        confirm_second_factor::function(),
        disable_second_factor::function(),
        renew_backup_codes::function(),
        get_second_factor::function(),
    ]
}
