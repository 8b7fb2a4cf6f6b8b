//! `PATCH /api/v1/users/{id}`

use builder_identity::account::store;
use builder_identity::account::user::Status;
use builder_identity::keys::{ADMINS, GUARD, UNIQUE_API_KEY, USER};
use builder_identity::role::{Permission, Role};
use builder_runtime::{Access, Call, Function, Patch, Reply, Resources, Result, Route};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::merge::given;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{UserView, account};

/// Changes to a user. Omitted members stay unchanged; null isn't accepted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUser {
    /// The new role.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Role, required = false)]
    role: Option<Role>,
    /// The new status.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Switch, required = false)]
    status: Option<Switch>,
}

/// The status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// The account can be used.
    Active,
    /// The account can't be used.
    Disabled,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::patch(
            "update-user",
            "/api/v1/users/{id}",
            Access::Permit(Permission::UsersAdmin),
            update_user,
        )
        .summary("Update a user")
        .description(
            "Changes the role, or disables or enables the account. Takes effect on the user's next \
             request.",
        )
        .error("last-admin", "The account is the last active admin.")
        .error(PENDING, "The registration hasn't been verified yet.")
        .with_etag(),
        Resources::new()
            .batch_get([USER])
            .put([USER])
            .update([ADMINS])
            .delete([GUARD, UNIQUE_API_KEY]),
    )
}

const PENDING: &str = "registration-pending";

async fn update_user(call: Call, Patch(body): Patch<UpdateUser>) -> Result<Reply<UserView>> {
    let wanted = call.if_match()?;
    let account = account(&call, call.path("id")?).await?;
    wanted.check(account.user.version)?;
    let user = &account.user.state;
    if user.status == Status::Pending {
        let detail = "This registration hasn't been verified yet, so there is no account to \
                      change. It can only be deleted.";
        return Err(Error::refused(PENDING, detail).into());
    }
    let mut events = body.role.map(|role| user.change_role(role, call.now())).unwrap_or_default();
    events.extend(match body.status {
        Some(Switch::Active) => user.enable(call.now()),
        Some(Switch::Disabled) => user.disable(call.now()),
        None => Vec::new(),
    });
    if events.is_empty() {
        return Ok(Reply::ok(&UserView::from(user))?.etag(account.user.version));
    }
    let mut commit = Commit::new(&call.context());
    let after = store::change(&mut commit, &account, &events)?;
    let reply = Reply::ok(&UserView::from(&after.state))?.etag(after.version);
    Ok(call.commit(commit, reply).await?)
}
