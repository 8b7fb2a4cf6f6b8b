//! The states that events of payments and refunds produce, and their stored form.

use builder_store::aggregate::fold;
use builder_store::error::Error;
use builder_store::id::{Id, UserId};
use insta::assert_json_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::ledger::Side;
use crate::money::{Currency, Money};

const TOTAL: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EURO)
}

fn refund_id(number: u128) -> RefundId {
    Id::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn started() -> (Payment, PaymentEvent) {
    let event = Payment::start(
        Start {
            id: "pay_01h455vb4pex5vsknk084sn02q".parse::<PaymentId>().unwrap(),
            order_id: "ord_01h455vb4pex5vsknk084sn02q".parse::<OrderId>().unwrap(),
            user_id: "usr_01h455vb4pex5vsknk084sn02q".parse::<UserId>().unwrap(),
            amount: eur(TOTAL),
        },
        at(0),
    );
    (fold(None, [&event]).unwrap(), event)
}

fn observed(status: ObservedStatus, fee: Option<i64>) -> Observed {
    let charge = (status == ObservedStatus::Succeeded)
        .then(|| ObservedCharge { id: "ch_1".to_owned(), fee: fee.map(eur) });
    Observed { intent: "pi_1".to_owned(), status, amount: eur(TOTAL), charge, declined: None }
}

fn seen(status: RefundStatus, amount: i64) -> ObservedRefund {
    ObservedRefund {
        id: "re_1".to_owned(),
        status,
        amount: eur(amount),
        failure: Some("declined".to_owned()),
    }
}

fn paid() -> Payment {
    let (payment, _) = started();
    let events = payment.settle(&observed(ObservedStatus::Succeeded, Some(40)), at(1)).unwrap();
    fold(Some(payment), &events).unwrap()
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_events_match_the_snapshots() {
    let (payment, event) = started();
    assert_json_snapshot!("payment.started", event);
    let declined = Observed {
        declined: Some("insufficient_funds".to_owned()),
        ..observed(ObservedStatus::Open, None)
    };
    assert_json_snapshot!("payment.declined", payment.settle(&declined, at(1)).unwrap());
    assert_json_snapshot!(
        "payment.succeeded",
        payment.settle(&observed(ObservedStatus::Succeeded, Some(40)), at(1)).unwrap()
    );
    assert_json_snapshot!(
        "payment.cancelled",
        payment.settle(&observed(ObservedStatus::Cancelled, None), at(1)).unwrap()
    );
    assert_json_snapshot!("payment.retried", payment.retry(at(1)));
    assert_json_snapshot!("payment_state", paid());
    let command = RequestRefund {
        id: refund_id(1),
        amount: Some(eur(300)),
        reason: RefundReason::Duplicate,
        items: Vec::new(),
    };
    let (of_payment, requested) = Refund::request(&paid(), command, at(2)).unwrap();
    assert_json_snapshot!("refund.requested", (&of_payment, &requested));
    let refund: Refund = fold(None, [&requested]).unwrap();
    assert_json_snapshot!(
        "refund.succeeded",
        refund.settle(&seen(RefundStatus::Succeeded, 300), at(3)).unwrap()
    );
    assert_json_snapshot!(
        "refund.failed",
        refund.settle(&seen(RefundStatus::Failed, 300), at(3)).unwrap()
    );
    assert_json_snapshot!("refund.refused", refund.refuse("charge_disputed", at(3)));
    assert_json_snapshot!("refund.retried", refund.retry(at(3)));
    let gone = fold(Some(refund), &refund_events(&requested)).unwrap();
    assert_json_snapshot!("refund_state", gone);
    assert_json_snapshot!(
        "refund.returned",
        gone.settle(&seen(RefundStatus::Failed, 300), at(4)).unwrap()
    );
}

fn refund_events(requested: &RefundEvent) -> Vec<RefundEvent> {
    let refund: Refund = fold(None, [requested]).unwrap();
    refund.settle(&seen(RefundStatus::Succeeded, 300), at(3)).unwrap().0
}

#[test]
fn earlier_states_produce_no_events() {
    let payment = paid();
    assert_eq!(payment.settle(&observed(ObservedStatus::Succeeded, Some(40)), at(9)).unwrap(), []);
    // A delayed report of an earlier state.
    for status in [ObservedStatus::Open, ObservedStatus::Cancelled] {
        assert_eq!(payment.settle(&observed(status, None), at(9)).unwrap(), []);
    }
}

#[test]
fn a_fee_can_be_reported_later() {
    let (payment, _) = started();
    let events = payment.settle(&observed(ObservedStatus::Succeeded, None), at(1)).unwrap();
    let paid = fold(Some(payment), &events).unwrap();
    assert_eq!((paid.status, paid.fee), (PaymentStatus::Succeeded, None));
    let later = paid.settle(&observed(ObservedStatus::Succeeded, Some(40)), at(2)).unwrap();
    assert_eq!(fold(Some(paid), &later).unwrap().fee, Some(eur(40)));
}

#[test]
fn another_amount_or_intent_is_an_internal_error() {
    let payment = paid();
    let other_amount =
        Observed { amount: eur(TOTAL + 1), ..observed(ObservedStatus::Succeeded, None) };
    let other_intent =
        Observed { intent: "pi_2".to_owned(), ..observed(ObservedStatus::Succeeded, None) };
    for seen in [other_amount, other_intent] {
        assert!(matches!(payment.settle(&seen, at(2)), Err(Error::Internal(_))));
    }
}

#[derive(Debug, Clone)]
enum Step {
    Request(Option<i64>),
    Settle(usize, RefundStatus),
    Refuse(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        Just(RefundStatus::Pending),
        Just(RefundStatus::Succeeded),
        Just(RefundStatus::Failed)
    ];
    prop_oneof![
        2 => prop::option::of(-5..TOTAL + 200).prop_map(Step::Request),
        3 => (0..4usize, status).prop_map(|(refund, status)| Step::Settle(refund, status)),
        1 => (0..4usize).prop_map(Step::Refuse),
    ]
}

proptest! {
    /// However refunds are requested and completed: the refunded amount never exceeds the payment,
    /// each posting is balanced, and the events produce the states.
    #[test]
    fn refunds_never_exceed_the_payment(steps in prop::collection::vec(any_step(), 1..30)) {
        let mut payment = paid();
        let mut refunds: Vec<Refund> = Vec::new();
        let mut back = 0;
        for (second, step) in (2..).zip(steps) {
            let (of_refund, of_payment): (Vec<RefundEvent>, Vec<PaymentEvent>) = match step {
                Step::Request(amount) => {
                    let id = refund_id(refunds.len() as u128);
                    let command = RequestRefund { id, amount: amount.map(eur), reason: RefundReason::Duplicate, items: Vec::new() };
                    let Ok((event, requested)) = Refund::request(&payment, command, at(second)) else { continue };
                    refunds.push(fold(None, [&requested]).unwrap());
                    (Vec::new(), vec![event])
                }
                Step::Settle(which, status) => {
                    let Some(refund) = refunds.get(which) else { continue };
                    refund.settle(&seen(status, refund.amount.amount), at(second)).unwrap()
                }
                Step::Refuse(which) => {
                    let Some(refund) = refunds.get(which) else { continue };
                    refund.refuse("refused", at(second))
                }
            };
            for posting in of_refund.iter().filter_map(RefundEvent::posting) {
                prop_assert_eq!(posting.sum(Side::Debit), posting.sum(Side::Credit));
                let gone = posting.entries.iter().find(|entry| entry.account == crate::ledger::Account::ProviderBalance).unwrap();
                back += if gone.side == Side::Credit { gone.amount } else { -gone.amount };
            }
            if let Step::Settle(which, _) | Step::Refuse(which) = step {
                let stored: Vec<String> = of_refund.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
                let read: Vec<RefundEvent> = stored.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
                refunds[which] = fold(Some(refunds[which].clone()), &read).unwrap();
            }
            payment = fold(Some(payment), &of_payment).unwrap();
            let sum = |status| refunds.iter().filter(|refund| refund.status == status).map(|refund| refund.amount.amount).sum::<i64>();
            prop_assert_eq!((payment.refunding, payment.refunded), (sum(RefundStatus::Pending), sum(RefundStatus::Succeeded)));
            prop_assert_eq!(payment.refunded, back);
            prop_assert!(payment.refunded >= 0 && payment.refunding >= 0 && payment.refunded + payment.refunding <= TOTAL);
        }
    }
}
