//! PNG.

use std::io::Cursor;

use builder_store::error::{Error, Result};
use png::{Decoder, DecodingError, Transformations};

use super::{check_size, refused};

/// The most bytes of a colour profile: it would stand in every invoice, unpacked from what may be a
/// few bytes here.
const MAX_PROFILE: usize = 256 * 1024;

/// Reads it row by row, so that no more than one is ever in memory.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let (width, height) = decoder.read_header_info().map_err(unreadable)?.size();
    check_size(width as usize, height as usize)?;
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let profile = reader.info().icc_profile.as_ref().map_or(0, |profile| profile.len());
    if profile > MAX_PROFILE {
        return Err(refused(format!(
            "has a colour profile of {profile} bytes: save it without, or with a smaller one"
        )));
    }
    while reader.next_row().map_err(unreadable)?.is_some() {}
    Ok(())
}

fn unreadable(_: DecodingError) -> Error {
    refused("is no whole PNG: save it again")
}
