//! Identifiers that contain their kind: `ord_01h455vb4pex5vsknk084sn02q`.
//!
//! The form is TypeID 0.3 (<https://github.com/jetify-com/typeid>): a lower-case prefix, `_`, and a
//! UUIDv7 in 26 characters of Crockford's base32. UUIDv7 begins with the time in milliseconds, so
//! IDs sort by creation.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_LENGTH: usize = 26;

/// The kind of object that an ID identifies; defines the prefix.
pub trait Kind {
    /// The prefix without the underscore: `ord`.
    const PREFIX: &'static str;
    /// The name of this type of ID in the API's description: `OrderId`.
    const NAME: &'static str;
}

/// An identifier of a `K`.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// The error for a text that isn't an ID of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an ID of the form {expected}_ and 26 characters of 0-9, a-z without i, l, o and u"
)]
pub struct IdError {
    expected: &'static str,
}

impl<K: Kind> Id<K> {
    /// Creates a new ID with the time `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let nanoseconds = u32::try_from(milliseconds % 1000).unwrap_or(0) * 1_000_000;
        let time = uuid::Timestamp::from_unix(uuid::NoContext, milliseconds / 1000, nanoseconds);
        Self { uuid: Uuid::new_v7(time), kind: PhantomData }
    }

    /// Returns the smallest ID that could have been created at `time`, for queries by time.
    #[must_use]
    pub fn lower_bound(time: Timestamp) -> Self {
        let milliseconds = u128::try_from(time.as_millisecond()).unwrap_or(0);
        Self { uuid: Uuid::from_u128(milliseconds << 80), kind: PhantomData }
    }

    /// Derives an ID from a text: the same time and text produce the same ID. For IDs that must be
    /// the same after a retry.
    #[must_use]
    pub fn derived(now: Timestamp, text: &str) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let random = u128::from_be_bytes(bytes) & ((1 << 74) - 1);
        let milliseconds = u128::try_from(now.as_millisecond()).unwrap_or(0) & ((1 << 48) - 1);
        // Version 7 in bits 76..80, variant 0b10 in bits 62..64 (RFC 9562, section 5.7).
        let rand_a = random >> 62;
        let rand_b = random & ((1 << 62) - 1);
        let value = (milliseconds << 80) | (7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b;
        Self { uuid: Uuid::from_u128(value), kind: PhantomData }
    }

    /// Creates an ID from the bits that [`Self::as_u128`] returned.
    #[must_use]
    pub fn from_u128(bits: u128) -> Self {
        Self { uuid: Uuid::from_u128(bits), kind: PhantomData }
    }

    /// Returns the bits of the ID.
    #[must_use]
    pub fn as_u128(&self) -> u128 {
        self.uuid.as_u128()
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut suffix = [0u8; SUFFIX_LENGTH];
        let mut rest = self.uuid.as_u128();
        for place in suffix.iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        write!(f, "{}_{}", K::PREFIX, std::str::from_utf8(&suffix).map_err(|_| fmt::Error)?)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { expected: K::PREFIX };
        let suffix = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(error.clone())?;
        // 26 characters hold 130 bits: the first may only be 0 to 7.
        if suffix.len() != SUFFIX_LENGTH || suffix.as_bytes()[0] > b'7' {
            return Err(error);
        }
        let mut value: u128 = 0;
        for byte in suffix.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(error.clone())?;
            value = (value << 5) | digit as u128;
        }
        Ok(Self { uuid: Uuid::from_u128(value), kind: PhantomData })
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX)))
            .examples([serde_json::json!(format!("{}_01h455vb4pex5vsknk084sn02q", K::PREFIX))])
            .into()
    }
}
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        K::NAME.into()
    }
}

/// Declares kinds of IDs: a marker type, an alias of [`Id`] and the prefix of each.
///
/// ```
/// builder_store::id_kinds! {
///     /// A shipment.
///     ShipmentKind, ShipmentId, "shp";
/// }
/// ```
#[macro_export]
macro_rules! id_kinds {
    ($($(#[$doc:meta])* $kind:ident, $id:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $kind {}
        impl $crate::id::Kind for $kind {
            const PREFIX: &'static str = $prefix;
            const NAME: &'static str = stringify!($id);
        }
        #[doc = concat!("An ID of the form `", $prefix, "_…`.")]
        pub type $id = $crate::id::Id<$kind>;
    )*};
}

id_kinds! {
    /// A user account.
    UserKind, UserId, "usr";
    /// An API key.
    ApiKeyKind, ApiKeyId, "key";
    /// A domain event.
    EventKind, EventId, "evt";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_round_trips() {
        // https://github.com/jetify-com/typeid/blob/main/spec/valid.yml, "uuidv7"
        let id: Id<UserKind> = "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(id.uuid.to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn another_kind_or_malformed_text_is_rejected() {
        for text in [
            "ord_01h455vb4pex5vsknk084sn02q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_",
            "usr",
            "",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_sort_by_time_after_the_lower_bound() {
        let now: Timestamp = "2026-11-21T01:00:00.123Z".parse().unwrap();
        let later: Timestamp = "2026-11-21T01:00:00.124Z".parse().unwrap();
        for _ in 0..1000 {
            let id = EventId::new(now);
            assert!(EventId::lower_bound(now) <= id && id < EventId::lower_bound(later));
            assert!(id.to_string() < EventId::new(later).to_string());
        }
        assert!(EventId::lower_bound(now) < EventId::derived(now, "x"));
        assert_eq!(EventId::derived(now, "x"), EventId::derived(now, "x"));
    }
}
