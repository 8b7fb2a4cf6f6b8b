//! The second factor: an authenticator app (TOTP, RFC 6238), and backup codes for when it is lost.
//! No I/O.
//!
//! Codes have six digits and last 30 seconds, one step either way for clocks that differ; each is
//! good once. Ten failures in a row pause the factor for a quarter of an hour: with a million codes
//! and three of them good at a time, guessing takes years.
//!
//! The secret is sealed under a key that is derived from a string in Secrets Manager, so the table
//! alone gives no codes; and it is bound to its user, so one can't be put in place of another.

pub mod challenge;
pub mod factors;

use std::fmt;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder};
use zeroize::Zeroizing;

/// How many backup codes there are at first.
pub const BACKUP_CODES: usize = 10;
/// So many failures in a row pause the factor.
const FAILURES: u32 = 10;
/// For how long.
const PAUSE: SignedDuration = SignedDuration::from_mins(15);

const SECRET_BYTES: usize = 20;
const NONCE_BYTES: usize = 12;
const CODE_LENGTH: usize = 10;
/// Without letters and digits that look alike; 32 of them, so that a byte's low five bits choose
/// evenly.
const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The keys that second factors are sealed and compared with.
pub struct FactorKeys {
    seal: Zeroizing<[u8; 32]>,
    codes: Zeroizing<[u8; 32]>,
}

impl FactorKeys {
    /// Derives them from the secret string.
    ///
    /// # Errors
    /// [`Error::Internal`] when deriving fails, which it doesn't for lengths such as these.
    pub fn derive(secret: &str) -> Result<Self> {
        let stretch = |context: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            let stretched =
                Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(context, key.as_mut());
            stretched.map(|()| key).map_err(|error| Error::internal(error.to_string()))
        };
        Ok(Self {
            seal: stretch(b"builder-api/factor-seal/v1")?,
            codes: stretch(b"builder-api/factor-codes/v1")?,
        })
    }

    fn seal(&self, user: UserId, secret: &[u8]) -> Result<String> {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let owner = user.to_string();
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let sealed = Aes256Gcm::new(self.seal.as_ref().into()).encrypt(&nonce.into(), payload);
        let sealed = sealed.map_err(|_| Error::internal("could not encrypt a second factor"))?;
        Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    fn open(&self, user: UserId, sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
        let none = || {
            Error::internal(
                "could not decrypt a second factor; its secret may have been \
             replaced",
            )
        };
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(Error::internal)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(none)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| none())?;
        let owner = user.to_string();
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let opened = Aes256Gcm::new(self.seal.as_ref().into()).decrypt(&nonce.into(), payload);
        opened.map(Zeroizing::new).map_err(|_| none())
    }

    /// A backup code as it is kept. It has only fifty bits, so who has the table alone must not be
    /// able to try them all.
    fn hash(&self, user: UserId, code: &str) -> Result<String> {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(self.codes.as_ref()).map_err(Error::internal)?;
        mac.update(user.to_string().as_bytes());
        mac.update(code.as_bytes());
        Ok(STANDARD_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for FactorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorKeys(…)")
    }
}

/// A user's second factor, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    sealed: String,
    /// Whether its user has shown to have it.
    pub confirmed: bool,
    /// The step of the last code that was good.
    #[serde(default)]
    last_step: u64,
    /// The backup codes that are left, hashed.
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_until: Option<Timestamp>,
}

impl Factor {
    /// What tells this factor from another of the same user: its secret as it is sealed.
    pub(super) fn sealed(&self) -> &str {
        &self.sealed
    }
}

/// Never shows what is sealed: debug output ends up in logs.
impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Factor(confirmed: {}, {} codes left)", self.confirmed, self.codes.len())
    }
}

/// What a person needs to set up the app, shown this once.
pub struct Enrolment {
    /// The secret in base 32, to type.
    pub secret: Zeroizing<String>,
    /// The same as `otpauth://…`, to scan.
    pub uri: Zeroizing<String>,
}

/// What comes of presenting a code. Whatever it is must be kept before it is told: otherwise
/// guesses that are never kept are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is good, and no longer.
    Good {
        /// The factor from now on.
        factor: Factor,
        /// How many backup codes are left, if it was one.
        left: Option<usize>,
    },
    /// It is wrong, or was used before.
    Wrong(Factor),
    /// There were too many wrong ones: this one wasn't looked at.
    Paused {
        /// Seconds until the next may be tried.
        seconds: i64,
    },
}

