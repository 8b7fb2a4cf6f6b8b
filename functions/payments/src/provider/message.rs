//! What is to be looked at, as it stands in the payment queue.

use builder_core::ports::payments::stripe::Subject;
use builder_store::error::{Error, Result};
use builder_store::event::Envelope;
use serde::{Deserialize, Serialize};

/// A message of the payment queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PaymentMessage {
    /// The provider reports a payment.
    Payment {
        /// The provider's id of it.
        intent: String,
    },
    /// The provider reports a refund.
    Refund {
        /// The provider's id of it.
        refund: String,
    },
    /// Something happened here.
    Event(Box<Envelope>),
}

impl From<Subject> for PaymentMessage {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Payment(intent) => Self::Payment { intent },
            Subject::Refund(refund) => Self::Refund { refund },
        }
    }
}

impl PaymentMessage {
    /// As it stands in the queue.
    pub(crate) fn to_message(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}
