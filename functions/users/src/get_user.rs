//! `GET /api/v1/users/{id}`

use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::{UserView, account};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-user",
            "/api/v1/users/{id}",
            Access::Permit(Permission::UsersAdmin),
            get_user,
        )
        .summary("Retrieve a user")
        .with_etag(),
        Resources::new().batch_get([USER]),
    )
}

async fn get_user(call: Call) -> Result<Reply<UserView>> {
    let user = account(&call, call.path("id")?).await?.user;
    Ok(Reply::ok(&UserView::from(&user.state))?.etag(user.version))
}
