//! The grants of the policies that calls need. They show which rights of a function are unused.

use std::collections::HashSet;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// One action of one statement on one of its resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The function whose policy it is in.
    pub function: String,
    /// The index of the statement in that policy, of the action in the statement, and of the
    /// resource.
    pub place: [usize; 3],
}

/// A grant that allowed a call, and the pattern of partition keys that it was used for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// The grant.
    pub grant: Grant,
    /// The pattern of `dynamodb:LeadingKeys`, such as `ORDER#*`; empty if the statement names none.
    pub pattern: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grant { function, place: [statement, action, resource] } = &self.grant;
        write!(f, "{function} {statement} {action} {resource} {}", self.pattern)
    }
}

impl Use {
    /// Parses the output of [`Use::fmt`]; `None` for any other text.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(5, ' ');
        let function = parts.next()?.to_owned();
        let mut place = [0; 3];
        for number in &mut place {
            *number = parts.next()?.parse().ok()?;
        }
        Some(Self { grant: Grant { function, place }, pattern: parts.next()?.to_owned() })
    }
}

/// A file with a line for each [`Use`], written when it first occurs. Copies share the file; other
/// processes may append to it, too.
#[derive(Clone)]
pub struct GrantLog(Arc<Mutex<Open>>);

struct Open {
    file: File,
    seen: HashSet<Use>,
}

impl fmt::Debug for GrantLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantLog")
    }
}

impl GrantLog {
    /// Opens this file for appending; it is created if it doesn't exist.
    ///
    /// # Errors
    /// If the file can't be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(Open { file, seen: HashSet::new() }))))
    }

    /// Records that a grant was used for items whose partition keys match these patterns.
    pub(super) fn used(&self, grant: &Grant, patterns: &[&str]) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let patterns = if patterns.is_empty() { &[""] } else { patterns };
        for pattern in patterns {
            let used = Use { grant: grant.clone(), pattern: (*pattern).to_owned() };
            if open.seen.contains(&used) {
                continue;
            }
            // A short line that is appended in one write isn't split by writes of other processes.
            if let Err(error) = open.file.write_all(format!("{used}\n").as_bytes()) {
                tracing::error!(%error, "could not write the log of used grants");
            }
            open.seen.insert(used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_is_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("grants");
        let grant = Grant { function: "place-order".to_owned(), place: [0, 2, 1] };
        for _ in 0..2 {
            let log = GrantLog::open(&path).unwrap();
            log.used(&grant, &["ORDER#*", "ORDER#*", "SETTINGS"]);
            log.clone().used(&grant, &["ORDER#*"]);
            log.used(&grant, &[]);
        }
        let written = std::fs::read_to_string(&path).unwrap();
        let once =
            ["place-order 0 2 1 ORDER#*", "place-order 0 2 1 SETTINGS", "place-order 0 2 1 "];
        assert_eq!(written.lines().collect::<Vec<_>>(), [once, once].concat());
        let used = Use::parse(written.lines().next().unwrap()).unwrap();
        assert_eq!(used, Use { grant, pattern: "ORDER#*".to_owned() });
        assert_eq!(Use::parse("place-order 0 x 1 "), None);
    }
}
