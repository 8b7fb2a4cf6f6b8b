//! What is to be looked at, as it stands in the payment queue.

use builder_core::error::{Error, Result};
use builder_core::event::Envelope;
use builder_core::ports::payments::stripe::Subject;
use serde::{Deserialize, Serialize};

/// A message of the payment queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum News {
    /// The provider tells of a payment or a refund.
    Provider {
        /// The payment, by the provider's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intent: Option<String>,
        /// The refund, by the provider's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<String>,
        /// Always `stripe`.
        provider: String,
    },
    /// Something happened here.
    Event(Box<Envelope>),
}

impl From<Subject> for News {
    fn from(subject: Subject) -> Self {
        let provider = "stripe".to_owned();
        match subject {
            Subject::Payment(intent) => Self::Provider { intent: Some(intent), refund: None, provider },
            Subject::Refund(refund) => Self::Provider { intent: None, refund: Some(refund), provider },
        }
    }
}

impl News {
    /// As it stands in the queue.
    pub(crate) fn to_message(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}
