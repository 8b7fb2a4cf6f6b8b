//! The size of a function's deployment package.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The overhead of a zip file with one entry: local header, central directory, end record, and the
/// name `bootstrap` twice.
const ZIP_FRAME: u64 = 30 + 46 + 22 + 2 * 9;

/// Returns the size of a zip file that contains `binary` as `bootstrap`, deflated at the default
/// level, in bytes.
///
/// # Errors
/// If the binary can't be read.
pub fn zip_size(binary: &Path) -> Result<u64> {
    let code = std::fs::read(binary)
        .with_context(|| format!("there is no {}: build it first", binary.display()))?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&code)?;
    Ok(encoder.finish()?.len() as u64 + ZIP_FRAME)
}
