//! `PutObject` and `CopyObject`.

use std::collections::BTreeMap;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::conditions::{ReadIf, WriteIf, failed};
use super::put::{Copy, New};
use super::read::Wanted;
use super::receive::{Claims, receive};
use crate::cloud::s3::access::Hidden;
use crate::cloud::s3::index::version::{Checksums, Details, Lock, milliseconds, timestamp};
use crate::cloud::s3::{Objects, encrypted};

impl Objects {
    pub(in crate::cloud::s3) async fn on_put_object(
        &self,
        req: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = req.input;
        refuse_unknown(
            input.sse_customer_algorithm.is_some(),
            input.server_side_encryption.as_ref(),
            input.storage_class.as_ref().map(StorageClass::as_str),
        )?;
        if input.write_offset_bytes.is_some() {
            return Err(s3_error!(
                NotImplemented,
                "Objects of general purpose buckets can't be appended to."
            ));
        }
        let claims = Claims {
            length: input.content_length,
            md5: input.content_md5,
            algorithm: input.checksum_algorithm,
            checksums: Checksums {
                crc32: input.checksum_crc32,
                crc32c: input.checksum_crc32c,
                crc64nvme: input.checksum_crc64nvme,
                sha1: input.checksum_sha1,
                sha256: input.checksum_sha256,
            },
            trailers: req.trailing_headers,
        };
        let digested = claims.md5.is_some()
            || claims.algorithm.is_some()
            || claims.checksums != Checksums::default();
        let mut details = Details {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding.and_then(without_chunking),
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            website_redirect_location: input.website_redirect_location,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            tags: tags(input.tagging.as_deref())?,
            checksums: Checksums::default(),
        };
        let received = receive(&self.bodies, input.body, claims).await?;
        details.checksums = received.checksums.clone();
        let (etag, sums, size) = (hex::encode(received.md5), received.checksums, received.size);
        let new = New {
            bucket: input.bucket,
            key: input.key,
            condition: WriteIf { matches: input.if_match, none_matches: input.if_none_match },
            details,
            lock: lock(
                input.object_lock_mode.as_ref().map(ObjectLockMode::as_str),
                input.object_lock_retain_until_date.as_ref(),
                input.object_lock_legal_hold_status.as_ref(),
            ),
            digested,
            size,
            etag: etag.clone(),
            content: received.content,
        };
        let put = self.run(move |index| index.put(new)).await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(etag)),
            version_id: put.version,
            server_side_encryption: encrypted(),
            checksum_crc32: sums.crc32,
            checksum_crc32c: sums.crc32c,
            checksum_crc64nvme: sums.crc64nvme,
            checksum_sha1: sums.sha1,
            checksum_sha256: sums.sha256,
            ..PutObjectOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_copy_object(
        &self,
        req: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = req.input;
        refuse_unknown(
            input.sse_customer_algorithm.is_some()
                || input.copy_source_sse_customer_algorithm.is_some(),
            input.server_side_encryption.as_ref(),
            input.storage_class.as_ref().map(StorageClass::as_str),
        )?;
        let CopySource::Bucket { bucket, key, version_id } = input.copy_source else {
            return Err(s3_error!(NotImplemented, "The local S3 does not support access points."));
        };
        let wanted = Wanted {
            bucket: bucket.into(),
            key: key.into(),
            version: version_id.map(Into::into),
            condition: ReadIf {
                matches: input.copy_source_if_match,
                none_matches: input.copy_source_if_none_match,
                modified_since: input.copy_source_if_modified_since,
                unmodified_since: input.copy_source_if_unmodified_since,
            },
        };
        let replaces = input
            .metadata_directive
            .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        let replaces_tags = input
            .tagging_directive
            .is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE);
        let onto_itself =
            wanted.bucket == input.bucket && wanted.key == input.key && wanted.version.is_none();
        if onto_itself && !replaces {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself \
                 without changing the object's metadata, storage class, website redirect location \
                 or encryption attributes."
            ));
        }
        let new_tags = tags(input.tagging.as_deref())?;
        let new_details = Details {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            website_redirect_location: input.website_redirect_location,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            ..Details::default()
        };
        let lock = lock(
            input.object_lock_mode.as_ref().map(ObjectLockMode::as_str),
            input.object_lock_retain_until_date.as_ref(),
            input.object_lock_legal_hold_status.as_ref(),
        );
        let (bucket, key) = (input.bucket, input.key);
        let copied = self
            .run(move |index| {
                let found = index.find(&wanted)?;
                let old = found.version.details.clone();
                let mut details = if replaces { new_details } else { old.clone() };
                details.tags = if replaces_tags { new_tags } else { old.tags };
                details.checksums = old.checksums;
                let etag = found.version.etag();
                let put = index.copy(Copy { source: found.version, bucket, key, details, lock })?;
                Ok((put, etag, found.version_id))
            })
            .await;
        let (put, etag, source_version) = copied.map_err(|error| match error.code().as_str() {
            // A copy has no other response for an unmodified source.
            "NotModified" => failed(),
            _ => Hidden::apply(&req.extensions, error),
        })?;
        let result = CopyObjectResult {
            e_tag: Some(etag),
            last_modified: Some(timestamp(put.modified_at)),
            ..CopyObjectResult::default()
        };
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: source_version,
            server_side_encryption: encrypted(),
            version_id: put.version,
            ..CopyObjectOutput::default()
        }))
    }
}

