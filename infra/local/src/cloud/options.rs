//! How a cloud is opened.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Faults;
use crate::private_dir;

/// Whose holder uses the data directory.
const LOCK: &str = "lock";

/// How a cloud is opened.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// Where everything is kept. `None`: in memory, and S3's files in a directory that goes with the cloud.
    pub data_dir: Option<PathBuf>,
    /// The one region.
    pub region: String,
    /// What goes wrong, for everyone but the administrator.
    pub faults: Faults,
}

impl Default for CloudOptions {
    fn default() -> Self {
        Self { data_dir: None, region: "us-east-1".to_owned(), faults: Faults::default() }
    }
}

/// Creates the directory and takes it for this process. The lock ends with the file, also when the process is killed.
pub(super) fn lock(data_dir: &Path) -> anyhow::Result<File> {
    private_dir::make(data_dir, LOCK)?;
    let path = data_dir.join(LOCK);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("{} is in use by another stack; choose another data directory", data_dir.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
