//! `POST /api/v1/auth/second-factor/confirm`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_identity::second_factor::{FactorKeys, factors};
use builder_runtime::{
    Access, Call, Function, Json, Problem, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::id::UserId;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::live;
use crate::refusals::{SECOND_FACTOR_PAUSED, WRONG_CODE};
use crate::second_factor::factor::{self, Good, NOT_ENROLLED, not_enrolled};

/// A code of the authenticator app, or a backup code.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmSecondFactor {
    /// The six digits of the authenticator app, or a backup code. Spaces and hyphens are ignored.
    #[garde(length(chars, min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
}

/// The backup codes. They are shown only once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupCodes {
    /// Each can be used once, in place of a code of the authenticator app.
    #[schema(example = json!(["ABCDE-FGH23"]))]
    backup_codes: Vec<String>,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "confirm-second-factor",
            "/api/v1/auth/second-factor/confirm",
            Access::Permit(Permission::CredentialsWrite),
            confirm_second_factor,
        )
        .without_second_factor()
        .summary("Confirm a second factor")
        .description(
            "Takes a code of the authenticator app. Signing in requires the second factor from now \
             on; the response contains ten backup codes.",
        )
        .ignores_idempotency_key()
        .error(NOT_ENROLLED, "No second factor is being set up.")
        .error_with(422, WRONG_CODE, "The code is wrong or was used before.")
        .error_with(429, SECOND_FACTOR_PAUSED, "Ten wrong codes in a row. Wait for 15 minutes.")
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new()
            .secrets(["FACTOR_SECRET"])
            .batch_get([USER])
            .put([USER])
            .update([USER])
            .delete([GUARD]),
    )
}

async fn confirm_second_factor(
    call: Call,
    Json(body): Json<ConfirmSecondFactor>,
) -> Result<Reply<BackupCodes>> {
    let caller = call.caller()?;
    caller.session()?;
    let keys = factor::keys(&call).await?;
    retry_on_conflict(|| attempt(&call, caller.user, &body.code, &keys)).await?
}

async fn attempt(
    call: &Call,
    user: UserId,
    code: &str,
    keys: &FactorKeys,
) -> builder_store::Result<Result<Reply<BackupCodes>, Problem>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let kept = factors::find(call.table(), user)
        .await?
        .filter(|kept| !kept.factor.confirmed)
        .ok_or_else(not_enrolled)?;
    let Good { factor, .. } = match factor::check(call, user, &kept, code, keys).await? {
        Ok(good) => good,
        Err(problem) => return Ok(Err(problem)),
    };
    let (factor, codes) = factor.confirm(user, keys)?;
    factors::keep(&mut commit, user, Some(&kept), &factor)?;
    store::change(&mut commit, &account, &account.user.state.enable_second_factor(call.now()))?;
    let reply = BackupCodes { backup_codes: codes.iter().map(|code| code.to_string()).collect() };
    call.commit(commit, Reply::ok(&reply)?).await.map(Ok)
}
