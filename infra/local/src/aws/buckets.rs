//! Buckets as the template describes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use md5::{Digest as _, Md5};

use super::{Aws, AwsError};
use crate::template::Bucket;

/// Creates a bucket unless it exists, and configures the versioning and locks that the template
/// specifies.
pub(super) async fn create(aws: &Aws, bucket: &Bucket) -> Result<(), AwsError> {
    let request = Request::builder().method(Method::PUT).uri(format!("/{}", bucket.name));
    let request = if bucket.object_lock {
        request.header("x-amz-bucket-object-lock-enabled", "true")
    } else {
        request
    };
    match aws.put_to(request, Bytes::new()).await {
        Ok(()) => {}
        Err(error) if error.code.starts_with("BucketAlready") => {}
        Err(error) => return Err(error),
    }
    // A bucket with locks has versioning enabled from the start.
    if let Some(status) = bucket.versioning.as_ref().filter(|_| !bucket.object_lock) {
        configure(
            aws,
            bucket,
            "versioning",
            &format!(
                "<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
            ),
        )
        .await?;
    }
    if let Some(retention) = &bucket.retention {
        let elements: String =
            retention.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
        let document = format!(
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>\
             <Rule><DefaultRetention>{elements}</DefaultRetention></Rule></ObjectLockConfiguration>"
        );
        configure(aws, bucket, "object-lock", &document).await?;
    }
    Ok(())
}

async fn configure(aws: &Aws, bucket: &Bucket, what: &str, document: &str) -> Result<(), AwsError> {
    let request = Request::builder()
        .method(Method::PUT)
        .uri(format!("/{}?{what}=", bucket.name))
        .header("content-md5", STANDARD.encode(Md5::digest(document)));
    aws.put_to(request, Bytes::from(document.to_owned())).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::{Clients, Home, Keys, Transport};
    use crate::cloud::{Cloud, CloudOptions};

    #[tokio::test]
    async fn a_bucket_is_configured_once() {
        let transport = Transport::Local(Cloud::open(CloudOptions::default()).unwrap());
        let home = Home { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
        let keys = Keys { access: "test".to_owned(), secret: "test".to_owned() };
        let aws = Clients::new(transport, home, keys, BTreeMap::new()).administrator();
        let retention = BTreeMap::from([
            ("Mode".to_owned(), "GOVERNANCE".to_owned()),
            ("Years".to_owned(), "10".to_owned()),
        ]);
        let locked = Bucket {
            name: "locked".to_owned(),
            versioning: Some("Enabled".to_owned()),
            object_lock: true,
            retention: Some(retention),
        };
        let plain = Bucket {
            name: "plain".to_owned(),
            versioning: Some("Enabled".to_owned()),
            object_lock: false,
            retention: None,
        };
        for bucket in [&locked, &plain, &locked, &plain] {
            create(&aws, bucket).await.unwrap();
        }
        for (path, part) in [
            ("/locked?object-lock=", "<Mode>GOVERNANCE</Mode>"),
            ("/locked?object-lock=", "<Years>10</Years>"),
            ("/locked?versioning=", "<Status>Enabled</Status>"),
            ("/plain?versioning=", "<Status>Enabled</Status>"),
            ("/plain?object-lock=", "ObjectLockConfigurationNotFoundError"),
        ] {
            let (_, body) = aws.get(path).await.unwrap();
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains(part), "{path}: {body}");
        }
    }
}
