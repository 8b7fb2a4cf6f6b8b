//! Why a provider's word is not had.

use builder_store::error::Fault;

/// Why a provider's word is not had.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It doesn't answer, or answers nonsense.
    #[error("the provider {name} can't be reached")]
    Unreachable {
        /// Which.
        name: String,
        /// The reason.
        #[source]
        cause: Fault,
    },
    /// It rejects our client: the client ID or secret, or the redirect URI, isn't registered there.
    #[error(
        "the provider {name} rejected our client: {code}; compare the client ID, secret and \
         redirect URI with those registered there"
    )]
    Misconfigured {
        /// Which.
        name: String,
        /// The code of its refusal (RFC 6749, section 5.2).
        code: String,
    },
    /// It rejects the code, which was used before, has expired, or belongs to another flow.
    #[error("the provider rejected the code")]
    CodeRefused,
    /// The ID token is invalid.
    #[error("the ID token is invalid: {0}")]
    Untrusted(&'static str),
}
