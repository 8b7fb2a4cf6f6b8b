//! Validation of JPEG files.

use std::io::Cursor;

use builder_store::error::Result;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{check_size, refused};

/// Decodes the whole file: a truncated image would be shown in part.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let unreadable = |_| refused("is not a complete JPEG: save it again");
    let options = DecoderOptions::default().set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(unreadable)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    check_size(width, height)?;
    match decoder.input_colorspace() {
        Some(ColorSpace::Luma | ColorSpace::YCbCr | ColorSpace::RGB) => {
            decoder.decode().map(drop).map_err(unreadable)
        }
        // PDF/A permits CMYK only with a profile of the printing device.
        _ => Err(refused("has CMYK colors: save it in RGB or grayscale")),
    }
}
