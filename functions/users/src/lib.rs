//! Administration of users: roles, status, sessions, API keys, and erasure.

pub mod end_user_sessions;
pub mod erasure;
pub mod get_user;
pub mod list_user_api_keys;
pub mod list_user_events;
pub mod list_users;
pub mod remove_second_factor;
pub mod revoke_user_api_key;
pub mod update_user;
mod view;

use builder_identity::account::store::{self, Account};
use builder_runtime::{Call, Function};
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
pub use view::UserView;

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        list_users::function(),
        get_user::function(),
        update_user::function(),
        erasure::erase_user::function(),
        end_user_sessions::function(),
        list_user_events::function(),
        remove_second_factor::function(),
        list_user_api_keys::function(),
        revoke_user_api_key::function(),
        erasure::reapply_erasures::function(),
        erasure::delete_accounts::function(),
    ]
}

/// Returns the account with this ID.
async fn account(call: &Call, id: UserId) -> Result<Account> {
    store::load(call.table(), id).await?.ok_or(Error::NotFound { what: "user" })
}
