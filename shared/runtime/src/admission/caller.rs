//! Who is calling.

use builder_identity::id::SessionId;
use builder_identity::role::{Permission, Role};
use builder_store::event::Actor;
use builder_store::id::{ApiKeyId, UserId};

use crate::response::problem::Problem;

/// Who is calling, as the guard has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user: UserId,
    /// Its role now (not the one in the token).
    pub role: Role,
    /// Whether signing in to the account takes a second factor.
    pub second_factor: bool,
    /// How it proved itself.
    pub via: Via,
}

/// How a caller proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By an access token of this session.
    Session(SessionId),
    /// By an API key that may do no more than this.
    ApiKey {
        /// The API key's ID.
        id: ApiKeyId,
        /// Its scopes.
        scopes: Vec<Permission>,
    },
}

impl Caller {
    /// Whether the caller may do this: its role permits it, and its key's scopes do, if it has one.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        let in_scope = match &self.via {
            Via::Session(_) => true,
            Via::ApiKey { scopes, .. } => scopes.contains(&permission),
        };
        in_scope && self.role.permits(permission)
    }

    /// The session that the caller is signed in with.
    ///
    /// # Errors
    /// 403 for a caller with an API key.
    pub fn session(&self) -> Result<SessionId, Problem> {
        match self.via {
            Via::Session(session) => Ok(session),
            Via::ApiKey { .. } => Err(builder_store::Error::Forbidden(
                "This route is only for signed-in users, not for API keys.".into(),
            )
            .into()),
        }
    }

    pub(crate) fn actor(&self) -> Actor {
        match self.via {
            Via::Session(_) => Actor::User { id: self.user },
            Via::ApiKey { id, .. } => Actor::ApiKey { id, user: self.user },
        }
    }
}
