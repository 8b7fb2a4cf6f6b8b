//! The messages of the payment queue.

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
        /// The provider's ID of the payment.
        intent: String,
    },
    /// The provider reports a refund.
    Refund {
        /// The provider's ID of the refund.
        refund: String,
    },
    /// An event of our own.
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
    /// Returns the body of the queue message.
    pub(crate) fn to_message(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}
