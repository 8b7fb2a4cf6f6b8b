//! What is left to do once an account is erased, by whichever way.

use builder_core::error::Result;
use builder_core::event::Context;
use builder_core::id::UserId;
use builder_core::ports::erasures::Erasures;
use builder_core::table::Table;
use builder_core::users::sessions;

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
