//! A sign-in flow at a provider. No I/O.
//! Its secret is stored in the browser that started it, and must be returned with the code, so that
//! a link with another person's code signs nobody in (login CSRF, RFC 9700, section 4.7). Nonce and
//! PKCE verifier are derived from that secret, so the stored flow reveals neither.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;
use zeroize::Zeroizing;

use super::Seconds;
use super::metadata::Metadata;
use super::provider::Provider;
use crate::id::SessionId;

/// How long a flow is valid, in seconds: ten minutes.
pub const LIFE: Seconds = 600;
/// The scopes that are requested from a provider.
const SCOPE: &str = "openid email profile";
/// The prefix of a flow's secret, so that logs can mask it and scanners find it.
const PREFIX: &str = "of_";
const RANDOM_BYTES: usize = 32;

/// A started flow, stored until its code is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The name of its provider.
    pub provider: String,
    /// The user and session that link an identity; `None` for a sign-in.
    pub linking: Option<(UserId, SessionId)>,
    /// The address in the application to continue at.
    pub return_to: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: Seconds,
    /// The hash of its secret.
    pub secret_hash: String,
}

impl Flow {
    /// Returns whether this is its secret, in constant time.
    #[must_use]
    pub fn is_of(&self, secret: &FlowSecret) -> bool {
        secret.hash().as_bytes().ct_eq(self.secret_hash.as_bytes()).into()
    }

    /// Returns when it began, in seconds since 1970.
    #[must_use]
    pub fn began_at(&self) -> Seconds {
        self.expires_at - LIFE
    }
}

/// The secret of a flow: 256 random bits.
pub struct FlowSecret {
    text: Zeroizing<String>,
}

impl FlowSecret {
    /// Generates a secret.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn generate() -> Result<Self> {
        Ok(Self { text: Zeroizing::new(format!("{PREFIX}{}", random()?)) })
    }

    /// Parses a secret, if the text has its form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (bytes.len() == RANDOM_BYTES).then(|| Self { text: Zeroizing::new(text.to_owned()) })
    }

    /// Returns the text for the client.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the hash under which it is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.text.as_bytes()))
    }

    /// Returns the nonce that the flow's ID token must contain.
    ///
    /// # Errors
    /// [`Error::Internal`] if deriving fails, which it doesn't for this length.
    pub fn nonce(&self) -> Result<String> {
        self.derive(b"builder-api/oidc-nonce/v1")
    }

    /// Returns the PKCE verifier, which proves that the code is used by the client that began the
    /// flow (RFC 7636, section 4.1).
    ///
    /// # Errors
    /// As [`Self::nonce`].
    pub fn verifier(&self) -> Result<String> {
        self.derive(b"builder-api/oidc-verifier/v1")
    }

    fn derive(&self, context: &[u8]) -> Result<String> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.text.as_bytes()).map_err(Error::internal)?;
        mac.update(context);
        Ok(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Returns the provider's address where a person signs in, and from which they are redirected
    /// with a code.
    ///
    /// # Errors
    /// [`Error::Internal`] if the provider's address is invalid.
    pub fn authorization_url(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String> {
        let mut url = Url::parse(&metadata.authorization_endpoint).map_err(Error::internal)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", state)
            .append_pair("nonce", &self.nonce()?)
            .append_pair(
                "code_challenge",
                &URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()?)),
            )
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }
}

/// Never shows the secret: debug output ends up in logs.
impl fmt::Debug for FlowSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowSecret(…)")
    }
}

/// Generates a state, by which a flow is found.
///
/// # Errors
/// [`Error::Internal`] if the system provides no randomness.
pub fn state() -> Result<String> {
    random()
}

fn random() -> Result<String> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Resolves `wanted` to a full address in the application: a path, or an address of the
/// application's own origin. `None` for any other, so that this can't be used as an open redirect.
#[must_use]
pub fn return_to(app_url: &str, wanted: &str) -> Option<String> {
    let app = Url::parse(app_url).ok()?;
    // `//evil.example`, `/\evil.example` and `javascript:` are parsed as browsers do, and have
    // another origin.
    let url = app.join(wanted).ok()?;
    // A `blob:` has the origin of its inner URL, so the scheme is compared, too.
    let own = url.scheme() == app.scheme()
        && url.origin() == app.origin()
        && url.username().is_empty()
        && url.password().is_none();
    own.then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_made_and_tells_nothing() {
        let (secret, other) = (FlowSecret::generate().unwrap(), FlowSecret::generate().unwrap());
        let read = FlowSecret::parse(secret.reveal()).unwrap();
        assert_eq!(
            (read.nonce().unwrap(), read.verifier().unwrap()),
            (secret.nonce().unwrap(), secret.verifier().unwrap())
        );
        assert_ne!(secret.nonce().unwrap(), secret.verifier().unwrap());
        assert_ne!(secret.nonce().unwrap(), other.nonce().unwrap());
        assert!((43..=128).contains(&secret.verifier().unwrap().len()), "RFC 7636");
        let flow = Flow {
            provider: "a".into(),
            linking: None,
            return_to: None,
            expires_at: 600,
            secret_hash: secret.hash(),
        };
        assert!(flow.is_of(&read) && !flow.is_of(&other) && flow.began_at() == 0);
        assert!(!format!("{flow:?}{secret:?}").contains(&secret.reveal()[3..]));
        for text in ["", "of_", "of_AAAA", &secret.reveal()[3..], &format!("{}A", secret.reveal())]
        {
            assert!(FlowSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "appendix B"
        );
    }

    #[test]
    fn one_returns_only_into_the_application() {
        let app = "https://shop.example/app";
        for (wanted, place) in [
            ("/orders?x=1#top", "https://shop.example/orders?x=1#top"),
            ("https://shop.example/", "https://shop.example/"),
            ("HTTPS://SHOP.example:443/a", "https://shop.example/a"),
            ("orders", "https://shop.example/orders"),
        ] {
            assert_eq!(return_to(app, wanted).as_deref(), Some(place), "{wanted}");
        }
        for wanted in [
            "https://evil.example/",
            "//evil.example/",
            r"/\evil.example/",
            r"\\evil.example",
            "http://shop.example/",
            "https://shop.example:8443/",
            "https://shop.example@evil.example/",
            "https://u:p@shop.example/",
            "https://shop.example.evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "\t//evil.example",
            "ht\ntps://evil.example",
            "blob:https://shop.example/x",
        ] {
            assert_eq!(return_to(app, wanted), None, "{wanted:?}");
        }
    }
}