/// Refuses options that would be stored differently than the client expects.
///
/// # Errors
/// `NotImplemented`.
pub(in crate::cloud::s3) fn refuse_unknown(
    own_key: bool,
    encryption: Option<&ServerSideEncryption>,
    storage_class: Option<&str>,
) -> S3Result<()> {
    if own_key
        || encryption.is_some_and(|encryption| encryption.as_str() != ServerSideEncryption::AES256)
    {
        return Err(s3_error!(
            NotImplemented,
            "The local S3 does not support encryption with customer-provided or KMS keys."
        ));
    }
    match storage_class {
        None | Some("STANDARD") => Ok(()),
        Some(class) => Err(s3_error!(
            NotImplemented,
            "The local S3 supports only the storage class STANDARD, not {class}."
        )),
    }
}

/// Returns the lock that a request specifies.
pub(in crate::cloud::s3) fn lock(
    mode: Option<&str>,
    until: Option<&Timestamp>,
    hold: Option<&ObjectLockLegalHoldStatus>,
) -> Lock {
    Lock {
        mode: mode.map(str::to_owned),
        until: until.map(milliseconds),
        held: hold.is_some_and(|hold| hold.as_str() == ObjectLockLegalHoldStatus::ON),
    }
}

/// Parses the tags of a header, which are encoded as in a query.
pub(in crate::cloud::s3) fn tags(header: Option<&str>) -> S3Result<BTreeMap<String, String>> {
    let pairs = url::form_urlencoded::parse(header.unwrap_or_default().as_bytes());
    checked_tags(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

/// Checks the limits of tags:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
///
/// # Errors
/// `InvalidTag`; `BadRequest` for more than ten.
pub(super) fn checked_tags(
    pairs: impl Iterator<Item = (String, String)>,
) -> S3Result<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for (name, value) in pairs {
        if !(1..=128).contains(&name.chars().count()) {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if tags.insert(name, value).is_some() {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > 10 {
        let mut error = s3s::S3Error::with_message(
            s3s::S3ErrorCode::Custom("BadRequest".into()),
            "Object tags cannot be greater than 10",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        return Err(error);
    }
    Ok(tags)
}

/// Removes `aws-chunked`, which is an encoding of the transfer, not of the object.
fn without_chunking(encoding: String) -> Option<String> {
    let kept: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|part| *part != "aws-chunked" && !part.is_empty())
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}
