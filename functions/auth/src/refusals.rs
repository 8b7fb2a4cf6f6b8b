//! Refusals that deserve a more particular status than 409.

use builder_identity::oidc::Failure;
use builder_runtime::Problem;
use builder_store::error::Error;
use http::StatusCode;

/// The code of a token that is wrong, used, or has expired.
/// As the runtime names it.
pub(crate) const CROSS_SITE: &str = "cross-site-request-refused";
pub(crate) const INVALID_TOKEN: &str = "invalid-token";

/// The code of an account that an admin has disabled.
pub(crate) const ACCOUNT_DISABLED: &str = "account-disabled";

/// A wrong token of a mail is a wrong value in the request.
pub(crate) fn of_mail_token(error: Error) -> Problem {
    match error {
        Error::Refused { code: INVALID_TOKEN, detail, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, INVALID_TOKEN, detail)
        }
        error => error.into(),
    }
}

/// The code of a guess after too many wrong ones.
pub(crate) const TOO_MANY_FAILURES: &str = "too-many-failures";

/// Too many wrong guesses came before.
pub(crate) fn too_many_failures(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong passwords. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_FAILURES, detail)
        .header("retry-after", seconds.to_string())
}

/// The code of a mail that was asked for too often.
pub(crate) const TOO_MANY_MAILS: &str = "too-many-mails";

/// Mails enough were asked for before.
pub(crate) fn too_many_mails(seconds: i64) -> Problem {
    let detail = format!(
        "There were enough mails about a new address in the last hour. Try again in {seconds} \
         seconds."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_MAILS, detail)
        .header("retry-after", seconds.to_string())
}

/// The code of a wrong code of a second factor.
pub(crate) const WRONG_CODE: &str = "wrong-code";
/// The code of a second factor that too many wrong codes were tried on.
pub(crate) const SECOND_FACTOR_PAUSED: &str = "second-factor-paused";

/// The code of the second factor is wrong.
pub(crate) fn wrong_code() -> Problem {
    let detail = "This code is wrong, or was used before: take the one that the app shows now, or \
                  a backup code.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, WRONG_CODE, detail)
}

/// Too many wrong codes came before.
pub(crate) fn second_factor_paused(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong codes. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, SECOND_FACTOR_PAUSED, detail)
        .header("retry-after", seconds.to_string())
}

/// The account may not be used.
pub(crate) fn account_disabled() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        ACCOUNT_DISABLED,
        "This account is disabled. Ask an administrator.",
    )
}

/// The code of a flow that is not the browser's, used, or has expired.
pub(crate) const INVALID_FLOW: &str = "invalid-flow";
/// The code of a sign-in that the provider doesn't stand for.
pub(crate) const SIGN_IN_REFUSED: &str = "sign-in-refused";
/// The code of a provider that doesn't answer.
pub(crate) const PROVIDER_UNAVAILABLE: &str = "provider-unavailable";
/// The code of an identity without a verified address.
pub(crate) const EMAIL_NOT_VERIFIED: &str = "email-not-verified";
/// The code of a change that needs a session which has just begun.
pub(crate) const SIGN_IN_AGAIN: &str = "sign-in-again";

/// No flow of this browser waits for this code.
pub(crate) fn invalid_flow() -> Problem {
    let detail = "This sign-in was not begun here, was finished before, or took longer than ten \
                  minutes: begin again.";
    Problem::from(Error::Unauthenticated(detail.into())).code(INVALID_FLOW)
}

/// What a provider's failure means for who wants to sign in. The log gets the reason.
pub(crate) fn of_provider(failure: Failure) -> Problem {
    match failure {
        Failure::Unreachable { .. } => {
            tracing::warn!(error = %described(&failure), "a provider could not be asked");
            let detail = "The provider doesn't answer as it should. Begin again a little later, \
                          or sign in another way.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, PROVIDER_UNAVAILABLE, detail)
                .header("retry-after", "30".to_owned())
        }
        Failure::Misconfigured { .. } => Error::internal(failure).into(),
        Failure::CodeRefused | Failure::Untrusted(_) => {
            tracing::warn!(error = %failure, "a sign-in at a provider was refused");
            let detail = "The provider doesn't confirm this sign-in: begin again.";
            Problem::from(Error::Unauthenticated(detail.into())).code(SIGN_IN_REFUSED)
        }
    }
}

fn described(failure: &Failure) -> String {
    let causes = std::iter::successors(std::error::Error::source(failure), |cause| cause.source());
    causes.fold(failure.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Nobody has verified the address of the identity.
pub(crate) fn email_not_verified() -> Problem {
    let detail = "The provider gives no verified e-mail address, and this identity is linked to \
                  no account: verify the address there, or sign in another way.";
    Problem::new(StatusCode::FORBIDDEN, EMAIL_NOT_VERIFIED, detail)
}

/// The session began too long ago for this.
pub(crate) fn sign_in_again() -> Problem {
    let detail = "This adds a way to get in, so it needs a session that began in the last ten \
                  minutes: sign in again first.";
    Problem::new(StatusCode::FORBIDDEN, SIGN_IN_AGAIN, detail)
}
