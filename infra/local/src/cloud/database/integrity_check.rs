//! Checks that the database files are intact after a restart of the machine.
//!
//! The databases hand their writes to the operating system and never wait for the disk. The data
//! survives a killed process at any moment; but when the machine goes down, some pages of a file
//! may be new and others old. So the first start after a boot reads the files completely, and fails
//! if one is damaged, instead of failing at random later.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};

use crate::data_dir::DATABASES;

/// The file that records the boot ID of the machine when a stack last ran on the data.
const MARKER: &str = "machine-start";

/// Checks the databases in `data_dir` if the machine has been restarted since they were used.
pub(in crate::cloud) fn check(data_dir: &Path) -> Result<()> {
    check_since(data_dir, machine_start().as_deref())
}

/// Same as [`check`], with an identifier of the current boot. Without one, the databases are always
/// checked.
fn check_since(data_dir: &Path, start: Option<&str>) -> Result<()> {
    let marker = data_dir.join(MARKER);
    if start.is_some() && std::fs::read_to_string(&marker).ok().as_deref() == start {
        return Ok(());
    }
    for path in DATABASES.map(|name| data_dir.join(name)) {
        if path.exists() && !is_whole(&path) {
            bail!(
                "{} is damaged because the machine stopped while a stack was running; start again \
                 with --fresh, or restore a copy of {}",
                path.display(),
                data_dir.display()
            );
        }
    }
    if let Some(start) = start {
        std::fs::write(&marker, start)
            .with_context(|| format!("cannot write {}", marker.display()))?;
    }
    Ok(())
}

/// Returns whether SQLite finds no errors in a file; it reads all of it.
fn is_whole(path: &Path) -> bool {
    // The write-ahead log is part of the database, and SQLite applies it when it opens the file,
    // for which it needs write access.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let check = |connection: Connection| {
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
    };
    Connection::open_with_flags(path, flags).and_then(check).is_ok_and(|found| found == "ok")
}

/// Returns the ID that Linux generates at each boot. Other systems don't have it in a file.
fn machine_start() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    fn data_dir() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join(DATABASES[0])).unwrap();
        connection.execute_batch("CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a);").unwrap();
        for number in 0..1_000 {
            connection.execute("INSERT INTO t VALUES (?1)", [format!("{number:0100}")]).unwrap();
        }
        directory
    }

    fn damage(directory: &Path) {
        let file = File::options().write(true).open(directory.join(DATABASES[0])).unwrap();
        file.write_all_at(&[0x5a; 4096], 5 * 4096).unwrap();
    }

    #[test]
    fn damage_is_reported_after_a_machine_crash() {
        let directory = data_dir();
        check_since(directory.path(), Some("first")).unwrap();
        damage(directory.path());
        check_since(directory.path(), Some("first"))
            .expect("nothing is read while the machine is up");
        for start in [Some("second"), None] {
            let error = check_since(directory.path(), start).unwrap_err().to_string();
            assert!(
                error.contains("dynamodb.sqlite is damaged") && error.contains("--fresh"),
                "{error}"
            );
        }
        check_since(directory.path(), Some("second")).expect_err("it stays damaged");
    }

    #[test]
    fn an_intact_file_passes() {
        let directory = data_dir();
        for start in [Some("first"), Some("second"), None, Some("second")] {
            check_since(directory.path(), start).unwrap();
        }
    }

    #[test]
    fn the_boot_time_is_read_on_linux() {
        assert_eq!(machine_start().is_some(), cfg!(target_os = "linux"));
    }
}
