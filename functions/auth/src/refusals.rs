//! Refusals that deserve a more particular status than 409.

use builder_core::error::Error;
use builder_runtime::Problem;
use http::StatusCode;

/// The code of a token that is wrong, used, or has expired.
pub(crate) const INVALID_TOKEN: &str = "invalid-token";

/// The code of an account that an admin has disabled.
pub(crate) const ACCOUNT_DISABLED: &str = "account-disabled";

/// A wrong token of a mail is a wrong value in the request.
pub(crate) fn of_mail_token(error: Error) -> Problem {
    match error {
        Error::Refused { code: INVALID_TOKEN, detail, .. } => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, INVALID_TOKEN, detail),
        error => error.into(),
    }
}

/// The code of a guess after too many wrong ones.
pub(crate) const TOO_MANY_FAILURES: &str = "too-many-failures";

/// Too many wrong guesses came before.
pub(crate) fn too_many_failures(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong passwords. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_FAILURES, detail).header("retry-after", seconds.to_string())
}

/// The account may not be used.
pub(crate) fn account_disabled() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, ACCOUNT_DISABLED, "This account is disabled. Ask an administrator.")
}
