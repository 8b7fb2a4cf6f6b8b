//! A picture as it is sent. It is read as a whole by the readers that the printer of invoices uses,
//! so what is kept can be printed.

mod jpeg;
mod png;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_core::settings::LogoType;
use builder_store::error::{Error, Result};

/// The most bytes of a file.
pub(crate) const MAX_BYTES: usize = 256 * 1024;
/// The most pixels either way: the printer takes no more.
const MAX_SIDE: usize = 4_000;
/// The most pixels in all. Unpacked, they have to fit into the printer's memory several times,
/// since it prints ten invoices at once.
const MAX_PIXELS: usize = 2_000_000;

/// A picture that can be printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// What it is, by its first bytes.
    pub(crate) content_type: LogoType,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

impl Picture {
    /// Reads a file in Base64 (RFC 4648, section 4).
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/image`, with what to change.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text).map_err(|_| {
            refused(
                "must be a file in Base64 (RFC 4648, section 4), padded, without line breaks \
                 and without `data:` before it",
            )
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(refused(format!(
                "has {} bytes: make it smaller, {MAX_BYTES} are accepted",
                bytes.len()
            )));
        }
        let content_type = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => LogoType::Png,
            [0xff, 0xd8, 0xff, ..] => LogoType::Jpeg,
            _ => {
                return Err(refused(
                    "must be a PNG or a JPEG: save it as one of them, another name is not enough",
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

/// Whether a picture of this size can be printed. Asked before anything of it is unpacked.
fn check_size(width: usize, height: usize) -> Result<()> {
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) || width * height > MAX_PIXELS {
        return Err(refused(format!(
            "has {width} × {height} pixels: scale it to 1 to {MAX_SIDE} either way and at most \
             {MAX_PIXELS} in all"
        )));
    }
    Ok(())
}

fn refused(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::invalid("/image", detail)
}
