//! Operations on tags, retention and legal holds.

use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::conditions::ReadIf;
use super::on_put::checked_tags;
use super::read::Wanted;
use crate::cloud::s3::Objects;
use crate::cloud::s3::index::version::{milliseconds, timestamp};

fn wanted(bucket: String, key: String, version: Option<String>) -> Wanted {
    Wanted { bucket, key, version, condition: ReadIf::default() }
}

impl Objects {
    pub(in crate::cloud::s3) async fn on_get_object_tagging(
        &self,
        input: GetObjectTaggingInput,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let found = self.run(move |index| index.find(&wanted)).await?;
        let tags = found.version.details.tags.into_iter();
        let tag_set = tags.map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: found.version_id }))
    }

    pub(in crate::cloud::s3) async fn on_put_object_tagging(
        &self,
        input: PutObjectTaggingInput,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let pairs = input.tagging.tag_set.into_iter();
        let tags = checked_tags(
            pairs.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())),
        )?;
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let version_id = self.run(move |index| index.set_tags(&wanted, tags)).await?;
        Ok(S3Response::new(PutObjectTaggingOutput { version_id }))
    }

    pub(in crate::cloud::s3) async fn on_delete_object_tagging(
        &self,
        input: DeleteObjectTaggingInput,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let version_id = self.run(move |index| index.set_tags(&wanted, Default::default())).await?;
        Ok(S3Response::with_status(
            DeleteObjectTaggingOutput { version_id },
            http::StatusCode::NO_CONTENT,
        ))
    }

    pub(in crate::cloud::s3) async fn on_get_object_retention(
        &self,
        input: GetObjectRetentionInput,
    ) -> S3Result<S3Response<GetObjectRetentionOutput>> {
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let lock = self.run(move |index| index.lock(&wanted)).await?;
        let Some(mode) = lock.mode else { return Err(no_lock()) };
        let retention = ObjectLockRetention {
            mode: Some(mode.into()),
            retain_until_date: lock.until.map(timestamp),
        };
        Ok(S3Response::new(GetObjectRetentionOutput { retention: Some(retention) }))
    }

    pub(in crate::cloud::s3) async fn on_put_object_retention(
        &self,
        input: PutObjectRetentionInput,
    ) -> S3Result<S3Response<PutObjectRetentionOutput>> {
        let bypass = input.bypass_governance_retention == Some(true);
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let retention = input.retention.unwrap_or_default();
        let mode = retention.mode.map(|mode| mode.as_str().to_owned());
        let until = retention.retain_until_date.as_ref().map(milliseconds);
        if mode.is_some() != until.is_some()
            || mode.as_ref().is_some_and(|mode| mode != "GOVERNANCE" && mode != "COMPLIANCE")
        {
            let message = "The XML you provided was not well-formed or did not validate against \
                 our published schema";
            return Err(s3_error!(MalformedXML, "{message}"));
        }
        self.run(move |index| index.retain(&wanted, mode.as_deref(), until, bypass)).await?;
        Ok(S3Response::new(PutObjectRetentionOutput::default()))
    }

    pub(in crate::cloud::s3) async fn on_get_object_legal_hold(
        &self,
        input: GetObjectLegalHoldInput,
    ) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
        let wanted = wanted(input.bucket, input.key, input.version_id);
        let lock = self.run(move |index| index.lock(&wanted)).await?;
        let status =
            if lock.held { ObjectLockLegalHoldStatus::ON } else { ObjectLockLegalHoldStatus::OFF };
        let legal_hold = Some(ObjectLockLegalHold {
            status: Some(ObjectLockLegalHoldStatus::from_static(status)),
        });
        Ok(S3Response::new(GetObjectLegalHoldOutput { legal_hold }))
    }

    pub(in crate::cloud::s3) async fn on_put_object_legal_hold(
        &self,
        input: PutObjectLegalHoldInput,
    ) -> S3Result<S3Response<PutObjectLegalHoldOutput>> {
        let status =
            input.legal_hold.and_then(|hold| hold.status).map(|status| status.as_str().to_owned());
        let held = match status.as_deref() {
            Some(ObjectLockLegalHoldStatus::ON) => true,
            Some(ObjectLockLegalHoldStatus::OFF) => false,
            _ => {
                let message = "The XML you provided was not well-formed or did not validate \
                     against our published schema";
                return Err(s3_error!(MalformedXML, "{message}"));
            }
        };
        let wanted = wanted(input.bucket, input.key, input.version_id);
        self.run(move |index| index.hold(&wanted, held)).await?;
        Ok(S3Response::new(PutObjectLegalHoldOutput::default()))
    }
}

fn no_lock() -> s3s::S3Error {
    s3_error!(
        NoSuchObjectLockConfiguration,
        "The specified object does not have a ObjectLock configuration"
    )
}
