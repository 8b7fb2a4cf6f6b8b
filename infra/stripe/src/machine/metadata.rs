//! Metadata (API reference, "Metadata").

use crate::error::ApiError;
use crate::objects::Metadata;
use crate::request::params::Params;

const KEYS: usize = 50;
const KEY_LENGTH: usize = 40;
const VALUE_LENGTH: usize = 500;

/// The requested change of an object's metadata.
#[derive(Debug)]
pub(super) enum Notes {
    Unchanged,
    Cleared,
    /// An empty value removes a key.
    Merged(Metadata),
}

impl Notes {
    /// Takes `metadata`.
    pub(super) fn take(params: &mut Params) -> Result<Self, ApiError> {
        if params.is_text("metadata") {
            params.clearable("metadata")?.flatten().map_or(Ok(Self::Cleared), |_| {
                Err(ApiError::invalid("Invalid object").param("metadata"))
            })
        } else {
            params
                .inner("metadata")?
                .map_or(Ok(Self::Unchanged), |notes| Ok(Self::Merged(notes.into_texts()?)))
        }
    }

    /// Applies the change.
    ///
    /// # Errors
    /// If the limits are exceeded.
    pub(super) fn apply(self, metadata: &mut Metadata) -> Result<(), ApiError> {
        match self {
            Self::Unchanged => return Ok(()),
            Self::Cleared => metadata.clear(),
            Self::Merged(notes) => {
                for (key, value) in notes {
                    check(&key, &value)?;
                    if value.is_empty() {
                        metadata.remove(&key);
                    } else {
                        metadata.insert(key, value);
                    }
                }
            }
        }
        if metadata.len() > KEYS {
            return Err(ApiError::invalid(format!(
                "Metadata can have up to {KEYS} keys, but this would have {}",
                metadata.len()
            ))
            .param("metadata"));
        }
        Ok(())
    }
}

fn check(key: &str, value: &str) -> Result<(), ApiError> {
    let name = format!("metadata[{key}]");
    if key.chars().count() > KEY_LENGTH {
        return Err(ApiError::invalid(format!(
            "Metadata keys can have up to {KEY_LENGTH} characters, but '{key}' has more"
        ))
        .param(&name));
    }
    if value.chars().count() > VALUE_LENGTH {
        let message = format!(
            "Metadata values can have up to {VALUE_LENGTH} characters, but the value of '{key}' \
             has more"
        );
        return Err(ApiError::invalid(message).param(&name));
    }
    Ok(())
}
