//! `POST /api/v1/auth/second-factor/backup-codes`

use builder_identity::account::store;
use builder_identity::role::Permission;
use builder_identity::second_factor::factors;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::{SECOND_FACTOR_PAUSED, WRONG_CODE};
use crate::second_factor::factor::{self, NOT_ENROLLED, Verified};

/// A code from the authenticator app, or a backup code.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenewBackupCodes {
    /// The six digits from the authenticator app, or a backup code. Spaces and hyphens are ignored.
    #[garde(length(chars, min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
}

/// The new backup codes. They are shown only once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenewedBackupCodes {
    /// Each can be used once, instead of a code from the authenticator app.
    #[schema(example = json!(["ABCDE-FGH23"]))]
    backup_codes: Vec<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/auth/second-factor/backup-codes";
    Function::new(
        Route::post(
            "renew-backup-codes",
            path,
            Access::Permit(Permission::CredentialsWrite),
            renew_backup_codes,
        )
        .summary("Renew backup codes")
        .description(
            "Takes a code of the second factor and returns ten new backup codes. The previous \
             ones are no longer accepted.",
        )
        .ignores_idempotency_key()
        .error(NOT_ENROLLED, "The account has no second factor.")
        .error_with(422, WRONG_CODE, "The code is wrong or was already used.")
        .error_with(
            429,
            SECOND_FACTOR_PAUSED,
            "Ten wrong codes in a row were sent. Wait 15 minutes.",
        ),
        factor::resources(),
    )
}

async fn renew_backup_codes(
    call: Call,
    Json(body): Json<RenewBackupCodes>,
) -> Result<Reply<RenewedBackupCodes>> {
    factor::change_with_code(&call, &body.code, true, |commit, verified, keys| {
        let Verified { account, stored, factor } = verified;
        let user = &account.user.state;
        let (factor, codes) = factor.renew_backup_codes(user.id, keys)?;
        factors::keep(commit, user.id, Some(&stored), &factor)?;
        store::change(commit, &account, &user.renew_backup_codes(call.now()))?;
        let backup_codes = codes.iter().map(|code| code.to_string()).collect();
        Reply::ok(&RenewedBackupCodes { backup_codes })
    })
    .await
}
