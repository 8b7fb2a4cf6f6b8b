//! The images that sellers show on their invoices, in the bucket of documents.
//!
//! An image's key contains its hash, so writing it again changes nothing, and no image is ever
//! changed.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use builder_store::aws::outcome;
use builder_store::error::{Error, Result};

use crate::settings::Logo;

/// The bucket of the images.
#[derive(Debug, Clone)]
pub struct Logos {
    client: Client,
    bucket: String,
}

/// Returns the key of an image.
#[must_use]
pub fn key(logo: &Logo) -> String {
    format!("branding/logo-{}.{}", logo.sha256, logo.content_type.extension())
}

impl Logos {
    /// Returns the images in this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Writes an image, unless it exists.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't store it, or another request is writing it.
    pub async fn put(&self, logo: &Logo, picture: Vec<u8>) -> Result<()> {
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key(logo))
            .content_type(logo.content_type.media_type());
        let Err(error) = request.if_none_match("*").body(ByteStream::from(picture)).send().await
        else {
            return Ok(());
        };
        match error.as_service_error().and_then(|error| error.meta().code()) {
            Some("PreconditionFailed") => Ok(()),
            Some("ConditionalRequestConflict") => {
                Err(Error::Unavailable("another request is writing this image".into()))
            }
            _ => Err(outcome(error)),
        }
    }

    /// Reads an image.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't respond; [`Error::Internal`] if the image doesn't exist,
    /// or isn't the one that was written.
    pub async fn get(&self, logo: &Logo) -> Result<Vec<u8>> {
        let key = key(logo);
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&key)
            .send()
            .await
            .map_err(outcome)?;
        let picture = object
            .body
            .collect()
            .await
            .map_err(|error| Error::Unavailable(error.into()))?
            .into_bytes();
        if Logo::of(logo.content_type, &picture) != *logo {
            return Err(Error::internal(format!("{key} is not the image that was written")));
        }
        Ok(picture.into())
    }
}
