//! The resources that admission uses, which every route of a kind is given.

use builder_identity::keys::{GUARD, IDEMPOTENCY, JWKS, SETTINGS, UNIQUE_API_KEY, USER};

use crate::admission::access::{Access, Idempotency};
use crate::resources::Resources;

/// Returns the resources to admit requests to a route, and to store their responses.
pub(crate) fn of(
    access: Access,
    idempotency: Idempotency,
    without_second_factor: bool,
) -> Resources {
    let resources = Resources::new().variables(["LOG_LEVEL", "ORIGIN_LOCK"]);
    let admitted = match access {
        Access::Open => resources,
        Access::Public => resources.variables(["IP_LIMIT_PER_MINUTE"]).update([GUARD]),
        Access::Permit(_) | Access::PublicOr(_) => {
            let policy = if without_second_factor { None } else { Some(SETTINGS) };
            resources
                .variables(["PUBLIC_URL", "CORS_ORIGINS"])
                .variables(["CALLER_LIMIT_PER_HOUR", "IP_LIMIT_PER_MINUTE"])
                // The public keys for tokens, or the account of an API key; the policy on second
                // factors.
                .get([JWKS, UNIQUE_API_KEY])
                .get(policy)
                // An expired guard is rebuilt from the account and its sessions.
                .get([USER])
                .query([USER])
                .check([USER])
                .put([GUARD])
                .update([GUARD])
        }
    };
    match idempotency {
        Idempotency::Ignored => admitted,
        Idempotency::Optional | Idempotency::Demanded => {
            admitted.get([IDEMPOTENCY]).put([IDEMPOTENCY])
        }
        Idempotency::Leased => admitted.get([IDEMPOTENCY]).put([IDEMPOTENCY]).delete([IDEMPOTENCY]),
    }
}
