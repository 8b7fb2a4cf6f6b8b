//! Differences between us and the provider.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{PaymentId, RefundId};
use crate::money::Money;

/// The compared object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "camelCase")]
pub enum Subject {
    /// A payment at the provider, by the provider's ID.
    ProviderPayment(String),
    /// A refund at the provider, by the provider's ID.
    ProviderRefund(String),
    /// A payment of ours.
    Payment(PaymentId),
    /// A refund of ours.
    Refund(RefundId),
}

/// Formats the ID, as in events.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProviderPayment(id) | Self::ProviderRefund(id) => f.write_str(id),
            Self::Payment(id) => id.fmt(f),
            Self::Refund(id) => id.fmt(f),
        }
    }
}

/// A difference, and the object of ours that is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Our payment or refund that is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// The difference.
    pub difference: Difference,
}

/// A difference that only a person may resolve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Difference {
    /// It contains the ID of a payment or refund that doesn't exist here.
    UnknownHere {
        /// The amount.
        amount: Money,
    },
    /// One of our payments was refunded by another program or person.
    MadeElsewhere {
        /// The amount.
        amount: Money,
    },
    /// Our object refers to another object at the provider.
    Second {
        /// The other object's ID.
        other: String,
    },
    /// It doesn't exist at the provider.
    UnknownThere,
    /// The amounts differ.
    Amount {
        /// The amount here.
        ours: Money,
        /// The amount at the provider.
        theirs: Money,
    },
    /// The two statuses contradict each other.
    Status {
        /// The status here.
        ours: String,
        /// The status at the provider.
        theirs: String,
    },
    /// The fees differ.
    Fee {
        /// The fee here.
        ours: Money,
        /// The fee at the provider.
        theirs: Money,
    },
    /// The provider hasn't reported its fee for days.
    NoFee,
    /// It should have ended long ago.
    Stuck,
}

impl Difference {
    /// Returns the kind of difference, as stored. An object has at most one of each kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownHere { .. } => "unknown_here",
            Self::MadeElsewhere { .. } => "made_elsewhere",
            Self::Second { .. } => "second",
            Self::UnknownThere => "unknown_there",
            Self::Amount { .. } => "amount",
            Self::Status { .. } => "status",
            Self::Fee { .. } => "fee",
            Self::NoFee => "no_fee",
            Self::Stuck => "stuck",
        }
    }
}
