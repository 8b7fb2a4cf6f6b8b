//! `--fresh`: old data is deleted only when the new stack has started.
//!
//! It is moved through three directories, each by one rename, so that a process may be killed at
//! any time: into `discarding` file by file; that becomes `discarded`, and new data is made; when
//! all is well that becomes `deleting`. What is found in the first two at the next start belongs to
//! a start that came to nothing, and goes back.

use std::fs;
use std::io::Result;
use std::path::Path;

use super::files::{self, DELETING, DISCARDED, DISCARDING, STAGES};
use super::marker::MARKER;

/// Whether old data waits to be brought back or deleted.
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
    // What the old data was, a return must know.
    fs::copy(directory.join(MARKER), discarding.join(MARKER))?;
    fs::rename(discarding, directory.join(DISCARDED))
}

/// Deletes what was set aside.
pub(super) fn delete(directory: &Path) -> Result<()> {
    let (discarded, deleting) = (directory.join(DISCARDED), directory.join(DELETING));
    if discarded.exists() {
        fs::rename(discarded, &deleting)?;
    }
    if deleting.exists() { fs::remove_dir_all(deleting) } else { Ok(()) }
}

/// Undoes a start that came to nothing, and finishes one that came to an end.
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

/// The names of what a stack keeps in a directory, but for what makes the directory its own.
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
