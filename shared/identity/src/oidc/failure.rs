//! Why a provider's word is not had.

use builder_store::error::Fault;

/// Why a provider's word is not had.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It doesn't answer, or answers nonsense.
    #[error("the provider {name} can't be asked")]
    Unreachable {
        /// Which.
        name: String,
        /// The reason.
        #[source]
        cause: Fault,
    },
    /// It doesn't know us: the client's id or secret, or the redirect address, is another there.
    #[error(
        "the provider {name} refuses our client: {code}; compare client id, secret and redirect \
         address with what is registered there"
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
