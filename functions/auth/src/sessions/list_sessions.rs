//! `GET /api/v1/sessions`

use builder_identity::account::user::User;
use builder_identity::id::SessionId;
use builder_identity::role::Permission;
use builder_identity::sessions;
use builder_identity::sessions::session::Session;
use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::aggregate::Versioned;
use builder_store::error::Error;
use builder_store::keys;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An active session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionView {
    /// The session's ID.
    id: SessionId,
    /// The client's `User-Agent` when it signed in.
    #[schema(
        required = true,
        example = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    )]
    device: Option<String>,
    /// The IP address that it was started from.
    #[schema(example = "203.0.113.7")]
    address: String,
    /// When it was started.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last refreshed, which is at most an hour before its last request.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it expires, unless it is refreshed before then.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether it is the session of this request.
    #[schema(example = true)]
    current: bool,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-sessions",
            "/api/v1/sessions",
            Access::Permit(Permission::SessionsRead),
            list_sessions,
        )
        .summary("List sessions")
        .description("Returns the caller's active sessions, newest first.")
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().secrets(["CURSOR_SECRET"]),
    )
}

async fn list_sessions(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<SessionView>>> {
    let caller = call.caller()?;
    let current = caller.session()?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), caller.user).await?;
    let before = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let account: Option<Versioned<User>> =
        call.table().load(&keys::state("user", caller.user)).await?;
    let account = account.ok_or(Error::NotFound { what: "account" })?.state;
    let page = sessions::live(call.table(), &account, before, paging.limit, call.now()).await?;
    call.page(&page.map(|session| view(session, current)), &paging).await
}

fn view(session: Session, current: SessionId) -> SessionView {
    SessionView {
        id: session.id,
        address: session.address.clone(),
        created_at: session.created_at,
        last_used_at: session.last_refreshed_at(),
        expires_at: session.expires_at,
        current: session.id == current,
        device: session.device,
    }
}
