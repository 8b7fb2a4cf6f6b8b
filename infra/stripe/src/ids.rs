//! IDs and client secrets.

/// Generates IDs in Stripe's format: a prefix, `_`, letters and digits.
#[derive(Debug, Default)]
pub(crate) struct Ids(fastrand::Rng);

impl Ids {
    /// Returns a new ID: `pi_3` and 23 random characters for `pi`.
    pub(crate) fn make(&mut self, prefix: &str) -> String {
        format!("{prefix}_3{}", self.random(23))
    }

    /// Returns the secret with which a browser may retrieve and confirm one intent.
    pub(crate) fn client_secret(&mut self, intent: &str) -> String {
        format!("{intent}_secret_{}", self.random(25))
    }

    fn random(&mut self, length: usize) -> String {
        (0..length).map(|_| self.0.alphanumeric()).collect()
    }
}
