//! Who may do what in S3, and what goes wrong there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use super::DropAnswer;
use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::faults::Injector;
use crate::cloud::iam::Check;
use crate::cloud::principals::Principals;
use crate::cloud::strike::strike;

/// Decides before every operation.
pub(super) struct Access {
    pub(super) principals: Arc<Principals>,
    pub(super) faults: Arc<Injector>,
    pub(super) region: String,
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(principal) = context.credentials().and_then(|credentials| self.principals.owner(&credentials.access_key)) else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let action = action(context.s3_op().name());
        for check in checks(action, context, &self.region) {
            if let Err(refusal) = principal.authorize(&check) {
                tracing::warn!(principal = principal.name, "{}", refusal.0);
                return Err(s3_error!(AccessDenied, "{}", refusal.0));
            }
        }
        if principal.is_administrator() {
            return Ok(());
        }
        let drop_answer = context.extensions_mut().get::<DropAnswer>().cloned().unwrap_or_default();
        match strike(&self.faults, action).await {
            Ok(through) => {
                // The answer is lost, but the work is done.
                if through.finish().is_err() {
                    drop_answer.0.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(AwsError::Drop) => {
                drop_answer.0.store(true, Ordering::Relaxed);
                Err(s3_error!(InternalError))
            }
            Err(AwsError::Answer { code, message, .. }) if code == "SlowDown" => Err(s3_error!(SlowDown, "{message}")),
            Err(_) => Err(s3_error!(InternalError, "Internal server error (a fault that was asked for)")),
        }
    }
}

fn checks(action: &'static str, context: &S3AccessContext<'_>, region: &str) -> Vec<Check> {
    let resource = match context.s3_path() {
        S3Path::Root => "*".to_owned(),
        // The keys of a deletion of many stand in its body: it must be allowed on all.
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
    if let Some(source) = context.headers().get("x-amz-copy-source").and_then(|source| source.to_str().ok()) {
        let source = source.trim_start_matches('/').split('?').next().unwrap_or(source);
        let decoded = url::form_urlencoded::parse(format!("k={}", source.replace('+', "%2B")).as_bytes())
            .next()
            .map_or_else(|| source.to_owned(), |(_, value)| value.into_owned());
        checks.push(Check::new("s3:GetObject", format!("arn:aws:s3:::{decoded}")));
    }
    checks
}

/// The IAM action of an operation. What isn't listed is only for those who may do everything in S3.
fn action(operation: &str) -> &'static str {
    match operation {
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
        _ => "s3:OtherOperation",
    }
}
