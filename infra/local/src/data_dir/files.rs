//! The names of all files that a stack stores. A test checks that a stack creates no other: a new
//! file must be added here.

use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::Path;

use super::marker::{MARKER, NEW_MARKER};

/// The lock file of the data directory.
pub(crate) const LOCK: &str = "stack.lock";
/// The environment that the functions' real binaries are started with.
pub(crate) const LAMBDA_ENV: &str = "lambda.env";
/// The first administrator's credentials. The file exists once there is an administrator.
pub(crate) const ADMINISTRATOR: &str = "admin.json";
/// Where old data is collected before a fresh start ...
pub(super) const DISCARDING: &str = "discarding";
/// ... where all of it remains until the new stack has started ...
pub(super) const DISCARDED: &str = "discarded";
/// ... and where it is deleted.
pub(super) const DELETING: &str = "deleting";
/// The directories that old data is moved through.
pub(super) const STAGES: [&str; 3] = [DISCARDING, DISCARDED, DELETING];

/// The paths of the databases. SQLite stores more files next to each.
pub(crate) const DATABASES: [&str; 3] = ["dynamodb.sqlite", "services.sqlite", "s3/index.sqlite"];
/// The suffixes of the files that SQLite stores next to a database.
const BESIDE_DATABASE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Other files, which are created again if they are missing.
const FILES: [&str; 3] = ["lock", "machine-start", LAMBDA_ENV];
/// Directories.
const DIRECTORIES: [&str; 3] = ["s3", "stripe", "checkpoints"];

/// Returns whether a stack has created it, so that it may be deleted with its contents.
pub(super) fn is_ours(entry: &DirEntry) -> bool {
    let (name, kind) = (entry.file_name(), entry.file_type());
    let Some((name, kind)) = name.to_str().zip(kind.ok()) else { return false };
    if is_directory(name) { kind.is_dir() } else { is_file(name) && kind.is_file() }
}

/// Returns whether a stack uses its name, whatever it is.
pub(super) fn has_our_name(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| is_file(name) || is_directory(name))
}

/// Returns whether it may be in a directory whose marker isn't written yet.
pub(super) fn comes_before_marker(name: &OsStr) -> bool {
    name == LOCK || name == NEW_MARKER
}

/// Returns the paths of the existing files that contain data and can't be created again if they are
/// lost.
pub(super) fn data(directory: &Path) -> Vec<String> {
    let mut paths: Vec<_> =
        DATABASES.iter().chain(&DIRECTORIES).filter(|path| directory.join(path).exists()).collect();
    paths.sort();
    paths.into_iter().map(|path| (*path).to_owned()).collect()
}

/// Returns whether it is the path of a database.
pub(super) fn is_database(path: &str) -> bool {
    DATABASES.contains(&path)
}

/// Returns whether it stays in place when data is set aside: it identifies the directory as a
/// stack's, or locks it.
pub(super) fn stays(name: &str) -> bool {
    [MARKER, NEW_MARKER, LOCK].contains(&name) || STAGES.contains(&name)
}

fn is_directory(name: &str) -> bool {
    DIRECTORIES.contains(&name) || STAGES.contains(&name)
}

fn is_file(name: &str) -> bool {
    let beside =
        || BESIDE_DATABASE.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(is_database));
    FILES.contains(&name)
        || [MARKER, NEW_MARKER, LOCK, ADMINISTRATOR].contains(&name)
        || is_database(name)
        || beside()
}
