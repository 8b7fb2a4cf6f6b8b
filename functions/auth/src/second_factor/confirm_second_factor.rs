//! `POST /api/v1/auth/second-factor/confirm`

use builder_identity::account::store;
use builder_identity::keys::GUARD;
use builder_identity::role::Permission;
use builder_identity::second_factor::factors;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::{SECOND_FACTOR_PAUSED, WRONG_CODE};
use crate::second_factor::factor::{self, NOT_ENROLLED, Verified};

/// A code from the authenticator app.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmSecondFactor {
    /// The six digits from the authenticator app. Spaces and hyphens are ignored.
    #[garde(length(chars, min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
}

/// The backup codes. They are shown only once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupCodes {
    /// Each can be used once, instead of a code from the authenticator app.
    #[schema(example = json!(["ABCDE-FGH23"]))]
    backup_codes: Vec<String>,
}

/// Returns the route.
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
            "Takes a code from the authenticator app, and returns ten backup codes. From now on, \
             signing in requires the second factor.",
        )
        .ignores_idempotency_key()
        .error(NOT_ENROLLED, "No second factor is being set up.")
        .error_with(422, WRONG_CODE, "The code is wrong or was already used.")
        .error_with(
            429,
            SECOND_FACTOR_PAUSED,
            "Ten wrong codes in a row were sent. Wait 15 minutes.",
        )
        .error_with(404, "not-found", "The account has just been erased."),
        factor::resources().delete([GUARD]),
    )
}

async fn confirm_second_factor(
    call: Call,
    Json(body): Json<ConfirmSecondFactor>,
) -> Result<Reply<BackupCodes>> {
    factor::change_with_code(&call, &body.code, false, |commit, verified, keys| {
        let Verified { account, stored, factor } = verified;
        let user = &account.user.state;
        let (factor, codes) = factor.confirm(user.id, keys)?;
        factors::keep(commit, user.id, Some(&stored), &factor)?;
        store::change(commit, &account, &user.enable_second_factor(call.now()))?;
        let backup_codes = codes.iter().map(|code| code.to_string()).collect();
        Reply::ok(&BackupCodes { backup_codes })
    })
    .await
}
