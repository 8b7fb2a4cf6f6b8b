//! Listings: keys in the order of their bytes, with keys that have a prefix up to a delimiter in
//! common rolled up into one line.
//!
//! A listing reads as many rows as it returns, whatever the size of the bucket: after a common
//! prefix it continues at the first key without it.

use rusqlite::params;

use crate::cloud::s3::index::version::{COLUMNS, Version};
use crate::cloud::s3::index::{Bucket, Done, Index};

/// What to list.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// The last key of the previous page.
    pub(super) after: Option<String>,
    /// The last version of that key on the previous page: the key's older versions follow.
    pub(super) after_version: Option<String>,
    pub(super) most: usize,
    /// All versions and delete markers, or only the current objects.
    pub(super) versions: bool,
}

/// One line of a listing.
#[derive(Clone, Debug)]
pub(super) enum Line {
    Version(Box<Version>),
    /// A common prefix.
    Prefix(String),
}

impl Line {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Version(version) => &version.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// Some lines, and whether there are more.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) lines: Vec<Line>,
    pub(super) truncated: bool,
}

/// Where to continue: at versions of `key` with numbers below `below`, if set, and then after
/// `key`.
struct Position {
    key: String,
    below: i64,
}

impl Index {
    /// Returns one page of a listing.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) fn list(&self, listing: &Listing) -> Done<Page> {
        Bucket::load(&self.connection, &listing.bucket)?;
        let mut page = Page::default();
        if listing.most == 0 {
            return Ok(page);
        }
        let sql = if listing.versions {
            format!(
                "SELECT {COLUMNS} FROM versions
                 WHERE bucket = ?1 AND key >= ?2 AND (key > ?2 OR number < ?3) ORDER BY key, number DESC LIMIT ?4"
            )
        } else {
            format!(
                "SELECT {COLUMNS} FROM versions
                 WHERE latest = 1 AND marker = 0 AND bucket = ?1 AND key >= ?2 AND (key > ?2 OR number < ?3) ORDER BY key LIMIT ?4"
            )
        };
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut next = self.start(listing)?;
        while let Some(position) = next.take() {
            let limit = i64::try_from(listing.most + 1 - page.lines.len()).unwrap_or(i64::MAX);
            let rows = statement.query_map(
                params![listing.bucket, position.key, position.below, limit],
                Version::read,
            )?;
            for row in rows {
                let version = row?;
                if !version.key.starts_with(&listing.prefix) {
                    return Ok(page);
                }
                if page.lines.len() == listing.most {
                    page.truncated = true;
                    return Ok(page);
                }
                match common_prefix(&version.key, &listing.prefix, listing.delimiter.as_deref()) {
                    Some(prefix) => {
                        next = behind(prefix).map(|key| Position { key, below: i64::MAX });
                        page.lines.push(Line::Prefix(prefix.to_owned()));
                        break;
                    }
                    None => page.lines.push(Line::Version(Box::new(version))),
                }
            }
        }
        Ok(page)
    }

    fn start(&self, listing: &Listing) -> Done<Option<Position>> {
        let first = Position { key: listing.prefix.clone(), below: i64::MAX };
        let Some(after) = listing.after.as_ref().filter(|after| **after >= listing.prefix) else {
            return Ok(Some(first));
        };
        if let Some(prefix) = common_prefix(after, &listing.prefix, listing.delimiter.as_deref()) {
            return Ok(behind(prefix).map(|key| Position { key, below: i64::MAX }));
        }
        let below = match &listing.after_version {
            Some(id) => Version::find(&self.connection, &listing.bucket, after, Some(id))?
                .map_or(0, |version| version.number),
            None => 0,
        };
        Ok(Some(Position { key: after.clone(), below }))
    }
}

/// Returns the common prefix of a key in a listing with a delimiter, if the delimiter occurs after
/// the prefix.
fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let at = key.strip_prefix(prefix)?.find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// Returns the first text, in the order of bytes, after all that begin with `prefix`. `None`: there
/// is no such text.
fn behind(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let following = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(following) = following {
            letters.push(following);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_skips_to_the_next_prefix() {
        assert_eq!(behind("a/").as_deref(), Some("a0"));
        assert_eq!(behind("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind("\u{7f}").as_deref(), Some("\u{80}"));
    }

    #[test]
    fn a_delimiter_counts_behind_the_prefix() {
        assert_eq!(common_prefix("a/b/c", "", Some("/")), Some("a/"));
        assert_eq!(common_prefix("a/b/c", "a/", Some("/")), Some("a/b/"));
        assert_eq!(common_prefix("a/b/c", "a/b/", Some("/")), None);
        assert_eq!(common_prefix("a--b", "a", Some("--")), Some("a--"));
        assert_eq!(common_prefix("a/b", "", None), None);
    }
}
