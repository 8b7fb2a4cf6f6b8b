//! `POST /api/v1/auth/second-factor`

use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_identity::second_factor::{Factor, FactorKeys, factors};
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;
use utoipa::ToSchema;

use crate::refusals::SIGN_IN_AGAIN;
use crate::second_factor::factor::{self, ENABLED};
use crate::{live, step_up};

/// The name that the authenticator app shows next to the e-mail address.
const ISSUER: &str = "Builder";

/// The secret for an authenticator app. It is shown only once. The second factor takes effect when
/// a code is confirmed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorEnrolment {
    /// The secret in Base32, to type into the app.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: String,
    /// The secret as an `otpauth:` URI, which authenticator apps open.
    #[schema(
        example = "otpauth://totp/Builder:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Builder"
    )]
    uri: String,
    /// The URI as a QR code to scan, an SVG image.
    #[schema(example = "<svg …>")]
    qr: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "enrol-second-factor",
            "/api/v1/auth/second-factor",
            Access::Permit(Permission::CredentialsWrite),
            enrol_second_factor,
        )
        .without_second_factor()
        .summary("Enrol a second factor")
        .description(
            "Requires a sign-in within the last ten minutes. The second factor takes effect when a \
             code is confirmed.",
        )
        .ignores_idempotency_key()
        .error_with(403, SIGN_IN_AGAIN, step_up::RULE)
        .error(ENABLED, "The account already has a second factor. Disable it first.")
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().secrets(["FACTOR_SECRET"]).batch_get([USER]).put([USER]).update([USER]),
    )
}

async fn enrol_second_factor(call: Call) -> Result<Reply<SecondFactorEnrolment>> {
    let (_, signed_in) = step_up::session(&call).await?;
    let user = signed_in.account.user.state.id;
    let keys = factor::keys(&call).await?;
    Ok(retry_on_conflict(|| attempt(&call, user, &keys)).await?)
}

async fn attempt(
    call: &Call,
    user: UserId,
    keys: &FactorKeys,
) -> builder_store::Result<Reply<SecondFactorEnrolment>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    if account.user.state.second_factor {
        return Err(Error::refused(ENABLED, "There is already a second factor. Disable it first."));
    }
    let before = factors::find(call.table(), user).await?;
    let (factor, enrolment) = Factor::enrol(user, ISSUER, &account.user.state.email, keys)?;
    // A factor that has been confirmed in the meantime must not be replaced by an unconfirmed one.
    commit.require_version(builder_store::keys::state("user", user), account.user.version);
    factors::keep(&mut commit, user, before.as_ref(), &factor)?;
    let code = QrCode::new(enrolment.uri.as_bytes()).map_err(Error::internal)?;
    let qr = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    let enrolment = SecondFactorEnrolment {
        secret: enrolment.secret.to_string(),
        uri: enrolment.uri.to_string(),
        qr,
    };
    call.commit(commit, Reply::ok(&enrolment)?).await
}
