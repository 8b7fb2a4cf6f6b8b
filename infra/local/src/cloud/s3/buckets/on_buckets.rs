//! Operations on buckets.

use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use crate::cloud::s3::Objects;
use crate::cloud::s3::index::Rule;
use crate::cloud::s3::index::version::timestamp;

impl Objects {
    /// Creates a bucket. If it exists already, this succeeds in us-east-1 only, as in AWS.
    pub(in crate::cloud::s3) async fn on_create_bucket(
        &self,
        input: CreateBucketInput,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let wanted = input
            .create_bucket_configuration
            .and_then(|configuration| configuration.location_constraint);
        if let Some(wanted) = wanted.filter(|wanted| wanted.as_str() != self.region) {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The {} location constraint is incompatible for the region specific endpoint this \
                 request was sent to.",
                wanted.as_str()
            ));
        }
        let (name, lockable) =
            (input.bucket.clone(), input.object_lock_enabled_for_bucket == Some(true));
        match self.run(move |index| index.create_bucket(&name, lockable)).await {
            Err(error)
                if error.code().as_str() == "BucketAlreadyOwnedByYou"
                    && self.region == "us-east-1" => {}
            created => created?,
        }
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
    }

    pub(in crate::cloud::s3) async fn on_delete_bucket(
        &self,
        input: DeleteBucketInput,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.run(move |index| index.delete_bucket(&input.bucket)).await?;
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    pub(in crate::cloud::s3) async fn on_head_bucket(
        &self,
        input: HeadBucketInput,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.run(move |index| index.bucket(&input.bucket)).await?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(self.region.clone()),
            ..HeadBucketOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_list_buckets(
        &self,
        input: ListBucketsInput,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let prefix = input.prefix.clone().unwrap_or_default();
        let buckets = self.run(move |index| index.buckets(&prefix)).await?;
        let buckets = buckets
            .into_iter()
            .map(|(name, created_at)| Bucket {
                name: Some(name),
                creation_date: Some(timestamp(created_at)),
                bucket_region: Some(self.region.clone()),
            })
            .collect();
        let owner = Owner { id: Some("local".to_owned()), display_name: None };
        let output = ListBucketsOutput {
            buckets: Some(buckets),
            owner: Some(owner),
            prefix: input.prefix,
            continuation_token: None,
        };
        Ok(S3Response::new(output))
    }

    pub(in crate::cloud::s3) async fn on_get_bucket_location(
        &self,
        input: GetBucketLocationInput,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.run(move |index| index.bucket(&input.bucket)).await?;
        // The location constraint of us-east-1 is empty.
        let region = Some(self.region.clone()).filter(|region| region != "us-east-1");
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: region.map(Into::into) }))
    }

    pub(in crate::cloud::s3) async fn on_get_bucket_versioning(
        &self,
        input: GetBucketVersioningInput,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let bucket = self.run(move |index| index.bucket(&input.bucket)).await?;
        Ok(S3Response::new(GetBucketVersioningOutput {
            status: bucket.versioning.map(Into::into),
            mfa_delete: None,
        }))
    }

    pub(in crate::cloud::s3) async fn on_put_bucket_versioning(
        &self,
        input: PutBucketVersioningInput,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let status = input
            .versioning_configuration
            .status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default();
        if !["Enabled", "Suspended"].contains(&status.as_str()) {
            return Err(s3_error!(
                IllegalVersioningConfigurationException,
                "The Versioning element must be specified with the status Enabled or Suspended"
            ));
        }
        if input.versioning_configuration.mfa_delete.is_some_and(|mfa| mfa.as_str() != "Disabled") {
            return Err(s3_error!(NotImplemented, "The local S3 does not support MFA delete."));
        }
        self.run(move |index| index.set_versioning(&input.bucket, &status)).await?;
        Ok(S3Response::new(PutBucketVersioningOutput {}))
    }

    pub(in crate::cloud::s3) async fn on_get_object_lock_configuration(
        &self,
        input: GetObjectLockConfigurationInput,
    ) -> S3Result<S3Response<GetObjectLockConfigurationOutput>> {
        let bucket = self.run(move |index| index.bucket(&input.bucket)).await?;
        if !bucket.lockable {
            return Err(s3_error!(
                ObjectLockConfigurationNotFoundError,
                "Object Lock configuration does not exist for this bucket"
            ));
        }
        let rule = bucket.rule.map(|rule| ObjectLockRule {
            default_retention: Some(DefaultRetention {
                mode: Some(rule.mode.into()),
                days: rule.days,
                years: rule.years,
            }),
        });
        let enabled = Some(ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED));
        let object_lock_configuration =
            Some(ObjectLockConfiguration { object_lock_enabled: enabled, rule });
        Ok(S3Response::new(GetObjectLockConfigurationOutput { object_lock_configuration }))
    }

    pub(in crate::cloud::s3) async fn on_put_object_lock_configuration(
        &self,
        input: PutObjectLockConfigurationInput,
    ) -> S3Result<S3Response<PutObjectLockConfigurationOutput>> {
        let retention = input
            .object_lock_configuration
            .and_then(|configuration| configuration.rule?.default_retention);
        let rule = retention.map(|retention| Rule {
            mode: retention.mode.map(|mode| mode.as_str().to_owned()).unwrap_or_default(),
            days: retention.days,
            years: retention.years,
        });
        self.run(move |index| index.set_lock(&input.bucket, rule.as_ref())).await?;
        Ok(S3Response::new(PutObjectLockConfigurationOutput::default()))
    }
}
