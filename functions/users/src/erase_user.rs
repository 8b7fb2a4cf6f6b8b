//! `DELETE /api/v1/users/{id}`

use builder_core::commit::Commit;
use builder_core::users::{Permission, sessions, store};
use builder_runtime::{Access, Call, Empty, Function, Reply, Result, Route};

use crate::account;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::delete("erase-user", "/api/v1/users/{id}", Access::Permit(Permission::UsersAdmin), erase_user)
        .summary("Forget a person, for good: address, name and whatever events say of them. Orders stay, under the id")
        .refuses("last-admin", "It is the last admin that can act.")
        .into()
}

async fn erase_user(call: Call) -> Result<Reply<Empty>> {
    let wanted = call.if_match()?;
    let account = account(&call, call.path("id")?).await?;
    wanted.check(account.user.version)?;
    let user = account.user.state.id;
    // Sessions before and after: if this stops in between, it can be asked for again; and none can begin once the account is gone.
    sessions::forget_all(call.table(), &call.context(), user).await?;
    let mut commit = Commit::new(&call.context());
    store::erase(&mut commit, &account)?;
    commit.send(call.table()).await?;
    sessions::forget_all(call.table(), &call.context(), user).await?;
    Ok(Reply::no_content())
}
