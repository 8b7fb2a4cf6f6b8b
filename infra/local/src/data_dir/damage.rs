//! Files that were lost or damaged while no stack ran.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};

use super::files;

/// The first bytes of every SQLite database (<https://www.sqlite.org/fileformat.html>, section
/// 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The length of its header, in bytes.
const HEADER: usize = 100;

/// Checks that all files exist, and that each database is valid as far as its header and length
/// show.
pub(super) fn check(directory: &Path, expected: &[String]) -> Result<()> {
    let advice = format!(
        "restore it from a copy, or delete all data in {} with --fresh",
        directory.display()
    );
    for name in expected {
        let path = directory.join(name);
        match std::fs::metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("{} is missing; {advice}", path.display())
            }
            Err(error) => bail!("cannot inspect {}: {error}; {advice}", path.display()),
        }
        if files::is_database(name) {
            database(&path).with_context(|| format!("cannot use {}; {advice}", path.display()))?;
        }
    }
    Ok(())
}

/// Checks that a file is a database that isn't truncated.
fn database(path: &Path) -> Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut header = Vec::with_capacity(HEADER);
    file.take(HEADER as u64).read_to_end(&mut header)?;
    if header.len() < HEADER || !header.starts_with(MAGIC) {
        bail!("it is not an SQLite database, or incomplete");
    }
    let number = |at: usize, length: usize| {
        header[at..at + length].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
    };
    let page = match number(16, 2) {
        1 => 65_536,
        bytes => bytes,
    };
    // After a kill, pages that are only in the log make it shorter than its header says: then
    // SQLite must check it.
    if length < page * number(28, 4) && (!has_log(path) || !is_whole(path)) {
        bail!("it is damaged: {length} bytes of {}", page * number(28, 4));
    }
    Ok(())
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    File::open(log).and_then(|log| log.metadata()).is_ok_and(|log| log.len() > 0)
}

/// Returns whether SQLite finds no errors in it; it reads all of it.
fn is_whole(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let check = |connection: Connection| {
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
    };
    Connection::open_with_flags(path, flags).and_then(check).is_ok_and(|found| found == "ok")
}
