//! Preconditions of reads and writes.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use crate::cloud::s3::index::version::Version;

/// The preconditions of a read.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadIf {
    pub(super) matches: Option<ETagCondition>,
    pub(super) none_matches: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

/// The preconditions of a put or delete.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud::s3) struct WriteIf {
    pub(in crate::cloud::s3) matches: Option<ETagCondition>,
    pub(in crate::cloud::s3) none_matches: Option<ETagCondition>,
}

/// The result of a read whose precondition fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The client already has this version: 304.
    NotModified,
    /// It is another version than the client requires: 412.
    Failed,
}

impl ReadIf {
    /// Checks the preconditions. One on the ETag takes precedence over one on the time (RFC 9110,
    /// section 13.2.2).
    pub(super) fn check(&self, version: &Version) -> Result<(), Unmet> {
        match (&self.matches, &self.unmodified_since) {
            (Some(wanted), _) if !is_met(wanted, &version.etag()) => return Err(Unmet::Failed),
            (None, Some(since)) if version.modified() > *since => return Err(Unmet::Failed),
            _ => {}
        }
        match (&self.none_matches, &self.modified_since) {
            (Some(known), _) if is_met(known, &version.etag()) => Err(Unmet::NotModified),
            (None, Some(since)) if version.modified() <= *since => Err(Unmet::NotModified),
            _ => Ok(()),
        }
    }
}

impl WriteIf {
    /// Checks whether the current version allows the write.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` if an object is required and does not exist;
    /// `NotImplemented` for conditions that S3 doesn't support.
    pub(in crate::cloud::s3) fn check(&self, current: Option<&Version>) -> S3Result<()> {
        match (&self.none_matches, current) {
            (None, _) | (Some(ETagCondition::Any), None) => {}
            (Some(ETagCondition::Any), Some(_)) => return Err(failed()),
            (Some(ETagCondition::ETag(_)), _) => {
                return Err(s3_error!(
                    NotImplemented,
                    "A header you provided implies functionality that is not implemented"
                ));
            }
        }
        match (&self.matches, current) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            (Some(wanted), Some(version)) if is_met(wanted, &version.etag()) => Ok(()),
            (Some(_), Some(_)) => Err(failed()),
        }
    }
}

fn is_met(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag.value(),
    }
}

/// Returns `412 PreconditionFailed`.
pub(in crate::cloud::s3) fn failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::s3::index::version::{Details, Lock, timestamp};

    fn version() -> Version {
        Version {
            number: 1,
            key: "a".into(),
            id: "null".into(),
            latest: true,
            marker: false,
            size: 0,
            etag: "e".into(),
            modified_at: 5_400,
            details: Details::default(),
            lock: Lock::default(),
            file: None,
        }
    }

    fn tag(value: &str) -> Option<ETagCondition> {
        Some(ETagCondition::ETag(ETag::Strong(value.into())))
    }

    #[test]
    fn an_etag_condition_overrides_a_time_condition() {
        let (before, at) = (Some(timestamp(4_000)), Some(timestamp(5_000)));
        for (condition, outcome) in [
            (
                ReadIf { matches: tag("e"), unmodified_since: before.clone(), ..ReadIf::default() },
                Ok(()),
            ),
            (ReadIf { unmodified_since: before.clone(), ..ReadIf::default() }, Err(Unmet::Failed)),
            (ReadIf { unmodified_since: at.clone(), ..ReadIf::default() }, Ok(())),
            (ReadIf { modified_since: at.clone(), ..ReadIf::default() }, Err(Unmet::NotModified)),
            (ReadIf { none_matches: tag("x"), modified_since: at, ..ReadIf::default() }, Ok(())),
            (
                ReadIf { none_matches: tag("e"), modified_since: before, ..ReadIf::default() },
                Err(Unmet::NotModified),
            ),
            (
                ReadIf { matches: tag("x"), none_matches: tag("e"), ..ReadIf::default() },
                Err(Unmet::Failed),
            ),
        ] {
            assert_eq!(condition.check(&version()), outcome, "{condition:?}");
        }
    }

    #[test]
    fn write_conditions_distinguish_missing_objects() {
        let code = |condition: WriteIf, current: Option<&Version>| {
            condition
                .check(current)
                .err()
                .map(|error| error.code().as_str().to_owned())
                .unwrap_or_default()
        };
        let new = || WriteIf { none_matches: Some(ETagCondition::Any), ..WriteIf::default() };
        let same = |value| WriteIf { matches: tag(value), ..WriteIf::default() };
        assert_eq!(code(new(), None), "");
        assert_eq!(code(new(), Some(&version())), "PreconditionFailed");
        assert_eq!(code(same("e"), Some(&version())), "");
        assert_eq!(code(same("x"), Some(&version())), "PreconditionFailed");
        assert_eq!(code(same("e"), None), "NoSuchKey");
        assert_eq!(
            code(WriteIf { none_matches: tag("e"), ..WriteIf::default() }, None),
            "NotImplemented"
        );
    }
}
