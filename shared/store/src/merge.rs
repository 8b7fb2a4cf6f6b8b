//! Partial changes as JSON Merge Patch (RFC 7396) writes them: a member left out stays, `null`
//! clears it, a value replaces it.

use serde::{Deserialize, Deserializer};

/// Reads a member that tells `null` from being left out: `None` when it is left out, `Some(None)`
/// for `null`. To be used together with `#[serde(default)]`.
///
/// # Errors
/// Those of reading a `T`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a member that may be left out, but can't be removed: `null` is refused. To be used
/// together with `#[serde(default)]`.
///
/// # Errors
/// Those of reading a `T`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A change of a value, unless it says what is there already.
#[must_use]
pub fn different<T: PartialEq>(
    wanted: Option<Option<T>>,
    present: Option<&T>,
) -> Option<Option<T>> {
    wanted.filter(|wanted| wanted.as_ref() != present)
}
