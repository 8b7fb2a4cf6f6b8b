//! The errors of commands.
//! Each variant is an outcome that programs handle differently. Texts for clients are separate from
//! details for the log; HTTP statuses are assigned elsewhere.

use std::borrow::Cow;

/// A result whose error is an outcome of the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An outcome other than success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It doesn't exist or belongs to someone else; the error doesn't reveal which.
    #[error("there is no {what} with this ID")]
    NotFound {
        /// The noun: `order`.
        what: &'static str,
    },
    /// The input is invalid; all violations are listed.
    #[error("the request has {} invalid value(s)", .0.len())]
    Invalid(Vec<Violation>),
    /// The input is valid, but the current state doesn't allow the command.
    #[error("{detail}")]
    Refused {
        /// A stable name for programs: `out-of-stock`.
        code: &'static str,
        /// The reason and what to do, for people.
        detail: Cow<'static, str>,
        /// The affected values of the request, if any.
        errors: Vec<Violation>,
    },
    /// The resource has changed since the caller read it.
    #[error("it has changed since it was read: read it again and repeat the change")]
    VersionConflict,
    /// The caller isn't authenticated: its credentials are invalid or used up.
    #[error("{0}")]
    Unauthenticated(Cow<'static, str>),
    /// The caller is authenticated, but isn't allowed to do this.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// The idempotency key of this command is already recorded: the recorded response applies.
    #[error("this idempotency key has already been used")]
    AlreadyRecorded,
    /// A write exceeds the limits of a transaction.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// A store or service didn't respond in time or is overloaded: nothing was decided, a retry is
    /// safe.
    #[error("a required service is not available")]
    Unavailable(#[source] Fault),
    /// A required service is known to be down: nothing was attempted.
    #[error("{what} is not available")]
    CircuitOpen {
        /// The name of the service.
        what: &'static str,
        /// The number of seconds after which to retry.
        seconds: u64,
    },
    /// An internal fault. The client isn't told its cause.
    #[error("internal error")]
    Internal(#[source] Fault),
}

/// The cause of a fault, for the log only.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// An invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The position in the request: a JSON pointer (RFC 6901) such as `/items/0/quantity`.
    pub pointer: String,
    /// The text that says what to change.
    pub detail: Cow<'static, str>,
}

impl Violation {
    /// Creates a violation at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl Error {
    /// Creates an error for one invalid value.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![Violation::new(pointer, detail)])
    }

    /// Creates a refusal by the current state.
    pub fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { code, detail: detail.into(), errors: Vec::new() }
    }

    /// Creates an internal fault, with its cause for the log.
    pub fn internal(cause: impl Into<Fault>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<crate::config::EnvError> for Error {
    fn from(error: crate::config::EnvError) -> Self {
        Self::internal(error)
    }
}