impl Factor {
    /// A new one, yet to be confirmed, and what its user needs to set it up. `issuer` and `account`
    /// are what the app shows.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn enrol(
        user: UserId,
        issuer: &str,
        account: &str,
        keys: &FactorKeys,
    ) -> Result<(Self, Enrolment)> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        fill(secret.as_mut())?;
        // A colon divides issuer and account in the label.
        let (issuer, account) = (issuer.replace(':', " "), account.replace(':', " "));
        let totp = builder(secret.as_ref())
            .with_issuer(Some(issuer))
            .with_account_name(account)
            .build()
            .map_err(Error::internal)?;
        let enrolment = Enrolment {
            secret: Zeroizing::new(totp.secret().to_base32()),
            uri: Zeroizing::new(totp.to_url().map_err(Error::internal)?),
        };
        let sealed = keys.seal(user, secret.as_ref())?;
        let factor = Self {
            sealed,
            confirmed: false,
            last_step: 0,
            codes: Vec::new(),
            failures: 0,
            paused_until: None,
        };
        Ok((factor, enrolment))
    }

    /// Somebody presents a code of the app, or a backup code.
    ///
    /// # Errors
    /// [`Error::Internal`] when the factor can't be opened.
    pub fn verify(
        &self,
        user: UserId,
        code: &str,
        keys: &FactorKeys,
        now: Timestamp,
    ) -> Result<Verdict> {
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            return Ok(Verdict::Paused { seconds: (until.as_second() - now.as_second()).max(1) });
        }
        // People copy codes with spaces and hyphens, as apps and lists show them.
        let code: String =
            code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
        let good = Self { failures: 0, paused_until: None, ..self.clone() };
        if let Some(step) = self.step(user, &code, keys, now)? {
            return Ok(Verdict::Good { factor: Self { last_step: step, ..good }, left: None });
        }
        let hash = keys.hash(user, &code.to_ascii_uppercase())?;
        if self.confirmed
            && self.codes.iter().any(|known| bool::from(known.as_bytes().ct_eq(hash.as_bytes())))
        {
            let codes: Vec<String> =
                self.codes.iter().filter(|known| **known != hash).cloned().collect();
            let left = Some(codes.len());
            return Ok(Verdict::Good { factor: Self { codes, ..good }, left });
        }
        let failures = self.failures + 1;
        let paused = failures >= FAILURES;
        Ok(Verdict::Wrong(Self {
            failures: if paused { 0 } else { failures },
            paused_until: paused.then(|| now.saturating_add(PAUSE).unwrap_or(Timestamp::MAX)),
            ..self.clone()
        }))
    }

    /// The step that a code of the app is of, if it is good and newer than the last one that was.
    fn step(
        &self,
        user: UserId,
        code: &str,
        keys: &FactorKeys,
        now: Timestamp,
    ) -> Result<Option<u64>> {
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let secret = keys.open(user, &self.sealed)?;
        let totp = builder(&secret).build().map_err(Error::internal)?;
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        Ok(totp.check(code, seconds).filter(|step| *step > self.last_step))
    }

    /// Whether codes are not looked at for now, since too many were wrong.
    #[must_use]
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// How many backup codes are left.
    #[must_use]
    pub fn backup_codes_left(&self) -> usize {
        self.codes.len()
    }

    /// The same factor, confirmed, and its backup codes, shown this once.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn confirm(
        self,
        user: UserId,
        keys: &FactorKeys,
    ) -> Result<(Self, Vec<Zeroizing<String>>)> {
        Self { confirmed: true, ..self }.renew_backup_codes(user, keys)
    }

    /// The same factor with other backup codes, shown this once. Those that it had are gone.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn renew_backup_codes(
        self,
        user: UserId,
        keys: &FactorKeys,
    ) -> Result<(Self, Vec<Zeroizing<String>>)> {
        let mut shown = Vec::with_capacity(BACKUP_CODES);
        let mut codes = Vec::with_capacity(BACKUP_CODES);
        for _ in 0..BACKUP_CODES {
            let mut bytes = Zeroizing::new([0; CODE_LENGTH]);
            fill(bytes.as_mut())?;
            let code: Zeroizing<String> = Zeroizing::new(
                bytes
                    .iter()
                    .map(|byte| char::from(CODE_ALPHABET[usize::from(byte & 31)]))
                    .collect(),
            );
            codes.push(keys.hash(user, &code)?);
            shown.push(Zeroizing::new(format!(
                "{}-{}",
                &code[..CODE_LENGTH / 2],
                &code[CODE_LENGTH / 2..]
            )));
        }
        Ok((Self { codes, ..self }, shown))
    }
}

