//! Refresh tokens: derived, never stored.
//!
//! A token is `rt_` and, in base64url, the user's ID (16 bytes), the session's ID (16), the
//! generation (4, big-endian) and a MAC of these (32). The IDs identify the session with one read;
//! the MAC proves that we created the token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::id::SessionId;
use crate::sessions::session::FamilySecret;

const PREFIX: &str = "rt_";
/// The HKDF context of this use of the secret.
const CONTEXT: &[u8] = b"builder-api/refresh-token/v1";
const BODY: usize = 16 + 16 + 4;
const MAC: usize = 32;

/// The contents of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The number of the token in the session, starting at 0.
    pub generation: u32,
}

impl RefreshToken {
    /// Returns the text for the client.
    ///
    /// # Errors
    /// [`Error::Internal`] if deriving fails, which it doesn't for this length.
    pub fn issue(&self, secret: &str, family: &FamilySecret) -> Result<String> {
        let mut bytes = self.body().to_vec();
        bytes.extend(self.mac(secret, family)?.finalize().into_bytes());
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn body(&self) -> [u8; BODY] {
        let mut body = [0; BODY];
        body[..16].copy_from_slice(&self.user.as_u128().to_be_bytes());
        body[16..32].copy_from_slice(&self.session.as_u128().to_be_bytes());
        body[32..].copy_from_slice(&self.generation.to_be_bytes());
        body
    }

    fn mac(&self, secret: &str, family: &FamilySecret) -> Result<Hmac<Sha256>> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(family.as_bytes()), secret.as_bytes())
            .expand(CONTEXT, key.as_mut())
            .map_err(|error| Error::internal(error.to_string()))?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).map_err(Error::internal)?;
        mac.update(&self.body());
        Ok(mac)
    }
}

/// A presented refresh token: its contents can be trusted only if [`Presented::genuine`] returns
/// true.
pub struct Presented {
    says: RefreshToken,
    mac: [u8; MAC],
}

impl Presented {
    /// Parses a text, if it has the form of a refresh token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; BODY + MAC] =
            URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?.try_into().ok()?;
        let id = |part: &[u8]| part.try_into().ok().map(u128::from_be_bytes);
        let says = RefreshToken {
            user: UserId::from_u128(id(&bytes[..16])?),
            session: SessionId::from_u128(id(&bytes[16..32])?),
            generation: u32::from_be_bytes(bytes[32..BODY].try_into().ok()?),
        };
        Some(Self { says, mac: bytes[BODY..].try_into().ok()? })
    }

    /// Returns its unverified contents, to look up the session.
    #[must_use]
    pub fn claimed(&self) -> RefreshToken {
        self.says
    }

    /// Returns whether we created it, with any of these secrets; compared in constant time.
    ///
    /// # Errors
    /// As [`RefreshToken::issue`].
    pub fn genuine<'a>(
        &self,
        secrets: impl IntoIterator<Item = &'a str>,
        family: &FamilySecret,
    ) -> Result<bool> {
        for secret in secrets {
            if self.says.mac(secret, family)?.verify_slice(&self.mac).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken { user: UserId::from_u128(7), session: SessionId::from_u128(8), generation: 9 }
    }

    #[test]
    fn a_token_is_made_alike_each_time_and_is_genuine() {
        let family = FamilySecret::generate().unwrap();
        let text = token().issue("secret", &family).unwrap();
        assert_eq!(text, token().issue("secret", &family).unwrap());
        let presented = Presented::parse(&text).unwrap();
        assert_eq!(presented.claimed(), token());
        assert!(presented.genuine(["secret"], &family).unwrap());
        assert!(presented.genuine(["another", "secret"], &family).unwrap());
    }

    #[test]
    fn neither_the_table_nor_the_secret_alone_makes_one() {
        let (family, other) =
            (FamilySecret::generate().unwrap(), FamilySecret::generate().unwrap());
        let presented = Presented::parse(&token().issue("secret", &family).unwrap()).unwrap();
        assert!(
            !presented.genuine(["guessed"], &family).unwrap()
                && !presented.genuine(["secret"], &other).unwrap()
        );
    }

    #[test]
    fn a_changed_token_is_not_genuine() {
        let family = FamilySecret::generate().unwrap();
        let text = token().issue("secret", &family).unwrap();
        for place in PREFIX.len()..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let presented = Presented::parse(std::str::from_utf8(&changed).unwrap());
            assert!(
                presented.is_none_or(|presented| !presented.genuine(["secret"], &family).unwrap()),
                "{place}"
            );
        }
    }

    #[test]
    fn what_has_another_form_is_none() {
        let text = token().issue("secret", &FamilySecret::generate().unwrap()).unwrap();
        for text in [
            "",
            "rt_",
            "rt_AAAA",
            &text[3..],
            &format!("{text}A"),
            &text[..text.len() - 1],
            &format!("{text}="),
        ] {
            assert!(Presented::parse(text).is_none(), "{text}");
        }
    }
}
