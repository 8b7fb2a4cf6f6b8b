//! Errors with a more specific status than 409.

use builder_identity::oidc::Failure;
use builder_runtime::Problem;
use builder_store::error::Error;
use http::StatusCode;

/// The runtime's code for a cookie request from another site's page.
pub(crate) const CROSS_SITE: &str = "cross-site-request-refused";
/// The code for a token that is invalid, was already used, or has expired.
pub(crate) const INVALID_TOKEN: &str = "invalid-token";

/// The code for an account that an admin has disabled.
pub(crate) const ACCOUNT_DISABLED: &str = "account-disabled";

/// Turns the error of an invalid token from an e-mail into a 422.
pub(crate) fn of_mail_token(error: Error) -> Problem {
    match error {
        Error::Refused { code: INVALID_TOKEN, detail, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, INVALID_TOKEN, detail)
        }
        error => error.into(),
    }
}

/// The code for a password guess after too many wrong ones.
pub(crate) const TOO_MANY_FAILURES: &str = "too-many-failures";

/// Returns the problem of a guess after too many wrong ones.
pub(crate) fn too_many_failures(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong passwords. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_FAILURES, detail)
        .header("retry-after", seconds.to_string())
}

/// The code for an e-mail that was requested too often.
pub(crate) const TOO_MANY_MAILS: &str = "too-many-mails";

/// Returns the problem of an e-mail that was requested too often.
pub(crate) fn too_many_mails(seconds: i64) -> Problem {
    let detail = format!(
        "Too many e-mails for a new address were requested in the last hour. Try again in \
         {seconds} seconds."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_MAILS, detail)
        .header("retry-after", seconds.to_string())
}

/// The code for a wrong code of a second factor.
pub(crate) const WRONG_CODE: &str = "wrong-code";
/// The code for a second factor that accepts no codes after too many wrong ones.
pub(crate) const SECOND_FACTOR_PAUSED: &str = "second-factor-paused";

/// Returns the problem of a wrong code of the second factor.
pub(crate) fn wrong_code() -> Problem {
    let detail = "This code is wrong or was already used. Enter the code that the app shows now, \
                  or a backup code.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, WRONG_CODE, detail)
}

/// Returns the problem of a code after too many wrong ones.
pub(crate) fn second_factor_paused(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong codes. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, SECOND_FACTOR_PAUSED, detail)
        .header("retry-after", seconds.to_string())
}

/// Returns the problem of a disabled account.
pub(crate) fn account_disabled() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        ACCOUNT_DISABLED,
        "This account is disabled. Ask an administrator.",
    )
}

/// The code for a flow that belongs to another browser, was already used, or has expired.
pub(crate) const INVALID_FLOW: &str = "invalid-flow";
/// The code for a sign-in that the provider doesn't confirm.
pub(crate) const SIGN_IN_REFUSED: &str = "sign-in-refused";
/// The code for a provider that doesn't respond.
pub(crate) const PROVIDER_UNAVAILABLE: &str = "provider-unavailable";
/// The code for an identity without a verified e-mail address.
pub(crate) const EMAIL_NOT_VERIFIED: &str = "email-not-verified";
/// The code for a change that requires a recent sign-in.
pub(crate) const SIGN_IN_AGAIN: &str = "sign-in-again";

/// Returns the problem of an invalid flow.
pub(crate) fn invalid_flow() -> Problem {
    let detail = "This sign-in was started in another browser, was already completed, or took \
                  longer than ten minutes. Start again.";
    Problem::from(Error::Unauthenticated(detail.into())).code(INVALID_FLOW)
}

/// Converts a provider's failure to a problem, and logs the reason.
pub(crate) fn of_provider(failure: Failure) -> Problem {
    match failure {
        Failure::Unreachable { .. } => {
            tracing::warn!(error = %described(&failure), "could not reach an OpenID provider");
            let detail = "The provider is unavailable. Start again later, or sign in another way.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, PROVIDER_UNAVAILABLE, detail)
                .header("retry-after", "30".to_owned())
        }
        Failure::Misconfigured { .. } => Error::internal(failure).into(),
        Failure::CodeRefused | Failure::Untrusted(_) => {
            tracing::warn!(error = %failure, "a sign-in with an OpenID provider was refused");
            let detail = "The provider did not confirm this sign-in. Start again.";
            Problem::from(Error::Unauthenticated(detail.into())).code(SIGN_IN_REFUSED)
        }
    }
}

fn described(failure: &Failure) -> String {
    let causes = std::iter::successors(std::error::Error::source(failure), |cause| cause.source());
    causes.fold(failure.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns the problem of an unlinked identity without a verified e-mail address.
pub(crate) fn email_not_verified() -> Problem {
    let detail = "The provider returned no verified e-mail address, and this identity isn't linked \
                  to an account. Verify the address at the provider, or sign in another way.";
    Problem::new(StatusCode::FORBIDDEN, EMAIL_NOT_VERIFIED, detail)
}

/// Returns the problem of a sign-in that is not recent enough.
pub(crate) fn sign_in_again() -> Problem {
    let detail = "This request requires a sign-in within the last ten minutes. Sign in again \
                  first.";
    Problem::new(StatusCode::FORBIDDEN, SIGN_IN_AGAIN, detail)
}
