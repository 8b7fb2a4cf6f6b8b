//! Operations on uploads in parts.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::uploads::{UploadId, join};
use crate::cloud::s3::index::Refused;
use crate::cloud::s3::index::version::{Checksums, Details, timestamp};
use crate::cloud::s3::objects::conditions::WriteIf;
use crate::cloud::s3::objects::on_put::{lock, refuse_unknown, tags};
use crate::cloud::s3::objects::receive::{Claims, receive};
use crate::cloud::s3::{Objects, encrypted};

/// The maximum number of lines in a response.
const MOST: i32 = 1_000;

impl Objects {
    pub(in crate::cloud::s3) async fn on_create_multipart_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        refuse_unknown(
            input.sse_customer_algorithm.is_some(),
            input.server_side_encryption.as_ref(),
            input.storage_class.as_ref().map(StorageClass::as_str),
        )?;
        let details = Details {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            website_redirect_location: input.website_redirect_location,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            tags: tags(input.tagging.as_deref())?,
            checksums: Checksums::default(),
        };
        let lock = lock(
            input.object_lock_mode.as_ref().map(ObjectLockMode::as_str),
            input.object_lock_retain_until_date.as_ref(),
            input.object_lock_legal_hold_status.as_ref(),
        );
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let id = self.run(move |index| index.start_upload(&bucket, &key, &details, &lock)).await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            server_side_encryption: encrypted(),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_upload_part(
        &self,
        req: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = req.input;
        if !(1..=10_000).contains(&input.part_number) {
            return Err(s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
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
        let received = receive(&self.bodies, input.body, claims).await?;
        let sums = received.checksums.clone();
        let upload = UploadId { bucket: input.bucket, key: input.key, id: input.upload_id };
        let etag =
            self.run(move |index| index.put_part(&upload, input.part_number, received)).await?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag)),
            server_side_encryption: encrypted(),
            checksum_crc32: sums.crc32,
            checksum_crc32c: sums.crc32c,
            checksum_crc64nvme: sums.crc64nvme,
            checksum_sha1: sums.sha1,
            checksum_sha256: sums.sha256,
            ..UploadPartOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_list_parts(
        &self,
        input: ListPartsInput,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let upload = UploadId {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            id: input.upload_id.clone(),
        };
        let most =
            usize::try_from(input.max_parts.unwrap_or(MOST).clamp(0, MOST)).unwrap_or_default();
        let after = input.part_number_marker.unwrap_or_default();
        let mut parts = self.run(move |index| index.parts(&upload, after, most + 1)).await?;
        let truncated = parts.len() > most;
        parts.truncate(most);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            is_truncated: Some(truncated),
            max_parts: i32::try_from(most).ok(),
            part_number_marker: Some(after),
            next_part_number_marker: parts.last().map(|part| part.number),
            parts: Some(
                parts
                    .into_iter()
                    .map(|part| Part {
                        part_number: Some(part.number),
                        size: i64::try_from(part.size).ok(),
                        e_tag: Some(ETag::Strong(part.etag)),
                        last_modified: Some(timestamp(part.modified_at)),
                        ..Part::default()
                    })
                    .collect(),
            ),
            ..ListPartsOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_list_multipart_uploads(
        &self,
        input: ListMultipartUploadsInput,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        if input.delimiter.is_some()
            || input.encoding_type.is_some_and(|encoding| encoding.as_str() != EncodingType::URL)
        {
            return Err(s3_error!(
                NotImplemented,
                "The local S3 lists uploads only without a delimiter."
            ));
        }
        let most =
            usize::try_from(input.max_uploads.unwrap_or(MOST).clamp(0, MOST)).unwrap_or_default();
        let (bucket, prefix) = (input.bucket.clone(), input.prefix.clone().unwrap_or_default());
        let key_marker = input.key_marker.clone().unwrap_or_default();
        // Without an upload ID marker, the listing continues at the next key.
        let id_marker = input.upload_id_marker.clone().unwrap_or_else(|| "\u{10ffff}".to_owned());
        let mut uploads = self
            .run(move |index| index.uploads(&bucket, &prefix, (&key_marker, &id_marker), most + 1))
            .await?;
        let truncated = uploads.len() > most;
        uploads.truncate(most);
        let next = uploads.last().filter(|_| truncated).cloned();
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            key_marker: input.key_marker,
            upload_id_marker: input.upload_id_marker,
            max_uploads: i32::try_from(most).ok(),
            is_truncated: Some(truncated),
            next_key_marker: next.as_ref().map(|upload| upload.key.clone()),
            next_upload_id_marker: next.map(|upload| upload.id),
            uploads: Some(
                uploads
                    .into_iter()
                    .map(|upload| MultipartUpload {
                        key: Some(upload.key),
                        upload_id: Some(upload.id),
                        initiated: Some(timestamp(upload.started_at)),
                        ..MultipartUpload::default()
                    })
                    .collect(),
            ),
            ..ListMultipartUploadsOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_abort_multipart_upload(
        &self,
        input: AbortMultipartUploadInput,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let upload = UploadId { bucket: input.bucket, key: input.key, id: input.upload_id };
        self.run(move |index| index.abort_upload(&upload)).await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    pub(in crate::cloud::s3) async fn on_complete_multipart_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let chosen: Vec<(i32, Option<String>)> = input
            .multipart_upload
            .and_then(|upload| upload.parts)
            .unwrap_or_default()
            .into_iter()
            .map(|part| (part.part_number.unwrap_or_default(), part.e_tag.map(ETag::into_value)))
            .collect();
        if chosen.is_empty() {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our \
                 published schema"
            ));
        }
        let upload =
            UploadId { bucket: input.bucket.clone(), key: input.key.clone(), id: input.upload_id };
        let wanted = upload.clone();
        let parts = self.run(move |index| index.chosen_parts(&wanted, &chosen)).await?;
        let bodies = self.bodies.clone();
        // Large files are copied on a thread that blocks no other call.
        let joined = tokio::task::spawn_blocking(move || join(&bodies, parts)).await;
        let joined = joined
            .map_err(std::io::Error::other)
            .and_then(|joined| joined)
            .map_err(Refused::from)?;
        let etag = joined.etag().to_owned();
        let condition = WriteIf { matches: input.if_match, none_matches: input.if_none_match };
        let put = self.run(move |index| index.complete_upload(&upload, condition, joined)).await?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            version_id: put.version,
            server_side_encryption: encrypted(),
            ..CompleteMultipartUploadOutput::default()
        }))
    }
}
