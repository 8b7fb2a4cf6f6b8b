//! `--fresh`: old data is only deleted once the new stack has started.
//!
//! It is moved through three directories, each by one rename, so that the process may be killed at
//! any time: into `discarding` file by file, which is renamed to `discarded` before new data is
//! created, and to `deleting` when the stack has started. If the next start finds one of the first
//! two, the start had failed, and the old data is restored.

use std::fs;
use std::io::Result;
use std::path::Path;

use super::files::{self, DELETING, DISCARDED, DISCARDING, STAGES};
use super::marker::MARKER;

/// Returns whether old data is to be restored or deleted.
pub(super) fn is_interrupted(directory: &Path) -> bool {
    STAGES.iter().any(|stage| directory.join(stage).exists())
}

/// Moves all data out of the way.
pub(super) fn set_aside(directory: &Path) -> Result<()> {
    let discarding = directory.join(DISCARDING);
    fs::create_dir(&discarding)?;
    for name in names(directory)? {
        fs::rename(directory.join(&name), discarding.join(&name))?;
    }
    // Restoring the old data needs its marker.
    fs::copy(directory.join(MARKER), discarding.join(MARKER))?;
    fs::rename(discarding, directory.join(DISCARDED))
}

/// Deletes the data that was set aside.
pub(super) fn delete(directory: &Path) -> Result<()> {
    let (discarded, deleting) = (directory.join(DISCARDED), directory.join(DELETING));
    if discarded.exists() {
        fs::rename(discarded, &deleting)?;
    }
    if deleting.exists() { fs::remove_dir_all(deleting) } else { Ok(()) }
}

/// Undoes a start that failed, and completes one that succeeded.
pub(super) fn recover(directory: &Path) -> Result<()> {
    let (discarding, discarded, deleting) =
        (directory.join(DISCARDING), directory.join(DISCARDED), directory.join(DELETING));
    if deleting.exists() {
        fs::remove_dir_all(deleting)?;
    }
    if discarded.exists() {
        for name in names(directory)? {
            let path = directory.join(name);
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        fs::rename(discarded, &discarding)?;
    }
    if discarding.exists() {
        for entry in fs::read_dir(&discarding)? {
            let entry = entry?;
            fs::rename(entry.path(), directory.join(entry.file_name()))?;
        }
        fs::remove_dir(discarding)?;
    }
    Ok(())
}

/// Returns the names of a stack's files in a directory, except those that identify and lock it.
fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if let Some(name) =
            entry.file_name().to_str().filter(|name| files::is_ours(&entry) && !files::stays(name))
        {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
