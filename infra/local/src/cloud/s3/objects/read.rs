//! Finds an object and its body.

use std::fs::File;

use bytes::Bytes;
use http::HeaderMap;
use s3s::dto::Range;
use s3s::{S3Error, s3_error};

use super::conditions::{ReadIf, Unmet, failed};
use super::put::inline_body;
use crate::cloud::s3::index::version::Version;
use crate::cloud::s3::index::{Bucket, Done, Index};

/// The object or version to read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) condition: ReadIf,
}

/// The version found.
pub(super) struct Found {
    pub(super) version: Version,
    /// The version's ID as it is returned to the client.
    pub(super) version_id: Option<String>,
}

/// A body, or the open file of one: it can be read even if the object is deleted in the meantime.
pub(in crate::cloud::s3) enum Opened {
    Inline(Bytes),
    File(File),
}

impl Index {
    /// Finds a version.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker, and
    /// those of the conditions.
    pub(super) fn find(&self, wanted: &Wanted) -> Done<Found> {
        let bucket = Bucket::load(&self.connection, &wanted.bucket)?;
        let version = Version::find(
            &self.connection,
            &wanted.bucket,
            &wanted.key,
            wanted.version.as_deref(),
        )?;
        let version = match (version, &wanted.version) {
            (Some(version), Some(_)) if version.marker => {
                let error = s3_error!(
                    MethodNotAllowed,
                    "The specified method is not allowed against this resource."
                );
                return Err(with_marker(error, &version.id).into());
            }
            (Some(version), None) if version.marker => {
                return Err(with_marker(no_such_key(), &version.id).into());
            }
            (Some(version), _) => version,
            (None, Some(_)) => {
                return Err(
                    s3_error!(NoSuchVersion, "The specified version does not exist.").into()
                );
            }
            (None, None) => return Err(no_such_key().into()),
        };
        match wanted.condition.check(&version) {
            Ok(()) => {}
            Err(Unmet::Failed) => return Err(failed().into()),
            Err(Unmet::NotModified) => return Err(not_modified(&version).into()),
        }
        let version_id = version.id_of(bucket.versioning.as_deref());
        Ok(Found { version, version_id })
    }

    /// Finds a version with its body.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(super) fn open_body(&self, wanted: &Wanted) -> Done<(Found, Opened)> {
        let found = self.find(wanted)?;
        let opened = match &found.version.file {
            Some(file) => Opened::File(File::open(self.bodies.join(file))?),
            None => Opened::Inline(inline_body(&self.connection, found.version.number)?.into()),
        };
        Ok((found, opened))
    }
}

/// Returns the offset and length of the bytes that a range selects.
///
/// # Errors
/// `InvalidRange` if it selects none.
pub(super) fn within(range: Option<Range>, size: u64) -> Result<(u64, u64), S3Error> {
    let Some(range) = range else { return Ok((0, size)) };
    // A suffix of an empty object is not satisfiable, either (RFC 9110, section 14.1.2).
    match range.check(size) {
        Ok(bytes) if bytes.start < bytes.end => Ok((bytes.start, bytes.end - bytes.start)),
        _ => {
            let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
            let mut headers = HeaderMap::new();
            set(&mut headers, "content-range", &format!("bytes */{size}"));
            error.set_headers(with_xml(headers));
            Err(error)
        }
    }
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

fn with_marker(mut error: S3Error, version: &str) -> S3Error {
    let mut headers = HeaderMap::new();
    set(&mut headers, "x-amz-delete-marker", "true");
    set(&mut headers, "x-amz-version-id", version);
    error.set_headers(with_xml(headers));
    error
}

fn not_modified(version: &Version) -> S3Error {
    let mut error = S3Error::new(s3s::S3ErrorCode::NotModified);
    let mut headers = HeaderMap::new();
    set(&mut headers, "etag", &format!("\"{}\"", version.etag));
    let mut modified = Vec::new();
    if version.modified().format(s3s::dto::TimestampFormat::HttpDate, &mut modified).is_ok() {
        set(&mut headers, "last-modified", &String::from_utf8_lossy(&modified));
    }
    error.set_headers(headers);
    error
}

/// Adds the content type of errors: an error's own headers replace all others.
fn with_xml(mut headers: HeaderMap) -> HeaderMap {
    set(&mut headers, "content-type", "application/xml");
    headers
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_limited_to_the_object() {
        let range = |text: &str, size| within(Range::parse(text).ok(), size).ok();
        assert_eq!(range("bytes=-100", 5), Some((0, 5)));
        assert_eq!(range("bytes=-2", 5), Some((3, 2)));
        assert_eq!(range("bytes=1-2", 5), Some((1, 2)));
        assert_eq!(range("bytes=4-100", 5), Some((4, 1)));
        assert_eq!(range("bytes=2-", 5), Some((2, 3)));
        for unsatisfiable in ["bytes=5-", "bytes=9-10", "bytes=-0"] {
            assert_eq!(range(unsatisfiable, 5), None, "{unsatisfiable}");
        }
        for empty in ["bytes=0-", "bytes=-1"] {
            assert_eq!(range(empty, 0), None, "{empty}");
        }
    }
}
