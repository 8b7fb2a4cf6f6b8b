//! Every change as one line of JSON, written before the response is sent.
//!
//! Written data survives the end of the process at any moment, but not necessarily a crash of the
//! machine: nothing is synced.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::{Books, Change};

/// The file in the data directory.
const FILE: &str = "stripe.jsonl";

/// The open journal, locked for this process.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    length: u64,
}

impl Journal {
    /// Opens the journal of a directory, and reads it. An incomplete last line, whose change was
    /// never acknowledged, is dropped.
    ///
    /// # Errors
    /// If the file can't be used, another process has locked it, or a line other than the last is
    /// invalid.
    pub(crate) fn open(directory: &Path) -> std::io::Result<(Self, Books)> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(FILE);
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorKind::ResourceBusy,
                    format!("{} is used by another local Stripe", path.display()),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let (books, length) = replay(&text).map_err(|(line, error)| {
            Error::new(ErrorKind::InvalidData, format!("{}, line {line}: {error}", path.display()))
        })?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok((Self { file, length }, books))
    }

    /// Appends a change.
    ///
    /// # Errors
    /// If it can't be written; then nothing of it is written.
    pub(crate) fn append(&mut self, change: &Change) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

/// Parses a journal, and returns the length of its complete lines in bytes.
fn replay(text: &[u8]) -> Result<(Books, u64), (usize, serde_json::Error)> {
    let mut books = Books::default();
    let mut length = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        books.apply(serde_json::from_slice(line).map_err(|error| (index + 1, error))?);
        length += line.len() as u64 + 1;
    }
    Ok((books, length))
}
