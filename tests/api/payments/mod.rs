//! Payments, refunds, the ledger, and Stripe's events.

mod hook;
mod ledger;
mod pay;
mod reconciliation;
mod reconciliation_runs;
mod refund;

use std::sync::Arc;

use builder_tests::Stack;
use serde_json::Value;

/// Returns the path of a payment.
fn path(id: &str) -> String {
    format!("/api/v1/payments/{id}")
}

/// Today's ledger entries.
#[derive(Debug, PartialEq)]
struct Books(Value);

impl Books {
    /// Returns debit and credit of an account.
    fn of(&self, account: &str) -> (i64, i64) {
        let lines = self.0.as_array().unwrap().iter().filter(|line| line["account"] == account);
        lines.fold((0, 0), |(debit, credit), line| {
            (debit + line["debit"].as_i64().unwrap(), credit + line["credit"].as_i64().unwrap())
        })
    }
}

/// Reads the ledger, which must be balanced.
async fn books(stack: &Arc<Stack>) -> Books {
    let balances =
        stack.admin().await.get("/api/v1/ledger/balances").await.expect(200).data()["balances"]
            .clone();
    let sum = |side: &str| {
        balances.as_array().unwrap().iter().map(|line| line[side].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!(sum("debit"), sum("credit"), "{balances}");
    Books(balances)
}
