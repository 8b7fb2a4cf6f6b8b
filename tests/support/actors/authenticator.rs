//! An authenticator app, made after RFC 6238 and RFC 4226 for the tests alone.

use builder_store::Clock as _;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::stack::Stack;

/// An authenticator app that knows one secret.
#[derive(Debug)]
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// The app that was shown this secret, in base32.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let mut bits = String::new();
        for letter in secret.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
                .iter()
                .position(|known| *known == letter)
                .expect("base32");
            bits.push_str(&format!("{value:05b}"));
        }
        let byte = |bits| {
            u8::from_str_radix(std::str::from_utf8(bits).expect("digits"), 2).expect("eight digits")
        };
        Self(bits.as_bytes().chunks_exact(8).map(byte).collect())
    }

    /// The code that it shows now.
    #[must_use]
    pub fn code(&self, stack: &Stack) -> String {
        let step = stack.clock.now().as_second() / 30;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("any length is a key");
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(digest[19] & 15);
        let number = u32::from_be_bytes([0, 1, 2, 3].map(|at| digest[offset + at])) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}
