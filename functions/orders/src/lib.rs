//! Orders: placing, reading, cancelling, completing and expiring them.

pub mod cancel_order;
pub mod complete_order;
mod example;
pub mod expire_orders;
pub mod get_order;
pub mod list_order_events;
pub mod list_orders;
pub mod place_order;
mod view;

use builder_identity::role::Permission;
use builder_runtime::{Caller, Function};
use builder_store::aggregate::Owner;
pub use view::{OrderItemView, OrderTaxView, OrderView};

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        place_order::function(),
        list_orders::function(),
        get_order::function(),
        cancel_order::function(),
        list_order_events::function(),
        expire_orders::function(),
        complete_order::function(),
    ]
}

/// Returns whose orders a caller may access.
fn owner(caller: &Caller) -> Owner {
    if acts_for_all(caller) { Owner::Any } else { Owner::Only(caller.user) }
}

fn acts_for_all(caller: &Caller) -> bool {
    caller.may(Permission::OrdersAdmin)
}
