//! The file that identifies a directory as a stack's.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// Its name.
pub(super) const MARKER: &str = "stack.json";
/// Its name until it is completely written.
pub(super) const NEW_MARKER: &str = "stack.json.new";
/// The format of all data of a stack. To be incremented with every change after which older data
/// can't be read.
const FORMAT: u32 = 2;

/// The contents of the marker.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Marker {
    /// An explanation for readers of the file.
    about: String,
    format: u32,
    /// How far ahead of the machine's time the data has been, in milliseconds.
    #[serde(default)]
    pub(super) ahead_ms: u64,
    /// The paths of the files with data since the first complete start. Empty before.
    #[serde(default)]
    pub(super) files: Vec<String>,
}

impl Default for Marker {
    fn default() -> Self {
        Self::complete(Vec::new(), 0)
    }
}

impl Marker {
    /// Returns the marker of a directory in which these files must exist from now on, and whose
    /// time has been this far ahead.
    pub(super) fn complete(files: Vec<String>, ahead_ms: u64) -> Self {
        let about =
            "Data of Builder API's local stack. `cargo run -- --fresh` deletes it.".to_owned();
        Self { about, format: FORMAT, ahead_ms, files }
    }

    /// Reads the marker of a directory, if it has one.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(MARKER);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).with_context(|| {
                format!(
                    "{} is damaged; delete {} yourself, or choose another one with --data-dir",
                    path.display(),
                    directory.display()
                )
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it atomically: a killed process leaves the old one or the new one.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let (new, path) = (directory.join(NEW_MARKER), directory.join(MARKER));
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", new.display()))?;
        std::fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Checks that this program can read the data.
    pub(super) fn check(&self, directory: &Path) -> Result<()> {
        if self.format != FORMAT {
            bail!(
                "{} contains data in format {}, but this version uses format {FORMAT}; delete the \
                 data with --fresh, or choose another directory with --data-dir",
                directory.display(),
                self.format
            );
        }
        Ok(())
    }
}
