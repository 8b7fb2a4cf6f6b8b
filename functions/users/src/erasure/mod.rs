//! Erasure of accounts, and the steps that follow it.

pub mod delete_accounts;
pub mod erase_user;
pub mod reapply_erasures;

use builder_core::ports::erasures::Erasures;
use builder_identity::sessions;
use builder_store::error::Result;
use builder_store::event::Context;
use builder_store::id::UserId;
use builder_store::table::Table;

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
