//! The position of a function in a stream, stored in a file so that a restart skips no batch and
//! repeats at most one.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// The position in every shard of one stream.
#[derive(Debug)]
pub(super) struct Checkpoint {
    file: Option<File>,
    /// The length of the text, padded with spaces: never shorter than the previous one.
    width: usize,
    position: Position,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Position {
    stream: String,
    /// The last sequence number that was handled, by shard.
    shards: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Reads the file of the function. A position in another stream (the table was created again)
    /// is discarded.
    pub(super) fn open(data_dir: Option<&Path>, function: &str, stream: &str) -> Result<Self> {
        let new = || Position { stream: stream.to_owned(), shards: BTreeMap::new() };
        let Some(data_dir) = data_dir else {
            return Ok(Self { file: None, width: 0, position: new() });
        };
        let directory = data_dir.join("checkpoints");
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let file = directory.join(format!("{function}.json"));
        let mut open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .with_context(|| format!("cannot open {}", file.display()))?;
        let mut text = String::new();
        open.read_to_string(&mut text)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let position = match text.trim() {
            "" => new(),
            text => serde_json::from_str(text)
                .with_context(|| format!("{} is damaged; delete it", file.display()))?,
        };
        let position = if position.stream == stream { position } else { new() };
        Ok(Self { file: Some(open), width: text.len(), position })
    }

    /// Returns the last sequence number handled in a shard.
    pub(super) fn get(&self, shard: &str) -> Option<&str> {
        self.position.shards.get(shard).map(String::as_str)
    }

    /// Stores a sequence number. It is written in place, by one system call: a killed process
    /// leaves the old position or the new one.
    pub(super) fn set(&mut self, shard: &str, sequence: &str) -> Result<()> {
        self.position.shards.insert(shard.to_owned(), sequence.to_owned());
        let Some(file) = &self.file else { return Ok(()) };
        let text = format!("{:1$}", serde_json::to_string(&self.position)?, self.width);
        self.width = text.len();
        file.write_all_at(text.as_bytes(), 0).context("could not save the position in a stream")
    }

    /// Deletes a position that the stream no longer has.
    pub(super) fn forget(&mut self, shard: &str) {
        self.position.shards.remove(shard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_stored_per_stream() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = Checkpoint::open(Some(directory.path()), "relay", "arn:1").unwrap();
        assert_eq!(first.get("s"), None);
        first.set("s", "41").unwrap();
        first.set("a longer one", "1").unwrap();
        first.forget("a longer one");
        first.set("s", "42").unwrap();
        assert_eq!(
            Checkpoint::open(Some(directory.path()), "relay", "arn:1").unwrap().get("s"),
            Some("42")
        );
        assert_eq!(
            Checkpoint::open(Some(directory.path()), "relay", "arn:2").unwrap().get("s"),
            None
        );
        assert_eq!(
            Checkpoint::open(Some(directory.path()), "other", "arn:1").unwrap().get("s"),
            None
        );
    }
}
