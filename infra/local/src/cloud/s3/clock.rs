//! The clock for signatures. The library uses the machine's, which the stack's may be ahead of (see
//! [`crate::time`]).

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, Uri};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use s3s::config::{S3Config, S3ConfigProvider};
use url::form_urlencoded;

use crate::cloud::error::AwsError;
use crate::time;

/// Accepts signatures that are as far ahead of the machine's time as the stack is.
#[derive(Debug)]
pub(super) struct AheadOfTheMachine;

impl S3ConfigProvider for AheadOfTheMachine {
    fn snapshot(&self) -> Arc<S3Config> {
        Arc::new(config(time::ahead()))
    }
}

fn config(ahead: Duration) -> S3Config {
    let mut config = S3Config::default();
    let ahead = u32::try_from(ahead.as_secs()).unwrap_or(u32::MAX);
    config.presigned_url_max_skew_time_secs =
        config.presigned_url_max_skew_time_secs.saturating_add(ahead);
    config
}

/// Refuses a presigned URL that has expired by the stack's time.
///
/// # Errors
/// The library's own error.
pub(super) fn check(uri: &Uri, now: Timestamp) -> Result<(), AwsError> {
    match end(uri) {
        Some(end) if now > end => {
            Err(AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"))
        }
        _ => Ok(()),
    }
}

/// Returns when a presigned URL expires. A URL that can't be parsed is left to the library.
fn end(uri: &Uri) -> Option<Timestamp> {
    let parameters = || form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let parameter =
        |name: &str| parameters().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", parameter("X-Amz-Date")?).ok()?;
    let life = Duration::from_secs(u64::from(parameter("X-Amz-Expires")?.parse::<u32>().ok()?));
    signed.to_zoned(TimeZone::UTC).ok()?.timestamp().checked_add(life).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_expires_by_the_stacks_clock() {
        let uri: Uri =
            "/b/k?X-Amz-Date=20261130T100000Z&X-Amz-Expires=300&X-Amz-Signature=0".parse().unwrap();
        let at = |text: &str| check(&uri, text.parse().unwrap()).is_ok();
        assert!(
            at("2026-11-30T10:05:00Z") && at("2026-11-29T10:00:00Z") && !at("2026-11-30T10:05:01Z")
        );
        for other in [
            "/b/k",
            "/b/k?X-Amz-Date=now&X-Amz-Expires=1",
            "/b/k?X-Amz-Date=20261130T100000Z&X-Amz-Expires=-1",
        ] {
            assert!(check(&other.parse().unwrap(), Timestamp::MAX).is_ok(), "{other}");
        }
    }

    #[test]
    fn signatures_are_checked_by_the_stacks_clock() {
        let skew = |ahead| config(Duration::from_secs(ahead)).presigned_url_max_skew_time_secs;
        assert_eq!([skew(0), skew(90_000), skew(u64::MAX)], [900, 90_900, u32::MAX]);
    }
}
