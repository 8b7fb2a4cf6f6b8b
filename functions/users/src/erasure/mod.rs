//! Erasure of accounts, and the steps that follow it.

pub mod delete_accounts;
pub mod erase_user;
pub mod reapply_erasures;

use builder_core::ports::erasures::Erasures;
use builder_identity::keys::{ADMINS, GUARD, UNIQUE_API_KEY, UNIQUE_EMAIL, UNIQUE_IDENTITY, USER};
use builder_identity::sessions;
use builder_runtime::Resources;
use builder_store::error::Result;
use builder_store::event::Context;
use builder_store::id::UserId;
use builder_store::table::Table;

/// Returns the resources that the erasure of an account and of its sessions needs.
fn resources() -> Resources {
    Resources::new().batch_get([USER]).query([USER]).put([USER]).delete([
        GUARD,
        UNIQUE_EMAIL,
        UNIQUE_IDENTITY,
        USER,
    ])
}

/// Returns the same for an account that may be active: it can have API keys, and be an admin.
fn resources_if_active() -> Resources {
    resources().update([ADMINS]).delete([UNIQUE_API_KEY])
}

/// Deletes the sessions of an erased account, and records the erasure. Can be repeated.
pub(crate) async fn complete(
    table: &Table,
    context: &Context,
    erasures: &Erasures,
    user: UserId,
) -> Result<()> {
    // No new session can be started.
    sessions::forget_all(table, context, user).await?;
    // The record lets the erasure be applied again after an older backup is restored.
    erasures.record(user).await
}
