//! Counts and sums of all objects, which tests compare with their own.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Books;

/// Counts and sums of all objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Intents by status.
    pub payment_intents: BTreeMap<String, Tally>,
    /// Charges by status.
    pub charges: BTreeMap<String, Tally>,
    /// Refunds by status.
    pub refunds: BTreeMap<String, Tally>,
    /// The effect of charges and refunds on the balance, by currency.
    pub balance: BTreeMap<String, Balance>,
    /// Number of events by type.
    pub events: BTreeMap<String, u64>,
    /// Number of events that are not yet delivered.
    pub pending_events: u64,
}

/// A count, and amounts by currency in its smallest unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The count.
    pub count: u64,
    /// The amounts.
    pub amount: BTreeMap<String, i64>,
}

/// A balance in the smallest unit of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Payments less refunds.
    pub amount: i64,
    /// Stripe's fees.
    pub fee: i64,
    /// The difference.
    pub net: i64,
}

impl Summary {
    /// Computes the summary.
    pub(crate) fn of(books: &Books) -> Self {
        let mut summary = Self::default();
        for intent in books.intents.all() {
            add(
                &mut summary.payment_intents,
                intent.status.as_str(),
                intent.amount,
                &intent.currency,
            );
        }
        for charge in books.charges.all() {
            let status = if charge.failure.is_none() { "succeeded" } else { "failed" };
            add(&mut summary.charges, status, charge.amount, &charge.currency);
        }
        for refund in books.refunds.all() {
            add(&mut summary.refunds, refund.status.as_str(), refund.amount, &refund.currency);
        }
        for transaction in books.transactions.all() {
            let balance = summary.balance.entry(transaction.currency.clone()).or_default();
            balance.amount += transaction.amount;
            balance.fee += transaction.fee;
            balance.net += transaction.amount - transaction.fee;
        }
        for event in books.events.all() {
            *summary.events.entry(event.kind.clone()).or_default() += 1;
            summary.pending_events += u64::from(event.pending);
        }
        summary
    }
}

fn add(tallies: &mut BTreeMap<String, Tally>, status: &str, amount: i64, currency: &str) {
    let tally = tallies.entry(status.to_owned()).or_default();
    tally.count += 1;
    *tally.amount.entry(currency.to_owned()).or_default() += amount;
}
