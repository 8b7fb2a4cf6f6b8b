//! Options for opening a cloud.

use std::path::PathBuf;

use super::Faults;

/// Options for opening a cloud.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// The directory of the data. `None`: in memory, with S3's files in a temporary directory.
    pub data_dir: Option<PathBuf>,
    /// The region.
    pub region: String,
    /// The faults, for all callers but the administrator.
    pub faults: Faults,
}

impl Default for CloudOptions {
    fn default() -> Self {
        Self { data_dir: None, region: "us-east-1".to_owned(), faults: Faults::default() }
    }
}
