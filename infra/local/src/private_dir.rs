//! The data directory contains secrets, hashes and mails: other users of the machine must not read
//! it, and only one stack at a time may use it.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// No permissions for the group and others.
const PRIVATE: u32 = 0o700;

/// Locks a data directory, until it is dropped or the process is killed.
pub(crate) struct Lock(File);

impl Lock {
    /// Creates the directory if necessary, denies other users access, and locks it for this
    /// process.
    pub(crate) fn take(directory: &Path, name: &str) -> Result<Self> {
        make(directory, name)?;
        let path = directory.join(name);
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "{} is in use by another stack; stop it or choose another data directory",
                    directory.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }
}

impl Drop for Lock {
    /// Closing the file alone would leave the lock to a child process that is being started and
    /// still has its parent's files.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "cannot release the data directory");
        }
    }
}

/// Creates the directory if necessary, and denies other users access. An existing one that isn't
/// ours is left unchanged: the path may be a home directory or `/tmp`.
///
/// `lock` is the file that identifies a directory as ours.
fn make(directory: &Path, lock: &str) -> Result<()> {
    if let Some(parent) = directory.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    match DirBuilder::new().mode(PRIVATE).create(directory) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot create {}", directory.display()));
        }
    }
    let found = std::fs::metadata(directory)
        .with_context(|| format!("cannot inspect {}", directory.display()))?;
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    if found.uid() == rustix::process::geteuid().as_raw() && is_ours(directory, lock)? {
        return std::fs::set_permissions(directory, Permissions::from_mode(PRIVATE)).with_context(
            || format!("cannot restrict the permissions of {}", directory.display()),
        );
    }
    tracing::warn!(
        "other users can read {}; choose another directory for the data",
        directory.display()
    );
    Ok(())
}

fn is_ours(directory: &Path, lock: &str) -> Result<bool> {
    let is_empty = || Ok::<_, std::io::Error>(std::fs::read_dir(directory)?.next().is_none());
    Ok(directory.join(lock).exists()
        || is_empty().with_context(|| format!("cannot read {}", directory.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(directory: &Path) -> u32 {
        std::fs::metadata(directory).unwrap().mode() & 0o777
    }

    fn open_to_all(directory: &Path) {
        std::fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn our_directory_is_private_whether_new_or_existing() {
        let base = tempfile::tempdir().unwrap();
        let ours = base.path().join("deep/data");
        make(&ours, "lock").unwrap();
        assert_eq!(mode(&ours), PRIVATE);
        open_to_all(&ours);
        make(&ours, "lock").unwrap();
        assert_eq!(mode(&ours), PRIVATE, "empty");
        open_to_all(&ours);
        std::fs::write(ours.join("lock"), "").unwrap();
        std::fs::write(ours.join("services.sqlite"), "").unwrap();
        make(&ours, "lock").unwrap();
        assert_eq!(mode(&ours), PRIVATE, "used before");
    }

    #[test]
    fn permissions_of_other_directories_are_not_changed() {
        let base = tempfile::tempdir().unwrap();
        std::fs::write(base.path().join("letter.txt"), "").unwrap();
        open_to_all(base.path());
        make(base.path(), "lock").unwrap();
        assert_eq!(mode(base.path()), 0o755);
    }
}
