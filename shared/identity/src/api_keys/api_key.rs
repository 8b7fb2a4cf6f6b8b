//! API keys, with which programs call with some of their owner's permissions. No I/O.
//!
//! A key is `bk_live_`, 256 random bits in 43 characters, and a checksum in 6 characters, so that
//! scanners can find leaked keys by their form and verify them offline, and a mistyped key is
//! refused without a database read. Only its hash is stored.

use std::fmt;

use builder_store::error::{Error, Result};
use builder_store::id::ApiKeyId;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::role::Permission;

/// The prefix of every key.
pub const PREFIX: &str = "bk_live_";
/// The maximum number of keys per user.
pub const MOST: usize = 20;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62⁴³ is just above 2²⁵⁶.
const SECRET_LENGTH: usize = 43;
/// 62⁶ is above 2³².
const CHECKSUM_LENGTH: usize = 6;

/// The text of a key, which its owner sees once and sends with each request.
pub struct ApiKeyText(SecretString);

impl ApiKeyText {
    /// Generates a random key.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|error| Error::internal(error.to_string()))?;
        let mut text =
            Zeroizing::new(format!("{PREFIX}{}", in_base_62(bytes.as_ref(), SECRET_LENGTH)));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text.as_str().into()))
    }

    /// Parses the text of a key, if its form and checksum are valid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let well_formed = digits.len() == SECRET_LENGTH + CHECKSUM_LENGTH
            && digits.bytes().all(|byte| ALPHABET.contains(&byte));
        let (signed, sum) = text.split_at_checked(PREFIX.len() + SECRET_LENGTH)?;
        (well_formed && checksum(signed) == sum).then(|| Self(text.into()))
    }

    /// Returns its hash. Its 256 random bits can't be guessed, so a fast hash is sufficient.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.expose_secret().as_bytes()))
    }

    /// Returns the text, which is shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns its first characters, by which people recognise it.
    #[must_use]
    pub fn hint(&self) -> String {
        self.0.expose_secret().chars().take(PREFIX.len() + 4).collect()
    }
}

/// Never shows the key: debug output ends up in logs.
impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText(…)")
    }
}

/// A key, as stored in its owner's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The ID.
    pub id: ApiKeyId,
    /// The name that its owner chose.
    pub name: String,
    /// The first characters of the key.
    pub hint: String,
    /// The hash of the key.
    pub hash: String,
    /// Its scopes. It never has more permissions than its owner.
    pub scopes: Vec<Permission>,
    /// When it expires, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Returns the digits of a number in base 62, most significant first, padded with zeros.
fn in_base_62(number: &[u8], length: usize) -> String {
    let mut number = Zeroizing::new(number.to_vec());
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in number.iter_mut() {
            let value = (rest << 8) | u32::from(*byte);
            // Below 256, since the remainder is below 62.
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *digit = ALPHABET[rest as usize];
    }
    digits.into_iter().map(char::from).collect()
}

fn checksum(text: &str) -> String {
    in_base_62(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_a_scanner_can_match() {
        for _ in 0..200 {
            let key = ApiKeyText::generate().unwrap();
            let text = key.reveal();
            assert!(text.starts_with("bk_live_") && text.len() == 8 + 49, "{text}");
            assert!(text[8..].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
            assert_eq!(ApiKeyText::parse(text).unwrap().hash(), key.hash());
            assert!(text.starts_with(&key.hint()) && key.hint().len() == 12);
            assert!(!format!("{key:?}").contains(&text[8..]));
        }
    }

    #[test]
    fn one_wrong_character_anywhere_is_noticed() {
        let key = ApiKeyText::generate().unwrap();
        for at in 0..key.reveal().len() {
            let mut text = key.reveal().to_owned().into_bytes();
            text[at] = if text[at] == b'x' { b'y' } else { b'x' };
            assert!(ApiKeyText::parse(std::str::from_utf8(&text).unwrap()).is_none(), "at {at}");
        }
        for text in [
            "",
            "bk_live_",
            &key.reveal()[..56],
            &format!("{}0", key.reveal()),
            &key.reveal().replace("live", "test"),
        ] {
            assert!(ApiKeyText::parse(text).is_none(), "{text}");
        }
        assert!(ApiKeyText::parse(&format!("bk_live_{}ü", "0".repeat(47))).is_none());
    }

    #[test]
    fn base_62_is_counted_as_people_do() {
        assert_eq!(in_base_62(&[0, 61], 3), "00z");
        assert_eq!(in_base_62(&[0, 62], 3), "010");
        assert_eq!(in_base_62(&[1, 0], 3), "048");
        assert_eq!(in_base_62(&[0xff; 32], SECRET_LENGTH).len(), 43);
    }
}
