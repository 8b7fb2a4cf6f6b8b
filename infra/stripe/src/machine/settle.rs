//! Asynchronous changes: payments leave `processing`, refunds end.

use serde_json::json;

use super::{Call, attempt};
use crate::error::ApiError;
use crate::objects::balance::{Kind, Transaction};
use crate::objects::refund::{Refund, Status};

/// Makes one change that is due, by its ID. Does nothing if it is not due any more.
pub(crate) fn settle_due(call: &mut Call<'_>, id: &str) {
    if let Some(intent) = call.books.intents.get(id)
        && intent.settles_at_ms.is_some_and(|at_ms| at_ms <= call.now_ms)
    {
        attempt::succeed(call, intent.clone());
    }
    if let Some(refund) = call.books.refunds.get(id)
        && let Some(turn) = refund.turns.filter(|turn| turn.at_ms <= call.now_ms)
    {
        end(call, refund.clone(), turn.to);
    }
}

/// Ends a refund now, with the given status: for tests, which can't wait or need pending refunds
/// that fail.
///
/// # Errors
/// If there is no such refund, or it has failed.
pub(crate) fn settle_refund(call: &mut Call<'_>, id: &str, to: Status) -> Result<Refund, ApiError> {
    let refund = call
        .books
        .refunds
        .get(id)
        .cloned()
        .ok_or_else(|| ApiError::no_such("refund", id, "refund"))?;
    if refund.status == to || refund.status == Status::Failed || to == Status::Pending {
        return Err(ApiError::invalid(format!(
            "Refund {id} is {} and can't become {}.",
            refund.status.as_str(),
            to.as_str()
        )));
    }
    Ok(end(call, refund, to))
}

fn end(call: &mut Call<'_>, mut refund: Refund, to: Status) -> Refund {
    let previous = json!({"status": refund.status});
    refund.status = to;
    refund.turns = None;
    if to == Status::Failed {
        give_back(call, &mut refund);
    }
    call.event("refund.updated", refund.json(), Some(previous));
    if to == Status::Failed {
        call.event("refund.failed", refund.json(), None);
    }
    call.change.refunds.push(refund.clone());
    refund
}

/// Returns the money of a failed refund to the shop's balance (docs page "Refund and cancel
/// payments", "Handle failed refunds").
fn give_back(call: &mut Call<'_>, refund: &mut Refund) {
    let transaction = Transaction {
        id: call.ids.make("txn"),
        created: call.now(),
        kind: Kind::RefundFailure,
        amount: refund.amount,
        currency: refund.currency.clone(),
        fee: 0,
        description: Some("REFUND FAILURE".to_owned()),
        source: refund.id.clone(),
    };
    refund.failure_balance_transaction = Some(transaction.id.clone());
    call.change.transactions.push(transaction);
    if let Some(charge) = call.books.charges.get(&refund.charge) {
        let mut charge = charge.clone();
        charge.amount_refunded -= refund.amount;
        call.change.charges.push(charge);
    }
}
