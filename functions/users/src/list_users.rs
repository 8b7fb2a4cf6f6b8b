//! `GET /api/v1/users`

use builder_identity::account::directory::{self, Filter};
use builder_identity::account::user::Status;
use builder_identity::email::EmailAddress;
use builder_identity::keys::USERS;
use builder_identity::role::{Permission, Role};
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::UserView;

/// Filters for users.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListUsers {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous page.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only users with this role.
    #[garde(skip)]
    role: Option<Role>,
    /// Only users with this status. Pending accounts are unverified registrations and are returned
    /// only if this is `pending`.
    #[garde(skip)]
    status: Option<Status>,
    /// Only users whose e-mail address starts with this.
    #[garde(length(chars, min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "ada")]
    email: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-users",
            "/api/v1/users",
            Access::Permit(Permission::UsersAdmin),
            list_users,
        )
        .summary("List users")
        .description("Returns users, newest first; if `email` is given, sorted by e-mail address."),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .query_index("gsi1", [USERS])
            .query_index("gsi2", [USERS])
            .query_index("gsi3", [USERS]),
    )
}

async fn list_users(call: Call, Query(query): Query<ListUsers>) -> Result<Reply<Many<UserView>>> {
    // Normalized like stored addresses.
    let email = query.email.map(|email| {
        EmailAddress::parse(&email)
            .map_or_else(|_| email.trim().to_lowercase(), |address| address.as_str().to_owned())
    });
    let filter = Filter { role: query.role, status: query.status, email };
    let paging = call.paging(query.limit, query.cursor.as_deref(), format!("{filter:?}")).await?;
    let after = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let page = directory::list(call.table(), &filter, after, paging.limit).await?;
    call.page(&page.map(|user| UserView::from(&user.state)), &paging).await
}
