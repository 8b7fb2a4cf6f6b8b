//! Passwords: which ones are accepted, and how they are stored.

pub mod attempts;
pub mod guessing;
pub mod strength;

use std::fmt;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{NO_PAD, STANDARD};
use builder_store::config::{Env, EnvError};
use builder_store::error::{Error, Result};
use hmac::{Hmac, Mac};
use icu_normalizer::ComposingNormalizerBorrowed;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha384;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// The minimum number of characters. NIST SP 800-63B, section 5.1.1.2; its fourth revision requires
/// 15 if the password is the only factor, for which the strength estimate
/// ([`crate::password::strength`]) is a better measure than length.
pub const MIN_CHARACTERS: usize = 8;
/// The maximum number of characters: far more than the 64 that NIST requires, and short enough to
/// hash quickly.
pub const MAX_CHARACTERS: usize = 256;

/// bcrypt allows 4 to 31; above 16 a sign-in would take longer than a request may.
const COSTS: std::ops::RangeInclusive<u32> = 4..=16;

/// The key that makes our digests of passwords differ from those of other systems. Changing it
/// invalidates every stored hash.
const CONTEXT: &[u8] = b"builder-api/password/v1";

/// One bcrypt computation at a time per processor: more would only delay all of them. In Lambda an
/// instance handles one request at a time anyway; in the local stack all functions share the
/// machine.
static PROCESSORS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new(count))
});

/// Returns a password in the normalised form in which it is estimated, hashed and compared, however
/// a keyboard has composed its characters.
///
/// The mapping is that of RFC 8265, section 4.2 (OpaqueString): spaces of all kinds become U+0020,
/// then Unicode's form NFC. Upper and lower case remain distinct.
#[must_use]
pub fn prepared(password: &SecretString) -> SecretString {
    let spaced =
        Zeroizing::new(password.expose_secret().chars().map(plain_space).collect::<String>());
    ComposingNormalizerBorrowed::new_nfc().normalize(&spaced).into_owned().into()
}

/// Maps Unicode's category Zs to a plain space.
fn plain_space(letter: char) -> char {
    match letter {
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            ' '
        }
        letter => letter,
    }
}

/// Checks the length and characters of a password. There are no composition rules and no trimming,
/// as NIST recommends; only control characters, which can't be typed reliably, are refused (RFC
/// 8265, section 4.2.2). Characters are counted in the [`prepared`] form.
///
/// # Errors
/// What to change.
pub fn check(password: &SecretString) -> Result<(), &'static str> {
    let password = prepared(password);
    if password.expose_secret().chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    let characters = password.expose_secret().chars().count();
    if characters < MIN_CHARACTERS {
        return Err("must have at least 8 characters");
    }
    if characters > MAX_CHARACTERS {
        return Err("must have at most 256 characters");
    }
    Ok(())
}

/// A stored hash, in bcrypt's own format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Creates a hash from its stored text.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never shows the hash, which would allow offline guessing: debug output ends up in logs.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Hashes and verifies passwords at a fixed cost.
#[derive(Debug, Clone)]
pub struct Passwords {
    cost: u32,
    nobodys: PasswordHash,
}

