//! The header `Stripe-Signature` (docs page "Resolve webhook signature verification errors",
//! "Verify manually").

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Returns the header of a body that is sent at a time, in seconds since 1970.
pub(super) fn header(secret: &str, at: i64, body: &str) -> String {
    // HMAC accepts keys of any length.
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| {
        let signed = mac.chain_update(at.to_string()).chain_update(".").chain_update(body);
        hex::encode(signed.finalize().into_bytes())
    });
    format!("t={at},v1={}", signature.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        // printf '1492774577.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        let expected = "7656fc2882a7ca0a651666b36bf2f2f22ee204f54f608f227498a2419f2890b2";
        assert_eq!(
            header("whsec_test", 1_492_774_577, r#"{"id":"evt_1"}"#),
            format!("t=1492774577,v1={expected}")
        );
    }
}
