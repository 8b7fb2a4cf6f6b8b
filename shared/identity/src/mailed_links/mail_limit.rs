//! The limit of mails of one kind that an address gets per hour, whoever requests them and whether
//! or not it has an account.

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::table::{Item, Table, numeric, primary, text, textual};

use crate::email::EmailAddress;
use crate::keys;

/// The maximum number of mails per [`PERIOD`].
const MOST: usize = 3;
/// The period in which they are counted, in seconds, as a sliding window.
const PERIOD: i64 = 3600;

/// Counts a mail to an address in `commit`, if the limit isn't reached; returns whether it may be
/// sent. The commit fails with [`Error::VersionConflict`] if another mail is counted at the same
/// time.
///
/// # Errors
/// As [`Table::call`].
pub async fn count(table: &Table, commit: &mut Commit, email: &EmailAddress) -> Result<bool> {
    let (key, now) = (keys::mails_to(email.as_str()), commit.context().at.as_second());
    let counted = table.get(&key).await?;
    let before = counted.as_ref().map(|item| text(item, "sent").map(str::to_owned)).transpose()?;
    let sent = before
        .as_deref()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|second| second.parse::<i64>().ok());
    let mut sent: Vec<i64> = sent.filter(|second| now - second < PERIOD).collect();
    if sent.len() >= MOST {
        return Ok(false);
    }
    sent.push(now);
    let sent: Vec<String> = sent.iter().map(i64::to_string).collect();
    let mut item = primary(&key);
    item.insert("sent".to_owned(), textual(sent.join(" ")));
    item.insert("expiresAt".to_owned(), numeric(now + PERIOD));
    match before {
        None => commit.insert(key, item, Error::VersionConflict),
        Some(before) => commit.put_if(
            key,
            item,
            "sent = :before",
            Item::from([(":before".to_owned(), textual(before))]),
            Error::VersionConflict,
        ),
    }
    Ok(true)
}
