//! What stands at a position, and how long the feed is.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::event::chain::Link;
use crate::id::EventId;
use crate::keys::Key;
use crate::table::{Item, counted, number, primary, text, textual};

/// How long the feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last position; 0 when there is none.
    pub position: u64,
    /// The link there.
    pub link: Link,
}

/// What stands at a position: which event, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The position, from 1 on.
    pub position: u64,
    /// The event's id.
    pub id: EventId,
    /// The event's type.
    pub kind: String,
    /// The key of the event.
    pub event: Key,
    /// The link of the feed here.
    pub link: Link,
}

impl Entry {
    pub(super) fn new(before: &Head, event: &Envelope, key: &Key) -> Self {
        let position = before.position + 1;
        let link = before.link.join(position, event.link);
        Self { position, id: event.id, kind: event.kind.clone(), event: key.clone(), link }
    }

    pub(super) fn head(&self) -> Head {
        Head { position: self.position, link: self.link }
    }

    /// The item, at the key of the feed or of an account's part of it.
    pub(super) fn item(&self, at: &Key) -> Item {
        let mut item = primary(at);
        item.extend(HashMap::from([
            ("feedPosition".to_owned(), counted(self.position)),
            ("eventId".to_owned(), textual(self.id.to_string())),
            ("type".to_owned(), textual(&self.kind)),
            ("eventPk".to_owned(), textual(&self.event.pk)),
            ("eventSk".to_owned(), textual(&self.event.sk)),
            ("link".to_owned(), textual(self.link.to_string())),
        ]));
        item
    }

    pub(crate) fn read(item: &Item) -> Result<Self> {
        Ok(Self {
            position: position(item)?,
            id: text(item, "eventId")?.parse().map_err(Error::internal)?,
            kind: text(item, "type")?.to_owned(),
            event: event_key(item)?,
            link: text(item, "link")?.parse()?,
        })
    }
}

/// The key of the event that an entry of the feed stands for.
pub(crate) fn event_key(item: &Item) -> Result<Key> {
    Ok(Key::data(text(item, "eventPk")?, text(item, "eventSk")?))
}

impl Head {
    pub(super) fn read(item: &Item) -> Result<Self> {
        Ok(Self { position: position(item)?, link: text(item, "link")?.parse()? })
    }
}

fn position(item: &Item) -> Result<u64> {
    let position = number(item, "feedPosition").and_then(|position| u64::try_from(position).ok());
    position.ok_or_else(|| Error::internal("an item that should be of the feed has no position"))
}
