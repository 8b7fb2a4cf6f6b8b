//! The logo image in a request. It is decoded completely with the decoders that print invoices, so
//! every stored logo can be printed.

mod jpeg;
mod png;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_core::settings::LogoType;
use builder_store::error::{Error, Result};

/// The maximum size of a file, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;
/// The maximum width and height in pixels, which is the limit for printing.
const MAX_SIDE: usize = 4_000;
/// The maximum number of pixels. The decoded image must fit into memory several times, since ten
/// invoices are printed concurrently.
const MAX_PIXELS: usize = 2_000_000;

/// An image that can be printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its type, determined by its first bytes.
    pub(crate) content_type: LogoType,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

impl Picture {
    /// Decodes and validates a file in Base64 (RFC 4648, section 4).
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/image`, with what to change.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text).map_err(|_| {
            refused(
                "must be a file in Base64 (RFC 4648, section 4), with padding, without line breaks \
                 and without a `data:` prefix",
            )
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(refused(format!(
                "has {} bytes: reduce it to at most {MAX_BYTES} bytes",
                bytes.len()
            )));
        }
        let content_type = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => LogoType::Png,
            [0xff, 0xd8, 0xff, ..] => LogoType::Jpeg,
            _ => {
                return Err(refused(
                    "must be a PNG or a JPEG: convert it; renaming the file is not enough",
                ));
            }
        };
        match content_type {
            LogoType::Png => png::check(&bytes)?,
            LogoType::Jpeg => jpeg::check(&bytes)?,
        }
        Ok(Self { content_type, bytes })
    }
}

/// Validates the size of an image before it is decoded.
fn check_size(width: usize, height: usize) -> Result<()> {
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) || width * height > MAX_PIXELS {
        return Err(refused(format!(
            "has {width} × {height} pixels: scale it to at most {MAX_SIDE} pixels in width and \
             height and {MAX_PIXELS} in total"
        )));
    }
    Ok(())
}

fn refused(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::invalid("/image", detail)
}