/// What every authenticator app can do: SHA-1, six digits, 30 seconds.
fn builder(secret: &[u8]) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use totp_rs::Totp;

    use super::*;

    fn user() -> UserId {
        UserId::from_u128(7)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn app(uri: &str) -> Totp {
        Totp::from_url(uri).unwrap()
    }

    fn code(app: &Totp, second: u64) -> String {
        app.generate(second).to_string()
    }

    fn ready() -> (Factor, Totp, Vec<Zeroizing<String>>, FactorKeys) {
        let keys = FactorKeys::derive("secret").unwrap();
        let (factor, enrolment) =
            Factor::enrol(user(), "Builder: API", "ada@example.com", &keys).unwrap();
        let (factor, codes) = factor.confirm(user(), &keys).unwrap();
        (factor, app(&enrolment.uri), codes, keys)
    }

    /// RFC 6238, appendix B: the vectors for SHA-1, cut to six digits.
    #[test]
    fn the_vectors_of_the_rfc() {
        let totp = builder(b"12345678901234567890").build().unwrap();
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&totp, second), expected, "at {second}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_either_way_and_once() {
        let (factor, app, _, keys) = ready();
        for (second, is_good) in
            [(900, false), (930, true), (960, true), (1019, true), (1020, false)]
        {
            let verdict = factor.verify(user(), &code(&app, 960), &keys, at(second)).unwrap();
            assert_eq!(matches!(verdict, Verdict::Good { .. }), is_good, "at {second}");
        }
        let shown = code(&app, 960);
        let Verdict::Good { factor, left: None } = factor
            .verify(user(), &format!("{} {}", &shown[..3], &shown[3..]), &keys, at(960))
            .unwrap()
        else {
            panic!("a code as apps show it");
        };
        assert!(
            matches!(factor.verify(user(), &shown, &keys, at(961)).unwrap(), Verdict::Wrong(_)),
            "used"
        );
        assert!(
            matches!(
                factor.verify(user(), &code(&app, 930), &keys, at(961)).unwrap(),
                Verdict::Wrong(_)
            ),
            "older than the last"
        );
        assert!(matches!(
            factor.verify(user(), &code(&app, 990), &keys, at(990)).unwrap(),
            Verdict::Good { .. }
        ));
    }

    #[test]
    fn a_backup_code_is_good_once_however_it_is_typed() {
        let (mut factor, _, codes, keys) = ready();
        assert_eq!(codes.len(), BACKUP_CODES);
        for (used, shown) in codes.iter().enumerate() {
            let typed = shown.to_lowercase().replace('-', " ");
            let Verdict::Good { factor: after, left } =
                factor.verify(user(), &typed, &keys, at(960)).unwrap()
            else {
                panic!("{used}")
            };
            assert_eq!(left, Some(BACKUP_CODES - 1 - used));
            factor = after;
            assert!(matches!(
                factor.verify(user(), shown, &keys, at(960)).unwrap(),
                Verdict::Wrong(_)
            ));
        }
    }

    #[test]
    fn ten_failures_pause_it_for_a_quarter_of_an_hour() {
        let (mut factor, app, _, keys) = ready();
        for _ in 0..10 {
            let Verdict::Wrong(after) = factor.verify(user(), "nonsense", &keys, at(960)).unwrap()
            else {
                panic!()
            };
            factor = after;
        }
        assert_eq!(
            factor.verify(user(), &code(&app, 960), &keys, at(961)).unwrap(),
            Verdict::Paused { seconds: 899 }
        );
        let later = 960 + 900;
        let verdict = factor
            .verify(user(), &code(&app, later), &keys, at(i64::try_from(later).unwrap()))
            .unwrap();
        assert!(matches!(verdict, Verdict::Good { .. }));
    }

    #[test]
    fn the_factor_of_one_user_or_secret_is_no_others() {
        let (factor, app, codes, keys) = ready();
        let other = UserId::from_u128(8);
        assert!(factor.verify(other, &code(&app, 960), &keys, at(960)).is_err());
        assert!(matches!(
            factor.verify(other, &codes[0], &keys, at(960)).unwrap(),
            Verdict::Wrong(_)
        ));
        assert!(
            factor
                .verify(user(), &code(&app, 960), &FactorKeys::derive("another").unwrap(), at(960))
                .is_err()
        );
    }

    #[test]
    fn what_is_kept_gives_no_code_away() {
        let keys = FactorKeys::derive("secret").unwrap();
        let (factor, enrolment) =
            Factor::enrol(user(), "Builder", "ada@example.com", &keys).unwrap();
        let (factor, codes) = factor.confirm(user(), &keys).unwrap();
        let kept = serde_json::to_string(&factor).unwrap();
        assert!(
            !kept.contains(enrolment.secret.as_str())
                && codes.iter().all(|code| !kept.contains(&code.replace('-', "")))
        );
        assert!(
            enrolment.uri.starts_with("otpauth://totp/") && enrolment.uri.contains("Builder"),
            "{}",
            *enrolment.uri
        );
        assert!(!format!("{factor:?} {keys:?}").contains("sealed"));
    }
}
