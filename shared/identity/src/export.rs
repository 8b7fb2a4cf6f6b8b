//! A person's data as exported to them: sessions and events, oldest first, without secrets.

use builder_store::error::Result;
use builder_store::event::Envelope;
use builder_store::id::UserId;
use builder_store::personal::{PersonKey, remove_personal_values, reveal_values};
use builder_store::table::{Table, event, text, versioned};
use serde_json::Value;

use crate::keys::{self, EVENT_PREFIX, SESSION_PREFIX};
use crate::sessions::session::Session;

/// Members of events that aren't personal data but grant access: they are sent only to a mailbox,
/// or not at all.
pub const SECRETS: [&str; 5] =
    ["verificationToken", "resetToken", "keyHash", "changeToken", "undoToken"];

/// Rows, each with the place after which the next one follows, and whether there are more.
pub type Rows<T> = (Vec<(String, T)>, bool);

/// Reads the stored sessions of a user, live or ended, after the place `after`, at most `limit`.
///
/// # Errors
/// As [`Table::call`].
pub async fn sessions(
    table: &Table,
    user: UserId,
    after: Option<&str>,
    limit: usize,
) -> Result<Rows<Session>> {
    let (items, more) =
        table.partition(&keys::state("user", user).pk, SESSION_PREFIX, after, limit).await?;
    let rows = items
        .into_iter()
        .map(|item| Ok((text(&item, "sk")?.to_owned(), versioned::<Session>(item)?.state)));
    Ok((rows.collect::<Result<_>>()?, more))
}

/// Reads the events of a user's account and sessions after the place `after`, at most `limit`, with
/// personal values decrypted with `key`.
///
/// # Errors
/// As [`Table::call`].
pub async fn events(
    table: &Table,
    user: UserId,
    key: &PersonKey,
    after: Option<&str>,
    limit: usize,
) -> Result<Rows<Envelope>> {
    let (items, more) =
        table.partition(&keys::state("user", user).pk, EVENT_PREFIX, after, limit).await?;
    let rows = items.into_iter().map(|item| {
        let place = text(&item, "sk")?.to_owned();
        let mut event = event(item)?;
        let sealed_at = event.place();
        disclose(&mut event.data, &sealed_at, key)?;
        Ok((place, event))
    });
    Ok((rows.collect::<Result<_>>()?, more))
}

/// Removes the secrets from an event's data, and decrypts the personal values. Values that `key`
/// can't decrypt are removed.
pub(super) fn disclose(data: &mut Value, sealed_at: &str, key: &PersonKey) -> Result<()> {
    if let Some(members) = data.as_object_mut() {
        members.retain(|name, _| !SECRETS.contains(&name.as_str()));
    }
    key.open(sealed_at, data)?;
    reveal_values(data);
    remove_personal_values(data);
    Ok(())
}
