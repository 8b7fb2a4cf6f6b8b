//! Which grants of the policies calls need: what shows that a function may do nothing that it
//! doesn't.

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
    /// The place of the statement in that policy, of the action in the statement, and of the
    /// resource.
    pub place: [usize; 3],
}

/// A grant that allowed a call, and the beginning of the partition keys that it was used for:
/// `ORDER` of `ORDER#ord_…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// The grant.
    pub grant: Grant,
    /// The keys' first part; empty for what has no partition key.
    pub key_prefix: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grant { function, place: [statement, action, resource] } = &self.grant;
        write!(f, "{function} {statement} {action} {resource} {}", self.key_prefix)
    }
}

impl Use {
    /// Reads what [`Use::fmt`] writes; `None` if it is something else.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(5, ' ');
        let function = parts.next()?.to_owned();
        let mut place = [0; 3];
        for number in &mut place {
            *number = parts.next()?.parse().ok()?;
        }
        Some(Self { grant: Grant { function, place }, key_prefix: parts.next()?.to_owned() })
    }
}

/// A file in which each [`Use`] is a line, written when it is first seen. Copies share it; other
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
    /// Appends to this file, which is created if it doesn't exist.
    ///
    /// # Errors
    /// If the file can't be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(Open { file, seen: HashSet::new() }))))
    }

    /// Notes that a grant was used for items with these partition keys.
    pub(super) fn used(&self, grant: &Grant, keys: &[String]) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut prefixes: Vec<&str> =
            keys.iter().map(|key| key.split('#').next().unwrap_or_default()).collect();
        if prefixes.is_empty() {
            prefixes.push("");
        }
        for prefix in prefixes {
            let used = Use { grant: grant.clone(), key_prefix: prefix.to_owned() };
            if open.seen.contains(&used) {
                continue;
            }
            // Other processes' writes don't split a short line that is appended in one write.
            if let Err(error) = open.file.write_all(format!("{used}\n").as_bytes()) {
                tracing::error!(%error, "the log of used grants can't be written");
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
            log.used(
                &grant,
                &["ORDER#ord_1".to_owned(), "ORDER#ord_2".to_owned(), "SETTINGS".to_owned()],
            );
            log.clone().used(&grant, &["ORDER#ord_3".to_owned()]);
            log.used(&grant, &[]);
        }
        let written = std::fs::read_to_string(&path).unwrap();
        let once = ["place-order 0 2 1 ORDER", "place-order 0 2 1 SETTINGS", "place-order 0 2 1 "];
        assert_eq!(written.lines().collect::<Vec<_>>(), [once, once].concat());
        let used = Use::parse(written.lines().next().unwrap()).unwrap();
        assert_eq!(used, Use { grant, key_prefix: "ORDER".to_owned() });
        assert_eq!(Use::parse("place-order 0 x 1 "), None);
    }
}
