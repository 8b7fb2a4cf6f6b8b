//! Validation of PNG files.

use std::io::Cursor;

use builder_store::error::{Error, Result};
use png::{Decoder, DecodingError, Transformations};

use super::{check_size, refused};

/// The maximum size of a color profile, in bytes. It would be part of every invoice, and a few
/// bytes can decompress to a large profile.
const MAX_PROFILE: usize = 256 * 1024;

/// Decodes the file row by row, so that at most one row is in memory.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let (width, height) = decoder.read_header_info().map_err(unreadable)?.size();
    check_size(width as usize, height as usize)?;
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let profile = reader.info().icc_profile.as_ref().map_or(0, |profile| profile.len());
    if profile > MAX_PROFILE {
        return Err(refused(format!(
            "has a color profile of {profile} bytes: save it without a profile, or with a smaller \
             one"
        )));
    }
    while reader.next_row().map_err(unreadable)?.is_some() {}
    Ok(())
}

fn unreadable(_: DecodingError) -> Error {
    refused("is not a complete PNG: save it again")
}
