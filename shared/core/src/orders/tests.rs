//! The states that an order's events produce, and their stored form.

use builder_store::aggregate::{Aggregate, Versioned, fold};
use builder_store::commit::{IdempotencyRecord, MAX_ACTIONS};
use builder_store::error::{Error, Result};
use builder_store::event::chain::Link;
use builder_store::event::{Actor, Context};
use builder_store::id::{Id, UserId};
use insta::assert_json_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::id::{OrderId, PaymentId, ProductId, RefundId};
use crate::money::{Currency, MAX_AMOUNT, Money};
use crate::products::{NewProduct, Product, ProductStatus, create};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn context(second: i64) -> Context {
    Context {
        actor: Actor::System,
        at: at(second),
        request_id: "test".to_owned(),
        traceparent: None,
    }
}

fn product_id(number: u128) -> ProductId {
    Id::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn product(number: u128, amount: i64, currency: &str, rate: &str, stock: Option<u32>) -> Product {
    let new = NewProduct {
        sku: format!("SKU-{number}").parse().unwrap(),
        name: format!("Product {number}"),
        description: String::new(),
        unit_price: Money::new(amount, Currency::from_code(currency).unwrap()),
        tax_percent: rate.parse().unwrap(),
        stock,
    };
    Product::apply(None, &create(product_id(number), new, at(0))).unwrap()
}

fn catalogue(products: impl IntoIterator<Item = Product>) -> Catalogue {
    products.into_iter().map(|product| (product.id, product)).collect()
}

fn shop() -> Catalogue {
    catalogue([
        product(1, 1299, "EUR", "19", Some(5)),
        product(2, 450, "EUR", "7", None),
        product(3, 100, "USD", "0", None),
    ])
}

fn command(items: &[(u128, u32)]) -> Place {
    Place {
        id: "ord_01h455vb4pex5vsknk084sn02q".parse::<OrderId>().unwrap(),
        user_id: "usr_01h455vb4pex5vsknk084sn02q".parse::<UserId>().unwrap(),
        basket: Basket::new(
            items.iter().map(|(number, quantity)| (product_id(*number), *quantity)),
        )
        .unwrap(),
        expires_at: at(86_400),
    }
}

fn payment() -> PaymentId {
    "pay_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

fn placed() -> Order {
    fold(None, &place(command(&[(1, 3), (2, 2)]), &shop(), at(0)).unwrap()).unwrap()
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (&'static str, Vec<String>) {
    let (code, errors) = match result.unwrap_err() {
        Error::Refused { code, errors, .. } => (code, errors),
        Error::Invalid(errors) => ("invalid", errors),
        other => panic!("{other:?}"),
    };
    (code, errors.into_iter().map(|error| error.pointer).collect())
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_events_match_the_snapshots() {
    assert_json_snapshot!(
        "order.placed",
        place(command(&[(1, 3), (2, 2)]), &shop(), at(0)).unwrap()[0]
    );
    assert_json_snapshot!(
        "order.cancelled",
        cancel(&placed(), CancelReason::RequestedByCustomer, at(1)).unwrap()
    );
    assert_json_snapshot!("order.expired", expire(&placed(), at(86_400)));
    assert_json_snapshot!(
        "order.payment_started",
        start_payment(&placed(), payment(), at(1)).unwrap()
    );
    assert_json_snapshot!("order.paid", pay(&placed(), payment(), at(2)));
    let paid = fold(Some(placed()), &pay(&placed(), payment(), at(2))).unwrap();
    assert_json_snapshot!("order.completed", complete(&paid, at(3)).unwrap());
    assert_json_snapshot!("order.failed", fail(&placed(), at(3)));
    let cancelled =
        fold(Some(placed()), &cancel(&placed(), CancelReason::RequestedByAdmin, at(1)).unwrap());
    assert_json_snapshot!("order_state", cancelled);
    let (returned, items) = returned(paid, &[(1, 2)], true);
    let amount = Money::new(3_091, Currency::EURO);
    let events = [
        OrderEvent::ItemsReturned { refund_id: refund(), items: items.clone(), at: at(3) },
        OrderEvent::Refunded { refund_id: refund(), amount, at: at(4) },
        OrderEvent::RefundFailed { refund_id: refund(), amount, succeeded: true, items, at: at(5) },
    ];
    assert_json_snapshot!("order_refunds", events);
    assert_json_snapshot!("order_state_refunded", fold(Some(returned), &events[1..2]));
}

#[test]
fn all_unavailable_products_are_reported_together() {
    let mut shop = shop();
    shop.get_mut(&product_id(2)).unwrap().status = ProductStatus::Archived;
    let order = place(command(&[(9, 1), (1, 1), (2, 1), (9, 1)]), &shop, at(0));
    assert_eq!(
        refusal(order),
        (
            "invalid",
            vec![
                "/items/0/productId".into(),
                "/items/3/productId".into(),
                "/items/2/productId".into()
            ]
        )
    );
}

#[test]
fn products_with_different_currencies_are_rejected() {
    let order = place(command(&[(1, 1), (3, 1), (2, 1)]), &shop(), at(0));
    assert_eq!(refusal(order), ("mixed-currencies", vec!["/items/1/productId".to_owned()]));
}

#[test]
fn an_order_above_the_maximum_amount_is_rejected() {
    let shop = catalogue([product(1, MAX_AMOUNT / 100, "EUR", "19", None)]);
    assert_eq!(
        refusal(place(command(&[(1, 10_000)]), &shop, at(0))),
        ("invalid", vec!["/items".to_owned()])
    );
    assert!(place(command(&[(1, 80)]), &shop, at(0)).is_ok());
}

#[test]
fn an_order_has_the_prices_at_the_time_of_ordering() {
    let order = placed();
    assert_eq!(order.subtotal.amount, 3 * 1299 + 2 * 450);
    assert_eq!((order.tax.amount, order.total.amount), (740 + 63, 3 * 1299 + 2 * 450 + 803));
    assert_eq!(order.items.iter().map(|line| line.tracks_stock).collect::<Vec<_>>(), [true, false]);
    assert_eq!(
        (order.status, order.created_at, order.expires_at),
        (OrderStatus::Pending, at(0), at(86_400))
    );
}

#[test]
fn an_order_with_a_total_of_zero_is_paid_immediately() {
    let shop = catalogue([product(1, 0, "EUR", "19", None)]);
    let order: Order = fold(None, &place(command(&[(1, 3)]), &shop, at(0)).unwrap()).unwrap();
    assert_eq!(
        (order.status, order.payment_id, order.paid_at),
        (OrderStatus::Processing, None, Some(at(0)))
    );
    assert_eq!(refusal(start_payment(&order, payment(), at(1))).0, "order-not-payable");
}

fn paid() -> Order {
    fold(Some(placed()), &pay(&placed(), payment(), at(2))).unwrap()
}

#[test]
fn payment_requires_pending_and_completion_processing() {
    assert_eq!(refusal(start_payment(&placed(), payment(), at(86_400))).0, "order-not-payable");
    for status in [
        OrderStatus::Processing,
        OrderStatus::Completed,
        OrderStatus::Refunded,
        OrderStatus::Failed,
        OrderStatus::Cancelled,
    ] {
        let order = Order { status, ..placed() };
        assert_eq!(refusal(start_payment(&order, payment(), at(1))).0, "order-not-payable");
        assert_eq!((pay(&order, payment(), at(1)), fail(&order, at(1))), (vec![], vec![]));
        assert_eq!(complete(&order, at(1)).is_ok(), status == OrderStatus::Processing);
    }
    assert_eq!(refusal(complete(&placed(), at(1))).0, "order-not-completable");
}

#[test]
fn cancellation_and_expiry_require_the_right_status() {
    for status in [
        OrderStatus::Processing,
        OrderStatus::Completed,
        OrderStatus::Refunded,
        OrderStatus::Failed,
        OrderStatus::Cancelled,
    ] {
        let order = Order { status, ..placed() };
        let cancelled = cancel(&order, CancelReason::RequestedByAdmin, at(1));
        if status == OrderStatus::Processing {
            assert_eq!(
                fold(Some(order.clone()), &cancelled.unwrap()).unwrap().status.to_string(),
                "cancelled"
            );
        } else {
            let refused = cancelled.unwrap_err();
            assert!(refused.to_string().contains(&status.to_string()), "{refused}");
            assert_eq!(refusal::<()>(Err(refused)).0, "order-not-cancellable");
        }
        assert_eq!(expire(&order, at(86_400)), []);
    }
    assert_eq!(expire(&placed(), at(86_399)), []);
    assert_eq!(
        fold(Some(placed()), &expire(&placed(), at(86_400))).unwrap().cancel_reason,
        Some(CancelReason::Expired)
    );
}

fn refund() -> RefundId {
    "rfd_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

fn returned(order: Order, wanted: &[(u128, u32)], restock: bool) -> (Order, Vec<ReturnedItem>) {
    let wanted: Vec<_> =
        wanted.iter().map(|(number, quantity)| (product_id(*number), *quantity)).collect();
    let items = order.returning(&wanted, restock).unwrap();
    let event = OrderEvent::ItemsReturned { refund_id: refund(), items: items.clone(), at: at(3) };
    (fold(Some(order), &[event]).unwrap(), items)
}

#[test]
fn the_values_of_returned_items_sum_to_the_total_of_their_line() {
    // 3 × 12.99 at 19 % are 46.37.
    let (mut order, mut values) = (paid(), Vec::new());
    for _ in 0..3 {
        let (after, items) = returned(order, &[(1, 1)], true);
        values.push(items[0].value);
        assert_eq!(items[0].restocked, 1);
        order = after;
    }
    assert_eq!((values.iter().sum::<i64>(), values), (4_637, vec![1_546, 1_545, 1_546]));
    assert_eq!(order.items[0].to_restock(), 0);
    let rest: Vec<_> = order.returning_rest().iter().map(|item| item.product_id).collect();
    assert_eq!(rest, [product_id(2)]);
}

#[test]
fn returns_cannot_exceed_the_ordered_quantity() {
    let (order, _) = returned(paid(), &[(1, 2)], false);
    let refused = |wanted: &[(u128, u32)]| {
        let wanted: Vec<_> =
            wanted.iter().map(|(number, quantity)| (product_id(*number), *quantity)).collect();
        refusal(order.returning(&wanted, true))
    };
    let code = "items-not-returnable";
    assert_eq!(refused(&[(2, 1), (1, 2)]), (code, vec!["/items/1/quantity".to_owned()]));
    assert_eq!(
        refused(&[(1, 1), (1, 1), (7, 1)]),
        (code, vec!["/items/1/quantity".to_owned(), "/items/2/productId".to_owned()])
    );
    let (_, items) = returned(order, &[(2, 1), (2, 1)], false);
    assert_eq!((items.len(), items[0].quantity), (1, 2));
}

#[test]
fn items_refunded_again_are_restocked_only_once() {
    let (order, items) = returned(paid(), &[(1, 2)], true);
    let amount = Money::new(3_091, Currency::EURO);
    let failed = OrderEvent::RefundFailed {
        refund_id: refund(),
        amount,
        succeeded: false,
        items,
        at: at(4),
    };
    let order = fold(Some(order), &[failed]).unwrap();
    assert_eq!((order.items[0].returned, order.items[0].restocked), (0, 2));
    let (order, items) = returned(order, &[(1, 3)], true);
    assert_eq!((items[0].restocked, order.items[0].restocked), (1, 3));
}

#[test]
fn a_fully_refunded_order_cannot_be_completed() {
    let order = paid();
    let refunded = |amount| OrderEvent::Refunded {
        refund_id: refund(),
        amount: Money::new(amount, Currency::EURO),
        at: at(4),
    };
    let total = order.total.amount;
    let partly = fold(Some(order.clone()), &[refunded(1)]).unwrap();
    assert_eq!(
        (partly.status, partly.payment_state()),
        (OrderStatus::Processing, PaymentState::PartiallyRefunded)
    );
    let whole = fold(Some(partly.clone()), &[refunded(total - 1)]).unwrap();
    assert_eq!(
        (whole.status, whole.payment_state()),
        (OrderStatus::Refunded, PaymentState::Refunded)
    );
    assert_eq!(refusal(complete(&whole, at(5))).0, "order-not-completable");
    let failed = OrderEvent::RefundFailed {
        refund_id: refund(),
        amount: Money::new(total - 1, Currency::EURO),
        succeeded: true,
        items: Vec::new(),
        at: at(5),
    };
    assert_eq!(fold(Some(whole), &[failed]).unwrap(), partly);
}

/// 50 stock adjustments, the order, its event and the idempotency record: 53 of the maximum of 100
/// actions of a transaction.
#[test]
fn the_largest_order_fits_one_transaction() {
    let lines: Vec<(u128, u32)> =
        (0..MAX_LINES as u128).map(|number| (number, MAX_QUANTITY)).collect();
    let longest = |number: u128| {
        let mut product = product(number, 1999, "EUR", "19", Some(1));
        product.name = "𝄞".repeat(crate::products::NAME_LENGTH);
        product.sku = "x".repeat(64).parse().unwrap();
        product
    };
    let shop = catalogue((0..MAX_LINES as u128).map(longest));
    let (mut commit, order) = store::place(&context(0), command(&lines), &shop).unwrap();
    commit.record(&IdempotencyRecord {
        key_hash: "0".repeat(64),
        fingerprint: vec![0; 32],
        sealed_reply: vec![0; 120_000],
        expires_at: 0,
        lease: None,
    });
    assert_eq!(commit.len(), 53);
    assert!(commit.len() <= MAX_ACTIONS);
    commit.check_limits().unwrap();

    let (mut commit, _) =
        store::cancel(&context(1), &order, CancelReason::RequestedByCustomer).unwrap();
    commit.record(&IdempotencyRecord {
        key_hash: "0".repeat(64),
        fingerprint: vec![0; 32],
        sealed_reply: vec![0; 120_000],
        expires_at: 0,
        lease: None,
    });
    assert_eq!(commit.len(), 53);
    commit.check_limits().unwrap();
}

#[derive(Debug, Clone)]
enum Command {
    Place(Vec<(u128, u32)>),
    Cancel(bool),
    Expire,
    StartPayment,
    Pay,
    Fail,
    Complete,
    Return(u128, u32, bool),
    Refund(i64),
    RefundFails(i64, bool),
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => prop::collection::vec((1..=4u128, 1..=20u32), 1..6).prop_map(Command::Place),
        1 => any::<bool>().prop_map(Command::Cancel),
        1 => Just(Command::Expire),
        2 => Just(Command::StartPayment),
        2 => Just(Command::Pay),
        1 => Just(Command::Fail),
        2 => Just(Command::Complete),
        2 => (1..=3u128, 1..=4u32, any::<bool>()).prop_map(|(product, quantity, restock)| Command::Return(product, quantity, restock)),
        2 => (1..9_000i64).prop_map(Command::Refund),
        1 => ((1..9_000i64), any::<bool>()).prop_map(|(amount, succeeded)| Command::RefundFails(amount, succeeded)),
    ]
}

proptest! {
    #[test]
    fn stored_events_produce_the_state(commands in prop::collection::vec((any_command(), 0..20_000i64), 1..12)) {
        let (mut now, mut log, mut second): (Option<Versioned<Order>>, Vec<OrderEvent>, i64) = (None, Vec::new(), 0);
        for (next, pause) in commands {
            second += pause;
            let decided = match (&now, next) {
                (None, Command::Place(items)) => place(command(&items), &shop(), at(second)),
                (Some(now), Command::Cancel(admin)) => {
                    let reason = if admin { CancelReason::RequestedByAdmin } else { CancelReason::RequestedByCustomer };
                    cancel(&now.state, reason, at(second))
                }
                (Some(now), Command::Expire) => Ok(expire(&now.state, at(second))),
                (Some(now), Command::StartPayment) => start_payment(&now.state, payment(), at(second)).map(|event| vec![event]),
                (Some(now), Command::Pay) => Ok(pay(&now.state, payment(), at(second))),
                (Some(now), Command::Fail) => Ok(fail(&now.state, at(second))),
                (Some(now), Command::Complete) => complete(&now.state, at(second)),
                (Some(now), Command::Return(product, quantity, restock)) => now
                    .state
                    .returning(&[(product_id(product), quantity)], restock)
                    .map(|items| vec![OrderEvent::ItemsReturned { refund_id: refund(), items, at: at(second) }]),
                (Some(now), Command::Refund(amount)) if now.state.is_paid() => {
                    let amount = Money::new(amount.min(now.state.total.amount - now.state.refunded), now.state.currency);
                    Ok(vec![OrderEvent::Refunded { refund_id: refund(), amount, at: at(second) }])
                }
                (Some(now), Command::RefundFails(amount, succeeded)) if now.state.is_paid() => {
                    let amount = Money::new(amount.min(now.state.refunded), now.state.currency);
                    Ok(vec![OrderEvent::RefundFailed { refund_id: refund(), amount, succeeded, items: Vec::new(), at: at(second) }])
                }
                _ => continue,
            };
            let Ok(events) = decided else { continue };
            let version = now.as_ref().map_or(0, |now| now.version) + events.len() as u64;
            now = fold(now.map(|now| now.state), &events).map(|state| Versioned { state, version, link: Link::NONE });
            log.extend(events);
        }
        let stored: Vec<String> = log.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let read: Vec<OrderEvent> = stored.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        prop_assert_eq!(fold(None, &read), now.clone().map(|now| now.state));
        prop_assert_eq!(read.len() as u64, now.as_ref().map_or(0, |now| now.version));
        if let Some(now) = now {
            let text = serde_json::to_string(&now.state).unwrap();
            prop_assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), now.state);
        }
    }
}
