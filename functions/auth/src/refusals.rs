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

/// The code of a wrong code of a second factor.
pub(crate) const WRONG_CODE: &str = "wrong-code";
/// The code of a second factor that too many wrong codes were tried on.
pub(crate) const SECOND_FACTOR_PAUSED: &str = "second-factor-paused";

/// The code of the second factor is wrong.
pub(crate) fn wrong_code() -> Problem {
    let detail = "This code is wrong, or was used before: take the one that the app shows now, or a backup code.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, WRONG_CODE, detail)
}

/// Too many wrong codes came before.
pub(crate) fn second_factor_paused(seconds: i64) -> Problem {
    let detail = format!("There were too many wrong codes. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, SECOND_FACTOR_PAUSED, detail).header("retry-after", seconds.to_string())
}

/// The account may not be used.
pub(crate) fn account_disabled() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, ACCOUNT_DISABLED, "This account is disabled. Ask an administrator.")
}
