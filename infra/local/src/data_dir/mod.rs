//! The data directory: the data that a stack stores between two runs.
//!
//! A marker file identifies the directory as a stack's, and contains the format. Without it,
//! nothing in a directory is read, written or deleted, and `--fresh` only deletes files that are
//! known by name ([`files`]): the path comes from a command line, and may be any directory.

mod damage;
mod files;
mod fresh;
mod marker;

use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::private_dir::Lock;
pub(crate) use files::{ADMINISTRATOR, DATABASES, LAMBDA_ENV, LOCK};
use marker::Marker;

/// A data directory that this process uses, until it is dropped.
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: Lock,
}

/// Checks a directory without changing anything.
///
/// # Errors
/// In one line, why no stack can use it, and what to do: it contains other files, another version
/// wrote it, a file is missing or damaged. With `fresh`, damage and format are ignored, but any
/// foreign file is refused.
pub(crate) fn check(path: &Path, fresh: bool) -> Result<()> {
    let Some(entries) = read(path)? else { return Ok(()) };
    let Some(marker) = Marker::read(path)? else {
        return match entries
            .iter()
            .map(DirEntry::file_name)
            .find(|name| !files::comes_before_marker(name))
        {
            Some(name) => bail!(
                "{} was not created by a stack and is not empty: it contains {}; choose a new or \
                 empty directory with --data-dir",
                path.display(),
                name.display()
            ),
            None => Ok(()),
        };
    };
    let foreign = entries.iter().find(|entry| !files::is_ours(entry));
    // A link or a directory with the name of one of our files would redirect writes, whether data
    // is deleted or not.
    if let Some(foreign) = foreign.filter(|foreign| fresh || files::has_our_name(foreign)) {
        bail!(
            "{} was not created by the stack; move it away, or choose another directory with \
             --data-dir. Nothing was deleted",
            foreign.path().display()
        );
    }
    if fresh {
        return Ok(());
    }
    marker.check(path)?;
    // Data that an interrupted --fresh has set aside is restored before anything is opened.
    if fresh::is_interrupted(path) { Ok(()) } else { damage::check(path, &marker.files) }
}

/// Returns how far ahead of the machine's time the data of a directory has been.
pub(crate) fn kept_ahead(path: &Path) -> Result<Duration> {
    let marker = if path.is_dir() { Marker::read(path)? } else { None };
    Ok(Duration::from_millis(marker.map_or(0, |marker| marker.ahead_ms)))
}

/// Returns whether a stack is using a directory.
pub(crate) fn is_in_use(path: &Path) -> bool {
    let lock = std::fs::File::open(path.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

impl DataDir {
    /// Locks the directory for this process and creates it if necessary. With `fresh`, its data is
    /// set aside: [`Self::settle`] deletes it when the stack has started; if it fails to start, the
    /// next start restores it.
    pub(crate) fn take(path: &Path, fresh: bool) -> Result<Self> {
        check(path, fresh)?;
        let lock = Lock::take(path, LOCK)?;
        if Marker::read(path)?.is_none() {
            Marker::default().write(path)?;
        }
        fresh::recover(path).with_context(|| {
            format!("cannot clean up {} after an interrupted --fresh", path.display())
        })?;
        // Another process may have changed it before the lock was held.
        check(path, fresh)?;
        if fresh {
            fresh::set_aside(path).with_context(|| format!("cannot empty {}", path.display()))?;
            Marker::default().write(path)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Records the files of a complete start, so that the next one detects lost files, and how far
    /// `ahead` of the machine's time it is; then deletes the data that was set aside.
    pub(crate) fn settle(&self, ahead: Duration) -> Result<()> {
        let present = files::data(&self.path);
        Marker::complete(present, u64::try_from(ahead.as_millis())?).write(&self.path)?;
        fresh::delete(&self.path)
            .with_context(|| format!("cannot delete the old data in {}", self.path.display()))
    }
}

/// Returns the entries of a directory; `None` if it doesn't exist.
fn read(path: &Path) -> Result<Option<Vec<DirEntry>>> {
    let advice = "choose another directory with --data-dir";
    match std::fs::metadata(path) {
        Ok(found) if !found.is_dir() => {
            bail!("{} is a file, not a directory; {advice}", path.display())
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) => bail!("cannot inspect {}: {error}; {advice}", path.display()),
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect);
    entries.map(Some).with_context(|| {
        format!("cannot read {}; change its permissions, or {advice}", path.display())
    })
}

#[cfg(test)]
mod tests;