impl Passwords {
    /// Creates it with the cost in `PASSWORD_COST`.
    ///
    /// # Errors
    /// [`EnvError`] if it is missing or not within 4 to 16.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        let expected = "a whole number from 4 to 16 (12 in production)";
        let cost = env.parse("PASSWORD_COST", expected)?;
        let malformed = EnvError::Malformed { name: "PASSWORD_COST".to_owned(), expected };
        Self::new(cost).map_err(|_| malformed)
    }

    /// Creates it with this cost; each step doubles the work.
    ///
    /// # Errors
    /// [`Error::Internal`] if it isn't within 4 to 16, or the system provides no randomness.
    pub fn new(cost: u32) -> Result<Self> {
        if !COSTS.contains(&cost) {
            return Err(Error::internal(format!(
                "the password cost {cost} must be within {COSTS:?}"
            )));
        }
        Ok(Self { cost, nobodys: nobodys(cost)? })
    }

    /// Hashes a password, off the thread that serves requests.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness or the runtime is shutting down.
    pub async fn hash(&self, password: &SecretString) -> Result<PasswordHash> {
        let (input, cost) = (digest(password)?, self.cost);
        let hash =
            on_a_processor(move || bcrypt::non_truncating_hash(input.as_bytes(), cost)).await?;
        hash.map(PasswordHash).map_err(Error::internal)
    }

    /// Returns whether a hash was created at another cost, so that it should be renewed when the
    /// password is available.
    #[must_use]
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        // $2b$12$…
        hash.as_str().split('$').nth(2).and_then(|cost| cost.parse().ok()) != Some(self.cost)
    }

    /// Returns whether the password matches the hash. Without a hash (there is no such account) it
    /// returns false, after the same work.
    ///
    /// # Errors
    /// [`Error::Internal`] if the stored hash is invalid, or the runtime is shutting down.
    pub async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
    ) -> Result<bool> {
        let input = digest(password)?;
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys).clone();
        let equal =
            on_a_processor(move || bcrypt::non_truncating_verify(input.as_bytes(), hash.as_str()))
                .await?;
        Ok(equal.map_err(Error::internal)? && known)
    }
}

/// Returns the input of bcrypt: 64 characters that depend on the whole password.
///
/// bcrypt reads 72 bytes and stops at a NUL: a longer passphrase would be truncated silently.
/// Hashing first lifts both limits, but a plain digest invites "password shucking": an attacker who
/// has SHA-384 hashes from another site's leak could try those against ours, and crack the matching
/// ones at the other site's speed (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with
/// bcrypt"). With our own key, even a public one, no digest from elsewhere is ever the input here.
/// Base64, because raw bytes may contain a NUL.
fn digest(password: &SecretString) -> Result<Zeroizing<String>> {
    let mut mac = Hmac::<Sha384>::new_from_slice(CONTEXT).map_err(Error::internal)?;
    mac.update(prepared(password).expose_secret().as_bytes());
    let digest = Zeroizing::new(<[u8; 48]>::from(mac.finalize().into_bytes()));
    Ok(Zeroizing::new(STANDARD.encode(digest.as_slice())))
}

/// Creates a well-formed hash of an unknown password. Verifying against it takes as long as against
/// an account's, so that the response time doesn't reveal whether an account exists; creating it
/// needs no hashing, so the first response isn't slower.
fn nobodys(cost: u32) -> Result<PasswordHash> {
    let mut bytes = [0; 16 + 23];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    let (salt, hash) = bytes.split_at(16);
    let base64 = GeneralPurpose::new(&BCRYPT, NO_PAD);
    Ok(PasswordHash(format!("$2b${cost:02}${}{}", base64.encode(salt), base64.encode(hash))))
}

