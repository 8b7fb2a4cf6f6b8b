//! `POST /api/v1/auth/second-factor/disable`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_identity::second_factor::factors;
use builder_runtime::{Access, Call, Empty, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::refusals::{SECOND_FACTOR_PAUSED, WRONG_CODE};
use crate::second_factor::factor::{self, NOT_ENROLLED, Verified};

/// A code from the authenticator app, or a backup code.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisableSecondFactor {
    /// The six digits from the authenticator app, or a backup code. Spaces and hyphens are ignored.
    #[garde(length(chars, min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "disable-second-factor",
            "/api/v1/auth/second-factor/disable",
            Access::Permit(Permission::CredentialsWrite),
            disable_second_factor,
        )
        .summary("Disable the second factor")
        .description("Takes a code of the second factor. The backup codes are deleted, too.")
        .counts_guesses()
        .error(NOT_ENROLLED, "The account has no second factor.")
        .error_with(422, WRONG_CODE, "The code is wrong or was already used.")
        .error_with(
            429,
            SECOND_FACTOR_PAUSED,
            "Ten wrong codes in a row were sent. Wait 15 minutes.",
        )
        .error_with(404, "not-found", "The account has just been erased."),
        factor::resources().delete([GUARD, USER]),
    )
}

async fn disable_second_factor(
    call: Call,
    Json(body): Json<DisableSecondFactor>,
) -> Result<Reply<Empty>> {
    factor::change_with_code(&call, &body.code, true, |commit, verified, _| {
        let Verified { account, stored, .. } = verified;
        let user = &account.user.state;
        factors::remove(commit, user.id, &stored);
        store::change(commit, &account, &user.disable_second_factor(call.now()))?;
        Ok(Reply::no_content())
    })
    .await
}
