//! Double entries. Pure.

use builder_store::error::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};

/// An account of the ledger.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::VariantArray,
)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
#[schema(as = LedgerAccount)]
pub enum Account {
    /// The amounts that customers owe; negative if they are owed to customers.
    Receivables,
    /// Sales, excluding tax.
    Revenue,
    /// The tax on sales, which is owed to the tax authority.
    TaxPayable,
    /// The balance at the payment provider.
    ProviderBalance,
    /// The fees of the payment provider.
    ProviderFees,
}

/// A side of an account.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// An increase of assets or expenses, or a decrease of revenue or liabilities.
    Debit,
    /// A decrease of assets or expenses, or an increase of revenue or liabilities.
    Credit,
}

/// One line of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// The side of the account.
    pub side: Side,
    /// The amount in minor units, greater than zero.
    pub amount: i64,
}

/// A movement of money: entries in one currency whose debits equal their credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The currency of its amounts.
    pub currency: Currency,
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Posting {
    /// Creates a posting of these entries. Entries of zero are omitted.
    ///
    /// # Errors
    /// [`Error::Internal`] if an amount is negative, or debits and credits differ.
    pub fn new(
        currency: Currency,
        entries: impl IntoIterator<Item = (Account, Side, i64)>,
    ) -> Result<Self> {
        let entries = entries.into_iter().filter(|(.., amount)| *amount != 0);
        let entries: Vec<Entry> =
            entries.map(|(account, side, amount)| Entry { account, side, amount }).collect();
        let posting = Self { currency, entries };
        let balanced = posting.sum(Side::Debit) == posting.sum(Side::Credit);
        if !balanced || posting.entries.iter().any(|entry| entry.amount < 0) {
            return Err(Error::internal(format!("an unbalanced posting: {posting:?}")));
        }
        Ok(posting)
    }

    /// Creates a posting of `amount` from one account to another.
    ///
    /// # Errors
    /// [`Error::Internal`] if the amount is negative.
    pub fn transfer(debit: Account, credit: Account, amount: Money) -> Result<Self> {
        Self::new(
            amount.currency,
            [(debit, Side::Debit, amount.amount), (credit, Side::Credit, amount.amount)],
        )
    }

    /// Returns the sum of one side.
    #[must_use]
    pub fn sum(&self, side: Side) -> i128 {
        self.entries
            .iter()
            .filter(|entry| entry.side == side)
            .map(|entry| i128::from(entry.amount))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn unbalanced_postings_are_rejected(debits in proptest::collection::vec(0..1_000_i64, 1..5), surplus in -3..3_i64) {
            let sum: i64 = debits.iter().sum();
            let credit = [(Account::Revenue, Side::Credit, sum + surplus)];
            let entries = debits.iter().map(|amount| (Account::Receivables, Side::Debit, *amount)).chain(credit);
            let made = Posting::new(Currency::EURO, entries);
            prop_assert_eq!(made.is_ok(), surplus == 0);
        }
    }
}
