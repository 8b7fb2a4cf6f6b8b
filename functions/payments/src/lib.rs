//! Payments: starting, reading, refunding, and synchronizing them with the payment provider.

pub mod get_payment;
pub mod get_refund;
pub mod list_balances;
pub mod list_order_payments;
mod provider;
pub mod reconciling;
pub mod request_refund;
pub mod settle_payments;
pub mod start_payment;
pub mod stripe_hook;
mod view;

use builder_identity::role::Permission;
use builder_runtime::{Caller, Function};
use builder_store::aggregate::Owner;
pub use view::{PaymentView, RefundItemView, RefundView};

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        start_payment::function(),
        get_payment::function(),
        list_order_payments::function(),
        request_refund::function(),
        get_refund::function(),
        list_balances::function(),
        stripe_hook::function(),
        settle_payments::function(),
        reconciling::reconcile_payments::function(),
    ]
}

/// Returns whose payments a caller may see.
fn owner(caller: &Caller) -> Owner {
    if caller.may(Permission::PaymentsAdmin) { Owner::Any } else { Owner::Only(caller.user) }
}
