//! Tokens in the links of mails: presenting one proves access to the mail of the account's address.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const USER_BYTES: usize = 16;
const RANDOM_BYTES: usize = 32;

/// What a token is for. A token of another purpose can't be parsed as this one.
pub trait Purpose {
    /// The prefix of its tokens, so that logs can mask them and scanners find them.
    const PREFIX: &'static str;
}

/// A token: its purpose's prefix, the user's ID, by which the account is found, and 256 random
/// bits.
pub struct MailToken<P> {
    user: UserId,
    text: String,
    purpose: PhantomData<P>,
}

impl<P: Purpose> MailToken<P> {
    /// Generates a token for a user.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn generate(user: UserId) -> Result<Self> {
        let mut bytes = [0; USER_BYTES + RANDOM_BYTES];
        bytes[..USER_BYTES].copy_from_slice(&user.as_u128().to_be_bytes());
        getrandom::fill(&mut bytes[USER_BYTES..])
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self {
            user,
            text: format!("{}{}", P::PREFIX, URL_SAFE_NO_PAD.encode(bytes)),
            purpose: PhantomData,
        })
    }

    /// Parses a token, if the text has its form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; USER_BYTES + RANDOM_BYTES] =
            URL_SAFE_NO_PAD.decode(text.strip_prefix(P::PREFIX)?).ok()?.try_into().ok()?;
        let mut user = [0; USER_BYTES];
        user.copy_from_slice(&bytes[..USER_BYTES]);
        Some(Self {
            user: UserId::from_u128(u128::from_be_bytes(user)),
            text: text.to_owned(),
            purpose: PhantomData,
        })
    }

    /// Returns the account that it belongs to.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Returns the hash under which it is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.text)
    }

    /// Returns whether the token has this hash, in constant time.
    #[must_use]
    pub fn is_known_by(&self, hash: &str) -> bool {
        self.hash().as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// Returns the text to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<P> Clone for MailToken<P> {
    fn clone(&self) -> Self {
        Self { user: self.user, text: self.text.clone(), purpose: PhantomData }
    }
}

/// Never shows the token: debug output ends up in logs.
impl<P> fmt::Debug for MailToken<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailToken({})", self.user)
    }
}

/// Returns the SHA-256 hash of a token's text. The token is random, so a fast hash is sufficient.
pub(super) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    enum VerifyEmail {}

    impl Purpose for VerifyEmail {
        const PREFIX: &'static str = "vt_";
    }

    enum ResetPassword {}

    impl Purpose for ResetPassword {
        const PREFIX: &'static str = "pt_";
    }

    #[test]
    fn what_has_another_form_or_purpose_is_none() {
        let token = MailToken::<VerifyEmail>::generate(UserId::from_u128(7)).unwrap();
        assert_eq!(MailToken::<VerifyEmail>::parse(token.as_str()).unwrap().user(), token.user());
        for text in [
            "",
            "x",
            &token.as_str()[1..],
            &format!("{}A", token.as_str()),
            &format!("{} ", token.as_str()),
        ] {
            assert!(MailToken::<VerifyEmail>::parse(text).is_none(), "{text:?}");
        }
        assert!(MailToken::<ResetPassword>::parse(token.as_str()).is_none());
        assert!(!format!("{token:?}").contains(token.as_str()));
    }

    #[test]
    fn a_token_is_known_by_its_own_hash_only() {
        let user = UserId::from_u128(7);
        let (token, other) = (
            MailToken::<VerifyEmail>::generate(user).unwrap(),
            MailToken::<VerifyEmail>::generate(user).unwrap(),
        );
        assert!(
            token.is_known_by(&token.hash())
                && !token.is_known_by(&other.hash())
                && !token.is_known_by("")
        );
    }
}
