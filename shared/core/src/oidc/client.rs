//! Asking a provider: its discovery document, its keys, and what a code stands for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::id_token::{self, Claims, Expected, Profile, Signed};
use super::key_set::KeySet;
use super::metadata::{Authentication, Metadata};
use super::provider::Provider;
use crate::error::Fault;
use crate::ports::web::{Answer, Web};

/// How long a document is used before it is read again, so that a withdrawn key is forgotten.
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How often an unknown key may cause a reading: tokens with invented keys must not make us ask the provider each time.
const MISS_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// Why a provider's word is not had.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It doesn't answer, or answers nonsense.
    #[error("the provider {name} can't be asked")]
    Unreachable {
        /// Which.
        name: String,
        /// Why.
        #[source]
        cause: Fault,
    },
    /// It doesn't know us: the client's id or secret, or the redirect address, is another there.
    #[error(
        "the provider {name} refuses our client: {code}; compare client id, secret and redirect address with what is registered there"
    )]
    Misconfigured {
        /// Which.
        name: String,
        /// The code of its refusal (RFC 6749, section 5.2).
        code: String,
    },
    /// It refuses the code: it was used before, has expired, or belongs to somebody else's flow.
    #[error("the provider refuses the code")]
    CodeRefused,
    /// What it gave is not to be believed.
    #[error("the ID token is refused: {0}")]
    Untrusted(&'static str),
}

/// A provider as an instance knows it.
#[derive(Debug)]
pub struct Client {
    provider: Provider,
    web: Web,
    metadata: Mutex<Option<Kept<Metadata>>>,
    keys: Mutex<Option<Kept<KeySet>>>,
}

#[derive(Debug)]
struct Kept<T> {
    read: Timestamp,
    value: Arc<T>,
}

impl<T> Kept<T> {
    fn is_younger(&self, than: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.read) < than
    }
}

/// What comes back with a person, and what belongs to it.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The code.
    pub code: &'a str,
    /// The verifier whose challenge the flow began with.
    pub verifier: &'a str,
    /// Where the person came back to.
    pub redirect_uri: &'a str,
}

/// What a code is exchanged for.
#[derive(Deserialize)]
pub struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// What the provider says of who the access token is for.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}

#[derive(Deserialize)]
struct TokenError {
    error: String,
}

impl Client {
    /// Of this provider.
    #[must_use]
    pub fn new(provider: Provider) -> Self {
        let web = Web::new(provider.is_local());
        Self { provider, web, metadata: Mutex::default(), keys: Mutex::default() }
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What it says of itself, read at most once an hour.
    ///
    /// # Errors
    /// [`Failure::Unreachable`].
    pub async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, Failure> {
        // Held while reading: those who come meanwhile would only read the same.
        let mut kept = self.metadata.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_younger(LIFE, now)) {
            return Ok(kept.value.clone());
        }
        let document = self.get(&Metadata::address(&self.provider.issuer)).await?;
        let value = Arc::new(Metadata::read(&document, &self.provider).map_err(|why| self.unreachable(why))?);
        *kept = Some(Kept { read: now, value: value.clone() });
        Ok(value)
    }

    /// Exchanges a code for tokens, proving by `secret` who we are.
    ///
    /// # Errors
    /// [`Failure`], for all its reasons but the last.
    pub async fn exchange(&self, secret: &str, code: Code<'_>, now: Timestamp) -> Result<Tokens, Failure> {
        let metadata = self.metadata(now).await?;
        let (form, authorization) = self.request(&metadata, secret, code)?;
        let answer = self.web.post_form(&metadata.token_endpoint, form, authorization).await;
        self.tokens(&answer.map_err(|cause| self.unreachable(cause))?)
    }

