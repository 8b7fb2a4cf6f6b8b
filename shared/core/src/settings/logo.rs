//! The metadata of the seller's logo in the settings. The image itself is in the bucket of
//! documents (`ports/logos.rs`).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// An image that was uploaded with `PUT /api/v1/settings/logo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Logo {
    /// The media type.
    pub content_type: LogoType,
    /// The SHA-256 digest, in hexadecimal.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )]
    pub sha256: String,
    /// The size in bytes.
    #[schema(minimum = 1, example = 4096)]
    pub bytes: u64,
}

/// The media types of images that invoices can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum LogoType {
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// JPEG in grey or RGB.
    #[serde(rename = "image/jpeg")]
    Jpeg,
}

impl Logo {
    /// Creates the metadata of an image of this type.
    #[must_use]
    pub fn of(content_type: LogoType, picture: &[u8]) -> Self {
        let sha256 = hex::encode(Sha256::digest(picture));
        Self { content_type, sha256, bytes: picture.len() as u64 }
    }
}

impl LogoType {
    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Returns the extension of file names.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_has_the_sha256_hash_of_its_content() {
        let logo = Logo::of(LogoType::Png, b"abc");
        // FIPS 180-2, B.1.
        assert_eq!(logo.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(logo.bytes, 3);
        for kind in [LogoType::Png, LogoType::Jpeg] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.media_type());
        }
    }
}
