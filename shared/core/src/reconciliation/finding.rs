//! What may differ between us and the provider.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{PaymentId, RefundId};
use crate::money::Money;

/// What was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "camelCase")]
pub enum Subject {
    /// A payment at the provider, by its id there.
    ProviderPayment(String),
    /// A refund at the provider, by its id there.
    ProviderRefund(String),
    /// A payment of ours.
    Payment(PaymentId),
    /// A refund of ours.
    Refund(RefundId),
}

/// The id, as it stands in events.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProviderPayment(id) | Self::ProviderRefund(id) => f.write_str(id),
            Self::Payment(id) => id.fmt(f),
            Self::Refund(id) => id.fmt(f),
        }
    }
}

/// What differs, and with which thing of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The payment or refund of ours, or what the provider holds for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// What differs.
    pub difference: Difference,
}

/// What nobody may fix but a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Difference {
    /// It carries the id of a payment or refund that doesn't exist here.
    UnknownHere {
        /// How much it is for.
        amount: Money,
    },
    /// Money of a payment of ours was sent back, and not by us.
    MadeElsewhere {
        /// The amount.
        amount: Money,
    },
    /// Ours stands for another one at the provider.
    Second {
        /// Which.
        other: String,
    },
    /// The provider doesn't know it.
    UnknownThere,
    /// The amounts differ.
    Amount {
        /// Here.
        ours: Money,
        /// At the provider.
        theirs: Money,
    },
    /// It can't be both what it is here and what it is there.
    Status {
        /// Here.
        ours: String,
        /// At the provider.
        theirs: String,
    },
    /// What the provider takes for it differs.
    Fee {
        /// Here.
        ours: Money,
        /// At the provider.
        theirs: Money,
    },
    /// The provider has not told its fee for days.
    NoFee,
    /// It should have come to an end long ago.
    Stuck,
}

impl Difference {
    /// What kind of difference it is, as it is written. A thing has at most one of each.
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
