//! The signatures of webhooks: <https://docs.stripe.com/webhooks#verify-manually>.

use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// The maximum age of a webhook: older ones may be replayed by an attacker.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The reason why a webhook is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not of the form `t=…,v1=…`.
    #[error("the Stripe-Signature header is not of the form t=…,v1=…")]
    Malformed,
    /// None of its signatures was made with one of our secrets.
    #[error("no signature matches")]
    Wrong,
    /// It was sent too long ago.
    #[error("the timestamp is more than five minutes old")]
    TooOld,
}

/// Verifies the signature of a webhook. `header` is the value of `Stripe-Signature`, `body` the
/// exact bytes of the request body.
///
/// Of several times, the first one counts; of several signatures, one must match, with any of the
/// secrets. A time in the future is accepted, as in Stripe's own libraries: it can only be signed
/// with a secret.
///
/// # Errors
/// [`SignatureError`].
pub fn verify<'a>(
    header: &str,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a str>,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let parts = || header.split(',').filter_map(|part| part.split_once('='));
    let sent = parts().find(|(name, _)| *name == "t").ok_or(SignatureError::Malformed)?.1;
    let at: i64 = sent.parse().map_err(|_| SignatureError::Malformed)?;
    let signatures: Vec<Vec<u8>> = parts()
        .filter(|(name, _)| *name == "v1")
        // Stripe writes lower case, and its libraries accept nothing else.
        .filter(|(_, text)| !text.bytes().any(|letter| letter.is_ascii_uppercase()))
        .filter_map(|(_, text)| hex::decode(text).ok())
        .collect();
    if !parts().any(|(name, _)| name == "v1") {
        return Err(SignatureError::Malformed);
    }
    let fits = secrets.into_iter().any(|secret| {
        signatures.iter().any(|signature| {
            let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()) else {
                return false;
            };
            mac.update(sent.as_bytes());
            mac.update(b".");
            mac.update(body);
            mac.verify_slice(signature).is_ok()
        })
    });
    if !fits {
        return Err(SignatureError::Wrong);
    }
    if at < now.as_second().saturating_sub(TOLERANCE.as_secs()) {
        return Err(SignatureError::TooOld);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test";

    fn sign(secret: &str, at: i64, body: &str) -> String {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.{body}").as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    #[test]
    fn webhooks_are_verified_by_signature_and_time() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let good = sign(SECRET, 1_800_000_000, "{}");
        let check = |header: String, body: &str| {
            verify(&header, body.as_bytes(), ["whsec_other", SECRET], now)
        };
        assert_eq!(check(format!("t=1800000000,v1={good}"), "{}"), Ok(()));
        let upper = good.to_uppercase();
        assert_eq!(check(format!("t=1800000000,v1={upper}"), "{}"), Err(SignatureError::Wrong));
        assert_eq!(check(format!("t=1800000000,v0=00,v1=11,v1={good},v2=x"), "{}"), Ok(()));
        assert_eq!(check(format!("t=1800000000,v1={good}"), "{ }"), Err(SignatureError::Wrong));
        assert_eq!(check(format!("t=1800000001,v1={good}"), "{}"), Err(SignatureError::Wrong));
        assert_eq!(
            check(format!("t=1800000000,v1={}", sign("whsec_x", 1_800_000_000, "{}")), "{}"),
            Err(SignatureError::Wrong)
        );
        assert_eq!(check(format!("t=1800000000,v0={good}"), "{}"), Err(SignatureError::Malformed));
        for malformed in ["", "v1=00", "t=x,v1=00", "t=1800000000", "nonsense"] {
            assert_eq!(
                check(malformed.to_owned(), "{}"),
                Err(SignatureError::Malformed),
                "{malformed}"
            );
        }
        for (at, outcome) in [
            (1_799_999_700, Ok(())),
            (1_799_999_699, Err(SignatureError::TooOld)),
            (1_800_009_999, Ok(())),
        ] {
            assert_eq!(
                check(format!("t={at},v1={}", sign(SECRET, at, "{}")), "{}"),
                outcome,
                "{at}"
            );
        }
    }
}
