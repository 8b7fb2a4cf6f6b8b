//! `GetObject` and `HeadObject`.

use std::io::{ErrorKind, Seek, SeekFrom};

use bytes::Bytes;
use futures::stream::try_unfold;
use s3s::dto::*;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};
use tokio::io::AsyncReadExt as _;

use super::conditions::ReadIf;
use super::read::{Opened, Wanted, within};
use crate::cloud::s3::access::Hidden;
use crate::cloud::s3::index::Refused;
use crate::cloud::s3::index::version::{Checksums, timestamp};
use crate::cloud::s3::{Objects, encrypted};

/// Bytes that are read from a file at a time.
const CHUNK: u64 = 256 * 1024;
/// The default content type.
const CONTENT_TYPE: &str = "binary/octet-stream";

impl Objects {
    pub(in crate::cloud::s3) async fn on_get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        refuse_part(input.part_number)?;
        let wanted = Wanted {
            bucket: input.bucket,
            key: input.key,
            version: input.version_id,
            condition: ReadIf {
                matches: input.if_match,
                none_matches: input.if_none_match,
                modified_since: input.if_modified_since,
                unmodified_since: input.if_unmodified_since,
            },
        };
        let opened = self.run(move |index| index.open_body(&wanted)).await;
        let (found, opened) = opened.map_err(|error| Hidden::apply(&req.extensions, error))?;
        let version = found.version;
        let (from, length) = within(input.range, version.size)?;
        let sums =
            sums(&version.details.checksums, input.checksum_mode.as_ref(), length == version.size);
        let details = version.details.clone();
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(stream(opened, from, length).map_err(Refused::from)?),
            content_length: i64::try_from(length).ok(),
            content_range: input.range.map(|_| content_range(from, length, version.size)),
            last_modified: Some(version.modified()),
            e_tag: Some(version.etag()),
            version_id: found.version_id,
            server_side_encryption: encrypted(),
            content_type: Some(details.content_type.unwrap_or_else(|| CONTENT_TYPE.to_owned())),
            content_disposition: details.content_disposition,
            content_encoding: details.content_encoding,
            content_language: details.content_language,
            cache_control: details.cache_control,
            expires: details.expires,
            website_redirect_location: details.website_redirect_location,
            metadata: Some(details.metadata.into_iter().collect()),
            tag_count: i32::try_from(details.tags.len()).ok().filter(|count| *count > 0),
            object_lock_mode: version.lock.mode.map(Into::into),
            object_lock_retain_until_date: version.lock.until.map(timestamp),
            object_lock_legal_hold_status: hold(version.lock.held),
            checksum_crc32: sums.crc32,
            checksum_crc32c: sums.crc32c,
            checksum_crc64nvme: sums.crc64nvme,
            checksum_sha1: sums.sha1,
            checksum_sha256: sums.sha256,
            ..GetObjectOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = req.input;
        refuse_part(input.part_number)?;
        let wanted = Wanted {
            bucket: input.bucket,
            key: input.key,
            version: input.version_id,
            condition: ReadIf {
                matches: input.if_match,
                none_matches: input.if_none_match,
                modified_since: input.if_modified_since,
                unmodified_since: input.if_unmodified_since,
            },
        };
        let found = self
            .run(move |index| index.find(&wanted))
            .await
            .map_err(|error| Hidden::apply(&req.extensions, error))?;
        let version = found.version;
        let (from, length) = within(input.range, version.size)?;
        let sums =
            sums(&version.details.checksums, input.checksum_mode.as_ref(), length == version.size);
        let details = version.details.clone();
        let output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(length).ok(),
            content_range: input.range.map(|_| content_range(from, length, version.size)),
            last_modified: Some(version.modified()),
            e_tag: Some(version.etag()),
            version_id: found.version_id,
            server_side_encryption: encrypted(),
            content_type: Some(details.content_type.unwrap_or_else(|| CONTENT_TYPE.to_owned())),
            content_disposition: details.content_disposition,
            content_encoding: details.content_encoding,
            content_language: details.content_language,
            cache_control: details.cache_control,
            expires: details.expires,
            website_redirect_location: details.website_redirect_location,
            metadata: Some(details.metadata.into_iter().collect()),
            object_lock_mode: version.lock.mode.map(Into::into),
            object_lock_retain_until_date: version.lock.until.map(timestamp),
            object_lock_legal_hold_status: hold(version.lock.held),
            checksum_crc32: sums.crc32,
            checksum_crc32c: sums.crc32c,
            checksum_crc64nvme: sums.crc64nvme,
            checksum_sha1: sums.sha1,
            checksum_sha256: sums.sha256,
            ..HeadObjectOutput::default()
        };
        let status = if input.range.is_some() {
            http::StatusCode::PARTIAL_CONTENT
        } else {
            http::StatusCode::OK
        };
        Ok(S3Response::with_status(output, status))
    }
}

fn refuse_part(number: Option<i32>) -> S3Result<()> {
    match number {
        None => Ok(()),
        Some(_) => Err(s3_error!(
            NotImplemented,
            "The local S3 does not support partNumber: omit it, or request a range."
        )),
    }
}

fn content_range(from: u64, length: u64, size: u64) -> String {
    format!("bytes {from}-{}/{size}", from + length - 1)
}

fn hold(held: bool) -> Option<ObjectLockLegalHoldStatus> {
    held.then(|| ObjectLockLegalHoldStatus::from_static(ObjectLockLegalHoldStatus::ON))
}

/// Returns the digests of the whole body, if the client requests them.
fn sums(kept: &Checksums, mode: Option<&ChecksumMode>, whole: bool) -> Checksums {
    if whole && mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED) {
        kept.clone()
    } else {
        Checksums::default()
    }
}

fn stream(opened: Opened, from: u64, length: u64) -> std::io::Result<StreamingBlob> {
    let too_long = |_| std::io::Error::from(ErrorKind::FileTooLarge);
    let mut file = match opened {
        Opened::Inline(body) => {
            let (from, length) = (
                usize::try_from(from).map_err(too_long)?,
                usize::try_from(length).map_err(too_long)?,
            );
            return Ok(StreamingBlob::from(Body::from(body.slice(from..from + length))));
        }
        Opened::File(file) => file,
    };
    file.seek(SeekFrom::Start(from))?;
    let file = tokio::fs::File::from_std(file);
    Ok(StreamingBlob::wrap(try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok::<_, std::io::Error>(None);
        }
        let mut chunk = Vec::with_capacity(usize::try_from(left.min(CHUNK)).unwrap_or_default());
        let read = (&mut file).take(left.min(CHUNK)).read_to_end(&mut chunk).await? as u64;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((Bytes::from(chunk), (file, left - read))))
    })))
}