/// Runs a computation on the blocking pool once a processor is free. The permit is held until it
/// ends, because work whose caller has given up still occupies its processor.
async fn on_a_processor<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = PROCESSORS.clone().acquire_owned().await.map_err(Error::internal)?;
    let run = move || {
        let result = work();
        drop(permit);
        result
    };
    tokio::task::spawn_blocking(run).await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(4).unwrap()
    }

    async fn accepts(hash: &PasswordHash, password: &str) -> bool {
        passwords().verify(&password.into(), Some(hash)).await.unwrap()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn every_character_of_a_long_password_counts() {
        let long = "correct horse battery staple ".repeat(8);
        let hash = passwords().hash(&long.clone().into()).await.unwrap();
        assert!(accepts(&hash, &long).await);
        assert!(!accepts(&hash, &long[..72]).await, "bcrypt alone would stop here");
        assert!(!accepts(&hash, &format!("{long}x")).await);
        assert!(!accepts(&hash, &long.replace("staple", "Staple")).await);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_password_is_the_same_however_its_characters_are_composed() {
        for (chosen, typed) in [
            ("pässwörd für Zoë", "pa\u{308}sswo\u{308}rd fu\u{308}r Zoe\u{308}"),
            ("vi\u{1ec7}t nam \u{c5}", "vie\u{302}\u{323}t nam \u{212b}"),
            (
                "\u{d55c}\u{ae00} password",
                "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} password",
            ),
            ("one two three", "one\u{a0}two\u{3000}three"),
            ("10 k\u{3a9} resistor", "10 k\u{2126} resistor"),
        ] {
            for (chosen, typed) in [(chosen, typed), (typed, chosen)] {
                let hash = passwords().hash(&chosen.into()).await.unwrap();
                assert!(accepts(&hash, typed).await, "{chosen:?} typed as {typed:?}");
            }
        }
        let hash = passwords().hash(&"pässwörd".into()).await.unwrap();
        for other in ["passwort", "PÄSSWÖRD", "pässwörd ", "p\u{e4}sswo\u{301}rd"] {
            assert!(!accepts(&hash, other).await, "{other}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_nul_ends_nothing() {
        let hash = passwords().hash(&"before\0after".into()).await.unwrap();
        assert!(accepts(&hash, "before\0after").await);
        assert!(!accepts(&hash, "before\0other").await && !accepts(&hash, "before").await);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn two_hashes_of_one_password_differ_and_nobody_has_no_password() {
        let (one, other) = (
            passwords().hash(&"password".into()).await.unwrap(),
            passwords().hash(&"password".into()).await.unwrap(),
        );
        assert_ne!(one, other);
        assert!(one.as_str().starts_with("$2b$04$"));
        assert!(!passwords().verify(&"password".into(), None).await.unwrap());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn many_at_once_come_through() {
        let passwords = passwords();
        let hash = passwords.hash(&"password".into()).await.unwrap();
        let password = SecretString::from("password");
        let all =
            futures::future::join_all((0..200).map(|_| passwords.verify(&password, Some(&hash))))
                .await;
        assert!(all.into_iter().all(|verified| verified.unwrap()));
    }

    #[test]
    fn the_digest_is_keyed_and_fits_bcrypt() {
        let digest = digest(&"password".into()).unwrap();
        assert_eq!(digest.len(), 64);
        let plain = STANDARD.encode(<Sha384 as sha2::Digest>::digest(b"password"));
        assert_ne!(*digest, plain, "a leaked SHA-384 is of no use here");
    }

    #[test]
    fn length_is_counted_in_characters() {
        for (password, accepted) in
            [("1234567", false), ("12345678", true), ("pässwörd", true), ("        ", true)]
        {
            assert_eq!(check(&password.into()).is_ok(), accepted, "{password}");
        }
        assert!(check(&"ü".repeat(256).into()).is_ok() && check(&"u".repeat(257).into()).is_err());
        assert!(check(&"u\u{308}".repeat(256).into()).is_ok(), "each is one character, composed");
        assert!(check(&"u\u{308}".repeat(7).into()).is_err());
    }

    #[test]
    fn control_characters_are_refused() {
        for control in ['\0', '\t', '\n', '\u{7f}', '\u{85}', '\u{9f}'] {
            assert!(
                check(&format!("correct horse{control}battery").into()).is_err(),
                "{control:?}"
            );
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_hash_of_another_cost_is_outdated() {
        let hash = passwords().hash(&"password".into()).await.unwrap();
        assert!(!passwords().is_outdated(&hash) && Passwords::new(5).unwrap().is_outdated(&hash));
    }

    #[test]
    fn a_cost_that_is_no_cost_is_refused() {
        assert!(Passwords::new(3).is_err() && Passwords::new(17).is_err());
    }
}
