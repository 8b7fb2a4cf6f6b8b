//! How a cloud is opened.

use std::path::PathBuf;

use super::Faults;

/// How a cloud is opened.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// Where everything is kept. `None`: in memory, and S3's files in a directory that goes with
    /// the cloud.
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
