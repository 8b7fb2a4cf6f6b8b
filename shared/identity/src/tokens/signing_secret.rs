//! The texts that tokens are made with: the one in use, the one before it and the one after it.
//!
//! A rotation shifts them. The public key of the next is published long before it signs, so whoever
//! caches keys knows it by then; the one before stays good for what it has made. Functions keep the
//! secret for five minutes, so one may already use what is still the next to another: what any of
//! the three made is accepted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::tokens::signing_key::{PublicKey, SigningKey};

/// The secret. Its debug output says nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSecret {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

impl SigningSecret {
    /// Reads the secret as Secrets Manager has it: a JSON object, or, before the first rotation,
    /// the one text itself.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is an object of another shape. The message doesn't quote it.
    pub fn read(text: &str) -> Result<Self> {
        if text.starts_with('{') {
            return serde_json::from_str(text).map_err(|_| {
                Error::internal("the signing secret must consist of next, current and previous")
            });
        }
        Ok(Self { next: None, current: text.to_owned(), previous: None })
    }

    /// The secret as Secrets Manager is to have it.
    ///
    /// # Errors
    /// [`Error::Internal`] when it can't be written.
    pub fn write(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(serde_json::to_string(self).map_err(Error::internal)?))
    }

    /// What the next rotation makes of it: each moves up by one. Where there is no next yet, one is
    /// only added: it must be known before it is used.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn rotate(&self) -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 48]);
        getrandom::fill(bytes.as_mut()).map_err(|error| Error::internal(error.to_string()))?;
        let fresh = Some(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        Ok(match &self.next {
            Some(next) => {
                Self { next: fresh, current: next.clone(), previous: Some(self.current.clone()) }
            }
            None => {
                Self { next: fresh, current: self.current.clone(), previous: self.previous.clone() }
            }
        })
    }

    /// What new tokens are made with.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }

    /// What a good token may have been made with.
    pub fn accepted(&self) -> impl Iterator<Item = &str> {
        [Some(&self.current), self.previous.as_ref(), self.next.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// The public keys to be published.
    ///
    /// # Errors
    /// As [`SigningKey::derive`].
    pub fn public_keys(&self) -> Result<Vec<PublicKey>> {
        self.accepted().map(|secret| Ok(SigningKey::derive(secret)?.public().clone())).collect()
    }
}

impl Drop for SigningSecret {
    fn drop(&mut self) {
        self.current.zeroize();
        self.next.zeroize();
        self.previous.zeroize();
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_next_then_current_then_previous_then_gone() {
        let plain = SigningSecret::read("a plain text").unwrap();
        assert_eq!(plain.accepted().collect::<Vec<_>>(), ["a plain text"]);
        let first = plain.rotate().unwrap();
        assert_eq!(
            (first.current(), first.accepted().count()),
            ("a plain text", 2),
            "the first rotation only adds the next"
        );
        let second = first.rotate().unwrap();
        assert_eq!(Some(second.current()), first.next.as_deref());
        assert_eq!(second.previous.as_deref(), Some("a plain text"));
        let third = second.rotate().unwrap();
        assert_eq!(third.previous.as_deref(), Some(second.current()));
        assert!(!third.accepted().any(|text| text == "a plain text"));
        assert_eq!(third.public_keys().unwrap().len(), 3);
        assert_eq!(SigningSecret::read(&third.write().unwrap()).unwrap(), third);
    }

    #[test]
    fn another_shape_is_refused_and_not_quoted() {
        for text in
            ["{}", r#"{"next":"hidden"}"#, r#"{"current":"hidden","other":"hidden"}"#, "{hidden"]
        {
            let told = SigningSecret::read(text).unwrap_err();
            assert!(!format!("{told} {told:?}").contains("hidden"), "{text}");
        }
        assert!(!format!("{:?}", SigningSecret::read("hidden").unwrap()).contains("hidden"));
    }
}
