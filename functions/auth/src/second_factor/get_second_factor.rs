//! `GET /api/v1/auth/second-factor`

use builder_identity::role::Permission;
use builder_identity::second_factor::factors;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};
use serde::Serialize;
use utoipa::ToSchema;

/// The state of the caller's second factor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorState {
    /// Whether signing in requires a second factor.
    #[schema(example = true)]
    enabled: bool,
    /// The number of unused backup codes; null without a second factor.
    #[schema(required = true, minimum = 0, maximum = 10, example = 9)]
    backup_codes_left: Option<usize>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::ProfileRead);
    Function::new(
        Route::get("get-second-factor", "/api/v1/auth/second-factor", access, get_second_factor)
            .without_second_factor()
            .summary("Retrieve the second factor")
            .description(
                "Returns whether signing in requires a second factor, and how many backup codes \
                 are left.",
            ),
        Resources::new(),
    )
}

async fn get_second_factor(call: Call) -> Result<Reply<SecondFactorState>> {
    let caller = call.caller()?;
    caller.session()?;
    let kept = factors::find(call.table(), caller.user).await?.filter(|kept| kept.factor.confirmed);
    let backup_codes_left = kept.map(|kept| kept.factor.backup_codes_left());
    Ok(Reply::ok(&SecondFactorState { enabled: backup_codes_left.is_some(), backup_codes_left })?)
}
