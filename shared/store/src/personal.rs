//! Personal data in events: sealed with a key of the person it belongs to. Events are never
//! rewritten, but a person can request erasure. The personal values in events are therefore
//! encrypted with AES-256-GCM, with a key per person that is stored elsewhere. Deleting that key
//! makes the values unreadable in every event, backup and export, and leaves the audit trail valid.

use std::fmt;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

const CLEAR: &str = "$personal";
const SEALED: &str = "$sealed";
const NONCE_LENGTH: usize = 12;

/// A personal value inside an event.
///
/// It can be written only through [`PersonKey::seal`]: the commit rejects an event that still
/// contains one in plain text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Personal {
    /// In plain text.
    #[serde(rename = "$personal")]
    Clear(String),
    /// Encrypted, with a key that was deleted or isn't available.
    #[serde(rename = "$sealed")]
    Sealed(String),
}

impl Personal {
    /// Returns the value, unless it is sealed.
    #[must_use]
    pub fn reveal(&self) -> Option<&str> {
        match self {
            Self::Clear(value) => Some(value),
            Self::Sealed(_) => None,
        }
    }
}

impl From<&str> for Personal {
    fn from(value: &str) -> Self {
        Self::Clear(value.to_owned())
    }
}

/// Never shows the value: debug output ends up in logs.
impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}

/// A person's data key: 256 random bits.
#[derive(Clone)]
pub struct PersonKey(Zeroizing<[u8; 32]>);

impl PersonKey {
    /// Creates a random key.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn generate() -> Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(key))
    }

    /// Returns the key stored as these bytes, if there are 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Encrypts every personal value in `data` that is in plain text. `place` identifies the event;
    /// a value that is moved to another place can't be decrypted.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn seal(&self, place: &str, data: &mut Value) -> Result<()> {
        let mut pointer = String::from(place);
        replace(data, &mut pointer, CLEAR, &|place, clear| {
            Ok(Some((SEALED, self.encrypt(place, clear)?)))
        })
    }

    /// Decrypts every sealed value in `data` that matches this key; others stay sealed.
    ///
    /// # Errors
    /// None at present; the signature allows for failing stores of keys.
    pub fn open(&self, place: &str, data: &mut Value) -> Result<()> {
        let mut pointer = String::from(place);
        replace(data, &mut pointer, SEALED, &|place, sealed| {
            Ok(self.decrypt(place, sealed).map(|clear| (CLEAR, clear)))
        })
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.as_ref().into())
    }

    fn encrypt(&self, place: &str, clear: &str) -> Result<String> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|error| Error::internal(error.to_string()))?;
        let payload = Payload { msg: clear.as_bytes(), aad: place.as_bytes() };
        let sealed = self
            .cipher()
            .encrypt(&nonce.into(), payload)
            .map_err(|_| Error::internal("could not encrypt a personal value"))?;
        Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    fn decrypt(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LENGTH)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        String::from_utf8(self.cipher().decrypt(&nonce.into(), payload).ok()?).ok()
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

/// Returns whether `data` contains a personal value in plain text.
#[must_use]
pub fn holds_clear_values(data: &Value) -> bool {
    holds(data, CLEAR)
}

/// Returns whether `data` contains an encrypted personal value.
#[must_use]
pub fn holds_sealed_values(data: &Value) -> bool {
    holds(data, SEALED)
}

fn holds(data: &Value, member: &str) -> bool {
    match data {
        Value::Object(fields) => {
            fields.contains_key(member) || fields.values().any(|value| holds(value, member))
        }
        Value::Array(items) => items.iter().any(|value| holds(value, member)),
        _ => false,
    }
}

/// Removes every personal value, encrypted or not. The rest can be shown to readers who may know
/// what happened, but not to whom.
pub fn remove_personal_values(data: &mut Value) {
    let personal = |value: &Value| {
        value
            .as_object()
            .is_some_and(|fields| fields.contains_key(CLEAR) || fields.contains_key(SEALED))
    };
    match data {
        Value::Object(fields) => {
            fields.retain(|_, value| !personal(value));
            fields.values_mut().for_each(remove_personal_values);
        }
        Value::Array(items) => {
            items.retain(|value| !personal(value));
            items.iter_mut().for_each(remove_personal_values);
        }
        _ => {}
    }
}

/// Replaces each object that marks a personal value in plain text by the value, to show it to the
/// person it belongs to.
pub fn reveal_values(data: &mut Value) {
    match data {
        Value::Object(fields) => {
            if let Some(clear) = fields.get_mut(CLEAR).map(Value::take) {
                *data = clear;
            } else {
                fields.values_mut().for_each(reveal_values);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(reveal_values),
        _ => {}
    }
}

type Exchange<'a> = &'a dyn Fn(&str, &str) -> Result<Option<(&'static str, String)>>;

/// Replaces each object `{wanted: text}` in `data` by the result of `exchange`, which also gets its
/// `pointer`.
fn replace(
    data: &mut Value,
    pointer: &mut String,
    wanted: &str,
    exchange: Exchange<'_>,
) -> Result<()> {
    match data {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get(wanted) {
                if let Some((name, value)) = exchange(pointer, text)? {
                    *data = serde_json::json!({ name: value });
                }
                return Ok(());
            }
            for (name, value) in fields {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(name);
                replace(value, pointer, wanted, exchange)?;
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter_mut().enumerate() {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&index.to_string());
                replace(value, pointer, wanted, exchange)?;
                pointer.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn decryption_requires_the_same_key_and_place() {
        let (key, other) = (PersonKey::generate().unwrap(), PersonKey::generate().unwrap());
        let clear = json!({"email": {"$personal": "ada@example.com"}, "names": [{"$personal": "Ada"}], "role": "user"});
        let mut data = clear.clone();
        key.seal("USER#1/1", &mut data).unwrap();
        assert!(!data.to_string().contains("ada") && !data.to_string().contains("Ada"));
        assert!(!holds_clear_values(&data) && holds_clear_values(&clear));
        assert_eq!(data["role"], "user");

        for (key, place) in [(&other, "USER#1/1"), (&key, "USER#1/2")] {
            let mut copy = data.clone();
            key.open(place, &mut copy).unwrap();
            assert_eq!(copy, data, "still sealed");
        }
        key.open("USER#1/1", &mut data).unwrap();
        assert_eq!(data, clear);
    }

    #[test]
    fn personal_values_can_be_removed() {
        let mut data = json!({"email": {"$sealed": "x"}, "names": [{"$personal": "Ada"}, "b"], "in": {"name": {"$sealed": "y"}}, "role": "user"});
        remove_personal_values(&mut data);
        assert_eq!(data, json!({"names": ["b"], "in": {}, "role": "user"}));
    }

    #[test]
    fn plain_text_personal_values_can_be_revealed() {
        let mut data = json!({"email": {"$personal": "ada@example.com"}, "names": [{"$personal": "Ada"}], "other": {"$sealed": "x"}, "role": "user"});
        reveal_values(&mut data);
        assert_eq!(
            data,
            json!({"email": "ada@example.com", "names": ["Ada"], "other": {"$sealed": "x"}, "role": "user"})
        );
    }

    #[test]
    fn debug_output_contains_no_personal_value() {
        assert!(!format!("{:?}", Personal::from("ada@example.com")).contains("ada"));
    }
}