    /// The form to send, and the `Authorization` header.
    fn request(&self, metadata: &Metadata, secret: &str, code: Code<'_>) -> Result<(String, Option<String>), Failure> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code.code)
            .append_pair("redirect_uri", code.redirect_uri)
            .append_pair("code_verifier", code.verifier);
        let id = &self.provider.client_id;
        let authorization = match metadata.authentication().map_err(|why| self.unreachable(why))? {
            Authentication::Basic => {
                // Each is form-encoded before they are joined (RFC 6749, section 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))))
            }
            Authentication::Post => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
                None
            }
        };
        Ok((form.finish(), authorization))
    }

    fn tokens(&self, answer: &Answer) -> Result<Tokens, Failure> {
        if answer.status == 200 {
            // The parser's own message could quote a token.
            let tokens = serde_json::from_slice::<Tokens>(&answer.body);
            return tokens.map_err(|_| self.unreachable("it answers a code without an ID token"));
        }
        let refusal = serde_json::from_slice::<TokenError>(&answer.body).map(|refusal| refusal.error);
        match refusal.as_deref() {
            Ok("invalid_grant") => Err(Failure::CodeRefused),
            Ok(
                code @ ("invalid_client" | "unauthorized_client" | "invalid_request" | "unsupported_grant_type" | "invalid_scope"),
            ) => Err(Failure::Misconfigured { name: self.provider.name.clone(), code: code.to_owned() }),
            _ => Err(self.unreachable(format!("it answers a code with {}", answer.status))),
        }
    }

    /// Verifies the ID token with the provider's keys, which are read again when its key is not among them. If it says nothing of an address, the
    /// provider is asked for that.
    ///
    /// # Errors
    /// [`Failure::Untrusted`], [`Failure::Unreachable`].
    pub async fn verify(&self, tokens: &Tokens, expected: &Expected<'_>, now: Timestamp) -> Result<Claims, Failure> {
        let signed = Signed::read(&tokens.id_token).map_err(Failure::Untrusted)?;
        let keys = self.keys(&signed, now).await?;
        let claims = id_token::verify(&tokens.id_token, &keys, expected, now.as_second()).map_err(Failure::Untrusted)?;
        let metadata = self.metadata(now).await?;
        match (&metadata.userinfo_endpoint, &tokens.access_token) {
            (Some(address), Some(token)) if claims.lack_an_address() => self.ask_for_more(claims, address, token).await,
            _ => Ok(claims),
        }
    }

    /// Asks the provider what else it says of a person.
    async fn ask_for_more(&self, claims: Claims, address: &str, access_token: &str) -> Result<Claims, Failure> {
        let answer =
            self.web.get_with(address, &format!("Bearer {access_token}")).await.map_err(|cause| self.unreachable(cause))?;
        let read = serde_json::from_slice::<UserInfo>(&answer.body).ok().filter(|_| answer.status == 200);
        let info = read.ok_or_else(|| self.unreachable(format!("it answers {} to who asks for an address", answer.status)))?;
        // Section 5.3.2: an answer about somebody else must not be used.
        if info.sub != claims.sub {
            return Err(Failure::Untrusted("what the provider tells besides is of somebody else"));
        }
        Ok(claims.with(info.profile))
    }

    async fn keys(&self, signed: &Signed, now: Timestamp) -> Result<Arc<KeySet>, Failure> {
        let mut kept = self.keys.lock().await;
        if let Some(kept) = kept.as_ref() {
            let life = if signed.is_by(&kept.value) { LIFE } else { MISS_PAUSE };
            if kept.is_younger(life, now) {
                return Ok(kept.value.clone());
            }
        }
        let document = self.get(&self.metadata(now).await?.jwks_uri).await?;
        let value = Arc::new(KeySet::read(&document).map_err(|why| self.unreachable(why))?);
        *kept = Some(Kept { read: now, value: value.clone() });
        Ok(value)
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, Failure> {
        let answer = self.web.get(url).await.map_err(|cause| self.unreachable(cause))?;
        if answer.status == 200 { Ok(answer.body) } else { Err(self.unreachable(format!("{url} answers {}", answer.status))) }
    }

    fn unreachable(&self, cause: impl Into<Fault>) -> Failure {
        Failure::Unreachable { name: self.provider.name.clone(), cause: cause.into() }
    }
}
