//! `DELETE /api/v1/users/{id}`

use builder_core::ports::erasures::Erasures;
use builder_identity::account::store;
use builder_identity::account::user::{Status, User};

use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Empty, Function, Reply, Result, Route};
use builder_store::aggregate::{Aggregate as _, Versioned};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use builder_store::keys;

use crate::{account, erasure};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "erase-user",
            "/api/v1/users/{id}",
            Access::Permit(Permission::UsersAdmin),
            erase_user,
        )
        .summary("Erase a user's personal data")
        .description(
            "Permanently erases the e-mail address, the name and all personal data in events. \
             Orders are retained under the user's ID.",
        )
        .error("last-admin", "The account is the last active admin."),
        erasure::resources_if_active().put_objects("AUDIT_BUCKET", "erasures/"),
    )
}

async fn erase_user(call: Call) -> Result<Reply<Empty>> {
    let (wanted, id) = (call.if_match()?, call.path("id")?);
    match account(&call, id).await {
        Ok(account) => {
            wanted.check(account.user.version)?;
            let mut commit = Commit::new(&call.context());
            store::erase(&mut commit, &account)?;
            commit.send(call.table()).await?;
        }
        // If an earlier request stopped after the commit, this one completes it.
        Err(Error::NotFound { .. }) if is_erased(&call, id).await? => {}
        Err(error) => return Err(error.into()),
    }
    let erasures = Erasures::new(call.app().aws().s3(), call.env().require("AUDIT_BUCKET")?);
    erasure::complete(call.table(), &call.context(), &erasures, id).await?;
    Ok(Reply::no_content())
}

async fn is_erased(call: &Call, id: UserId) -> builder_store::Result<bool> {
    let user: Option<Versioned<User>> = call.table().load(&keys::state(User::KIND, id)).await?;
    Ok(user.is_some_and(|user| user.state.status == Status::Erased))
}
