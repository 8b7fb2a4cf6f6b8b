//! A client of a provider, with its cached discovery document and keys.

use std::sync::Arc;

use builder_store::aws::web::Web;
use builder_store::error::Fault;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::failure::Failure;
use super::id_token::{self, Claims, Expected, Profile, Signed};
use super::key_set::KeySet;
use super::metadata::Metadata;
use super::provider::Provider;

/// How long a document is cached, so that withdrawn keys are dropped.
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// The minimum interval between reads because of an unknown key: tokens with invented keys must not
/// cause a request to the provider each time.
const MISS_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// A client of a provider.
#[derive(Debug)]
pub struct Client {
    pub(super) provider: Provider,
    pub(super) web: Web,
    metadata: Mutex<Option<Cached<Metadata>>>,
    keys: Mutex<Option<Cached<KeySet>>>,
}

#[derive(Debug)]
struct Cached<T> {
    read: Timestamp,
    value: Arc<T>,
}

impl<T> Cached<T> {
    fn is_younger(&self, than: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.read) < than
    }
}

/// The response to a code.
#[derive(Deserialize)]
pub struct Tokens {
    /// Says who has signed in.
    id_token: String,
    /// Reads the user information.
    access_token: Option<String>,
}

/// Returns the user information for an access token.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
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

    /// Returns the discovery document, read at most once an hour.
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
        let value = Arc::new(
            Metadata::read(&document, &self.provider).map_err(|why| self.unreachable(why))?,
        );
        *kept = Some(Cached { read: now, value: value.clone() });
        Ok(value)
    }

    /// Verifies the ID token with the provider's keys, which are read again if its key is unknown.
    /// If it contains no address, the user information is requested.
    ///
    /// # Errors
    /// [`Failure::Untrusted`], [`Failure::Unreachable`].
    pub async fn verify(
        &self,
        tokens: &Tokens,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Claims, Failure> {
        let signed = Signed::read(&tokens.id_token).map_err(Failure::Untrusted)?;
        let keys = self.keys(&signed, now).await?;
        let claims = id_token::verify(&tokens.id_token, &keys, expected, now.as_second())
            .map_err(Failure::Untrusted)?;
        let metadata = self.metadata(now).await?;
        match (&metadata.userinfo_endpoint, &tokens.access_token) {
            (Some(address), Some(token)) if claims.lack_an_address() => {
                self.ask_for_more(claims, address, token).await
            }
            _ => Ok(claims),
        }
    }

    /// Asks the provider what else it says of a person.
    async fn ask_for_more(
        &self,
        claims: Claims,
        address: &str,
        access_token: &str,
    ) -> Result<Claims, Failure> {
        let authorization = [("authorization", format!("Bearer {access_token}"))];
        let answer = self
            .web
            .get_with(address, &authorization)
            .await
            .map_err(|cause| self.unreachable(cause))?;
        let read =
            serde_json::from_slice::<UserInfo>(&answer.body).ok().filter(|_| answer.status == 200);
        let info = read.ok_or_else(|| {
            self.unreachable(format!(
                "it responded with status {} to the address request",
                answer.status
            ))
        })?;
        // Section 5.3.2: user information with another subject must not be used.
        if info.sub != claims.sub {
            return Err(Failure::Untrusted(
                "the provider's user information is about another user",
            ));
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
        *kept = Some(Cached { read: now, value: value.clone() });
        Ok(value)
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, Failure> {
        let answer = self.web.get(url).await.map_err(|cause| self.unreachable(cause))?;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(self.unreachable(format!("{url} answers {}", answer.status)))
        }
    }

    pub(super) fn unreachable(&self, cause: impl Into<Fault>) -> Failure {
        Failure::Unreachable { name: self.provider.name.clone(), cause: cause.into() }
    }
}
