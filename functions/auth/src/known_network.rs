//! Networks that the owner of an account is known to use.

use builder_identity::account::user::User;
use builder_identity::sessions;
use builder_runtime::Call;

/// Returns whether the caller is on a network that the owner of this account is known to use: a
/// session started there, or a link from an e-mail to the owner was followed there.
///
/// # Errors
/// As [`Table::call`](builder_store::table::Table::call).
pub(crate) async fn is_of(call: &Call, user: &User) -> builder_store::Result<bool> {
    if user.addresses.iter().any(|address| call.is_near(address)) {
        return Ok(true);
    }
    sessions::began_at(call.table(), user.id, |address| call.is_near(address)).await
}
