//! The files of invoices and credit notes.
//! A file is written only once: an issued document never changes, even if it is written again with
//! other settings.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use builder_store::aws::outcome;
use builder_store::error::{Error, Result};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::id::InvoiceId;
use crate::invoices::File;

/// The media type of the files.
pub const CONTENT_TYPE: &str = "application/pdf";
/// How long a URL is valid.
pub const URL_LIFE: Duration = Duration::from_secs(5 * 60);

/// The metadata that says whether there is an electronic invoice in a file.
const ELECTRONIC: &str = "electronic";

/// The bucket of the files.
#[derive(Debug, Clone)]
pub struct Documents {
    client: Client,
    bucket: String,
}

/// Returns the key of a document's file.
#[must_use]
pub fn key(id: InvoiceId) -> String {
    format!("invoices/{id}.pdf")
}

/// Returns the file name for downloads of the document with this number. Slashes, which numbers can
/// contain, are replaced.
#[must_use]
pub fn file_name(number: &str) -> String {
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() || "-_.".contains(character) { character } else { '-' }
    };
    format!("{}.pdf", number.chars().map(safe).collect::<String>())
}

impl Documents {
    /// Returns the files in this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Writes a document's file, and returns the stored file: the existing one, if there was one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't store it, or another request is writing it.
    pub async fn put(&self, id: InvoiceId, bytes: Vec<u8>, electronic: bool) -> Result<File> {
        let key = key(id);
        let file = describe(key.clone(), &bytes, electronic);
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type(CONTENT_TYPE)
            .if_none_match("*");
        let request =
            request.metadata(ELECTRONIC, electronic.to_string()).body(ByteStream::from(bytes));
        let Err(error) = request.send().await else { return Ok(file) };
        match error.as_service_error().and_then(|error| error.meta().code()) {
            Some("PreconditionFailed") => self.present(key).await,
            Some("ConditionalRequestConflict") => {
                Err(Error::Unavailable("another request is writing this file".into()))
            }
            _ => Err(outcome(error)),
        }
    }

    /// Returns the existing file.
    async fn present(&self, key: String) -> Result<File> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&key)
            .send()
            .await
            .map_err(outcome)?;
        let electronic = object
            .metadata()
            .and_then(|metadata| metadata.get(ELECTRONIC))
            .is_some_and(|value| value == "true");
        let bytes =
            object.body.collect().await.map_err(|error| Error::Unavailable(error.into()))?;
        Ok(describe(key, &bytes.into_bytes(), electronic))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't respond; [`Error::Internal`] if the file doesn't exist,
    /// or isn't the one that was written.
    pub async fn get(&self, file: &File) -> Result<Vec<u8>> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&file.key)
            .send()
            .await
            .map_err(outcome)?;
        let bytes = object
            .body
            .collect()
            .await
            .map_err(|error| Error::Unavailable(error.into()))?
            .into_bytes();
        if hex::encode(Sha256::digest(&bytes)) != file.sha256 {
            return Err(Error::internal(format!("{} is not the file that was written", file.key)));
        }
        Ok(bytes.into())
    }

    /// Returns a URL with which anyone can read a file for [`URL_LIFE`] from `now`, to be saved as
    /// `name`. It is valid as long as this function has permission to read the file.
    ///
    /// # Errors
    /// [`Error::Internal`] if it can't be created.
    pub async fn url(&self, file: &File, name: &str, now: Timestamp) -> Result<String> {
        let life = PresigningConfig::builder()
            .start_time(now.into())
            .expires_in(URL_LIFE)
            .build()
            .map_err(Error::internal)?;
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&file.key)
            .response_content_type(CONTENT_TYPE);
        let request =
            request.response_content_disposition(format!("attachment; filename=\"{name}\""));
        Ok(request.presigned(life).await.map_err(outcome)?.uri().to_owned())
    }
}

fn describe(key: String, bytes: &[u8], electronic: bool) -> File {
    let sha256 = hex::encode(Sha256::digest(bytes));
    File { key, sha256, bytes: bytes.len() as u64, electronic }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_in_file_names_are_replaced() {
        assert_eq!(file_name("INV-2026-000001"), "INV-2026-000001.pdf");
        assert_eq!(file_name("R/2026_1.a\"ü"), "R-2026_1.a--.pdf");
    }

    #[test]
    fn a_file_has_the_sha256_hash_of_its_content() {
        let file = describe("k".to_owned(), b"abc", true);
        // FIPS 180-2, B.1.
        assert_eq!(file.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((file.bytes, file.electronic), (3, true));
    }
}
