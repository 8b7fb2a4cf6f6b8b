//! Authorization and faults of S3.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Error, S3Result, s3_error};

use super::DropAnswer;
use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::faults::Injector;
use crate::cloud::faults::inject::inject;
use crate::cloud::iam::Check;
use crate::cloud::iam::principals::Principals;

/// Why the caller may not list the bucket; such a caller must not learn whether a key exists,
/// either.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax>
#[derive(Clone, Debug)]
pub(super) struct Hidden(String);

impl Hidden {
    /// Replaces an error by the one that the caller may see.
    pub(super) fn apply(extensions: &http::Extensions, error: S3Error) -> S3Error {
        match extensions.get::<Self>() {
            Some(Self(refusal))
                if matches!(error.code().as_str(), "NoSuchKey" | "NoSuchVersion") =>
            {
                s3_error!(AccessDenied, "{refusal}")
            }
            _ => error,
        }
    }
}

/// Authorizes every operation.
pub(super) struct Access {
    pub(super) principals: Arc<Principals>,
    pub(super) faults: Arc<Injector>,
    pub(super) region: String,
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(principal) = context
            .credentials()
            .and_then(|credentials| self.principals.owner(&credentials.access_key))
        else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let action = action(context.s3_op().name(), asks_for_version(context));
        for check in checks(action, context, &self.region) {
            if let Err(refusal) = principal.authorize(&check) {
                tracing::warn!(principal = principal.name, "{}", refusal.0);
                return Err(s3_error!(AccessDenied, "{}", refusal.0));
            }
        }
        if principal.is_administrator() {
            return Ok(());
        }
        if let Some(bucket) = read_bucket(context)
            && let Err(refusal) =
                principal.authorize(&Check::new("s3:ListBucket", arn::bucket(&bucket)))
        {
            context.extensions_mut().insert(Hidden(refusal.0));
        }
        let drop_answer = context.extensions_mut().get::<DropAnswer>().cloned().unwrap_or_default();
        match inject(&self.faults, action).await {
            Ok(through) => {
                // The response is lost, but the operation is executed.
                if through.finish().is_err() {
                    drop_answer.0.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(AwsError::Drop) => {
                drop_answer.0.store(true, Ordering::Relaxed);
                Err(s3_error!(InternalError))
            }
            Err(AwsError::Answer { code, message, .. }) if code == "SlowDown" => {
                Err(s3_error!(SlowDown, "{message}"))
            }
            Err(_) => {
                Err(s3_error!(InternalError, "Internal server error (caused by a fault rule)"))
            }
        }
    }
}

fn checks(action: &'static str, context: &S3AccessContext<'_>, region: &str) -> Vec<Check> {
    let resource = match context.s3_path() {
        S3Path::Root => "*".to_owned(),
        // The keys of a `DeleteObjects` are in its body: it must be allowed on all.
        S3Path::Bucket { bucket } if action == "s3:DeleteObject" => arn::object(bucket, "*"),
        S3Path::Bucket { bucket } => arn::bucket(bucket),
        S3Path::Object { bucket, key } => arn::object(bucket, key),
    };
    let prefix = url::form_urlencoded::parse(context.uri().query().unwrap_or_default().as_bytes())
        .find_map(|(name, value)| (name == "prefix").then(|| value.into_owned()));
    let mut checks = vec![
        Check::new(action, resource)
            .with("s3:prefix", prefix.into_iter().collect())
            .with("aws:RequestedRegion", vec![region.to_owned()]),
    ];
    if let Some((source, version)) = copy_source(context) {
        let action = if version { "s3:GetObjectVersion" } else { "s3:GetObject" };
        checks.push(Check::new(action, format!("arn:aws:s3:::{source}")));
    }
    if let S3Path::Object { bucket, key } = context.s3_path() {
        for (header, action) in [
            ("x-amz-tagging", "s3:PutObjectTagging"),
            ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
            ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
            ("x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention"),
        ] {
            if context.headers().contains_key(header) {
                checks.push(Check::new(action, arn::object(bucket, key)));
            }
        }
    }
    checks
}

/// Returns bucket and key of a copy's source, and whether it names a version.
fn copy_source(context: &S3AccessContext<'_>) -> Option<(String, bool)> {
    let source = context.headers().get("x-amz-copy-source")?.to_str().ok()?.trim_start_matches('/');
    let (path, query) = source.split_once('?').unwrap_or((source, ""));
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    Some((path, query.starts_with("versionId=")))
}

/// Returns the bucket that is read by a request whose error may reveal that a key does not exist.
fn read_bucket(context: &S3AccessContext<'_>) -> Option<String> {
    match (context.s3_op().name(), context.s3_path()) {
        ("GetObject" | "HeadObject", S3Path::Object { bucket, .. }) => Some(bucket.to_string()),
        ("CopyObject", _) => copy_source(context)?.0.split('/').next().map(str::to_owned),
        _ => None,
    }
}

fn asks_for_version(context: &S3AccessContext<'_>) -> bool {
    url::form_urlencoded::parse(context.uri().query().unwrap_or_default().as_bytes())
        .any(|(name, _)| name == "versionId")
}

/// Returns the IAM action of an operation. Unlisted operations require all rights in S3.
fn action(operation: &str, of_version: bool) -> &'static str {
    match operation {
        "GetObject" | "HeadObject" if of_version => "s3:GetObjectVersion",
        "DeleteObject" if of_version => "s3:DeleteObjectVersion",
        "GetObjectTagging" if of_version => "s3:GetObjectVersionTagging",
        "PutObjectTagging" if of_version => "s3:PutObjectVersionTagging",
        "DeleteObjectTagging" if of_version => "s3:DeleteObjectVersionTagging",
        "GetObject" | "HeadObject" => "s3:GetObject",
        "PutObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload"
        | "PostObject" => "s3:PutObject",
        "DeleteObject" | "DeleteObjects" => "s3:DeleteObject",
        "ListObjects" | "ListObjectsV2" | "HeadBucket" => "s3:ListBucket",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "ListParts" => "s3:ListMultipartUploadParts",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "ListObjectVersions" => "s3:ListBucketVersions",
        "GetBucketVersioning" => "s3:GetBucketVersioning",
        "PutBucketVersioning" => "s3:PutBucketVersioning",
        "GetObjectLockConfiguration" => "s3:GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration" => "s3:PutBucketObjectLockConfiguration",
        "GetObjectTagging" => "s3:GetObjectTagging",
        "PutObjectTagging" => "s3:PutObjectTagging",
        "DeleteObjectTagging" => "s3:DeleteObjectTagging",
        "GetObjectRetention" => "s3:GetObjectRetention",
        "PutObjectRetention" => "s3:PutObjectRetention",
        "GetObjectLegalHold" => "s3:GetObjectLegalHold",
        "PutObjectLegalHold" => "s3:PutObjectLegalHold",
        _ => "s3:OtherOperation",
    }
}
