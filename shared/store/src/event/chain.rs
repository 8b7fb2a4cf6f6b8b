//! The chain of an aggregate's events: each contains the hash of the previous one. Changing,
//! removing or inserting an event breaks the link to the next one, and the last link is stored with
//! the state. The feed ([`crate::feed`]) chains the events of all aggregates once more, so that one
//! signed hash a day covers every event.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The SHA-256 hash of an event and of all events before it. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// The link before the first event.
    pub const NONE: Self = Self([0; 32]);

    /// Returns the link of the feed at a position, from the previous link and that of the event
    /// there.
    #[must_use]
    pub fn join(self, position: u64, event: Self) -> Self {
        Self::hash("feed", &[&self.0, &position.to_be_bytes(), &event.0])
    }

    /// Returns the signed text of the feed at a position.
    #[must_use]
    pub fn statement(self, position: u64, at: Timestamp) -> Vec<u8> {
        format!("builder-api audit head\n{position}\n{self}\n{at}\n").into_bytes()
    }

    /// Hashes these parts, each preceded by its length, so that no two lists of parts produce the
    /// same bytes.
    pub fn hash(what: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("builder-api {what} 1\n"));
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

impl std::str::FromStr for Link {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| Error::internal("a link must have 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_link_can_be_parsed() {
        let link = Link::NONE.join(1, Link::NONE);
        assert_eq!(link.to_string().parse::<Link>().unwrap(), link);
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(63), &"ä".repeat(32)] {
            assert!(wrong.parse::<Link>().is_err(), "{wrong}");
        }
    }
}
