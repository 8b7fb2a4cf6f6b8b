//! Accounts and sessions: registration, sign-in, refresh, sign-out, the caller's own account.

pub mod bootstrap_admin;
pub mod change_email;
pub mod change_password;
pub mod confirm_email_change;
pub mod confirm_second_factor;
pub mod create_api_key;
pub mod delete_me;
pub mod disable_second_factor;
pub mod end_other_sessions;
pub mod end_session;
pub mod enrol_second_factor;
mod export;
pub mod export_me;
mod factor;
pub mod finish_oidc;
pub mod forgot_password;
pub mod get_api_key;
pub mod get_me;
pub mod get_second_factor;
mod guess;
mod identity_view;
mod input;
pub mod jwks;
mod known_network;
pub mod link_identity;
pub mod list_api_keys;
pub mod list_identities;
pub mod list_oidc_providers;
pub mod list_sessions;
mod live;
pub mod login;
pub mod login_second_factor;
pub mod logout;
mod mailed_link;
mod me;
mod named_page;
mod oidc;
mod pace;
mod profile_input;
pub mod refresh_token;
mod refusals;
pub mod register;
pub mod renew_backup_codes;
pub mod resend_verification;
pub mod reset_password;
pub mod revoke_api_key;
pub mod rotate_signing_key;
mod sign_in;
pub mod start_identity_link;
pub mod start_oidc;
mod step_up;
mod tokens;
pub mod undo_email_change;
pub mod unlink_identity;
pub mod update_me;
pub mod verify_email;

use builder_runtime::Function;

/// Every function of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        register::function(),
        verify_email::function(),
        resend_verification::function(),
        login::function(),
        refresh_token::function(),
        logout::function(),
        jwks::function(),
        get_me::function(),
        update_me::function(),
        bootstrap_admin::function(),
        list_sessions::function(),
        end_session::function(),
        end_other_sessions::function(),
        forgot_password::function(),
        reset_password::function(),
        rotate_signing_key::function(),
        change_password::function(),
        create_api_key::function(),
        list_api_keys::function(),
        revoke_api_key::function(),
        get_api_key::function(),
        enrol_second_factor::function(),
        confirm_second_factor::function(),
        disable_second_factor::function(),
        login_second_factor::function(),
        list_oidc_providers::function(),
        start_oidc::function(),
        finish_oidc::function(),
        list_identities::function(),
        start_identity_link::function(),
        link_identity::function(),
        unlink_identity::function(),
        export_me::function(),
        renew_backup_codes::function(),
        get_second_factor::function(),
        change_email::function(),
        confirm_email_change::function(),
        undo_email_change::function(),
        delete_me::function(),
    ]
}

/// How often a change is tried when others change the same account or session meanwhile.
const ATTEMPTS: u32 = 8;
