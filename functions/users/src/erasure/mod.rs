//! What is left to do once an account is erased, by whichever way.

pub mod delete_accounts;
pub mod erase_user;
pub mod reapply_erasures;

use builder_core::ports::erasures::Erasures;
use builder_identity::sessions;
use builder_store::error::Result;
use builder_store::event::Context;
use builder_store::id::UserId;
use builder_store::table::Table;

/// Forgets the sessions of an erased account, and records the erasure. May be done again.
pub(crate) async fn complete(
    table: &Table,
    context: &Context,
    erasures: &Erasures,
    user: UserId,
) -> Result<()> {
    // None can begin any more.
    sessions::forget_all(table, context, user).await?;
    // A backup from before must not bring the person back.
    erasures.record(user).await
}
