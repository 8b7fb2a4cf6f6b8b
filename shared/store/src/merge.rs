//! Partial changes in the form of JSON Merge Patch (RFC 7396): an omitted member is unchanged,
//! `null` clears it, and a value replaces it.

use serde::{Deserialize, Deserializer};

/// Deserialises a member and distinguishes `null` from omission: `None` if it is omitted,
/// `Some(None)` for `null`. Use it together with `#[serde(default)]`.
///
/// # Errors
/// The errors of deserialising a `T`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Deserialises a member that may be omitted but can't be removed: `null` is refused. Use it
/// together with `#[serde(default)]`.
///
/// # Errors
/// The errors of deserialising a `T`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Returns the change of a value, unless it equals the current value.
#[must_use]
pub fn different<T: PartialEq>(
    wanted: Option<Option<T>>,
    present: Option<&T>,
) -> Option<Option<T>> {
    wanted.filter(|wanted| wanted.as_ref() != present)
}
