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
    /// The input is fine, but the present state refuses it.
    #[error("{detail}")]
    Refused {
        /// A stable name for programs: `out-of-stock`.
        code: &'static str,
        /// The reason and what to do, for people.
        detail: Cow<'static, str>,
        /// The affected values of the request, if any.
        errors: Vec<Violation>,
    },
    /// The thing has changed since the caller read it.
    #[error("it has changed since it was read: read it again and repeat the change")]
    VersionConflict,
    /// The caller is not who it must be to go on: bad or used-up credentials.
    #[error("{0}")]
    Unauthenticated(Cow<'static, str>),
    /// The caller is known, but may not do this.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// The idempotency key of this command is already recorded: the recorded answer counts.
    #[error("this idempotency key has already been used")]
    AlreadyRecorded,
    /// One write grew past what one transaction may hold.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// A store or service did not answer in time or is overloaded: nothing was decided, a retry is
    /// safe.
    #[error("a required service is not available")]
    Unavailable(#[source] Fault),
    /// A service this depends on is known to be down: nothing was tried.
    #[error("{what} is not available")]
    CircuitOpen {
        /// Which one.
        what: &'static str,
        /// In how many seconds to come again.
        seconds: u64,
    },
    /// A fault of ours. The client learns nothing of its cause.
    #[error("internal error")]
    Internal(#[source] Fault),
}

/// The cause of a fault, for the log only.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// One invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The position in the request: a JSON pointer (RFC 6901) such as `/items/0/quantity`.
    pub pointer: String,
    /// What to change.
    pub detail: Cow<'static, str>,
}

impl Violation {
    /// A violation at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl Error {
    /// One invalid value.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![Violation::new(pointer, detail)])
    }

    /// The present state refuses it.
    pub fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { code, detail: detail.into(), errors: Vec::new() }
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl Into<Fault>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<crate::config::EnvError> for Error {
    fn from(error: crate::config::EnvError) -> Self {
        Self::internal(error)
    }
}
