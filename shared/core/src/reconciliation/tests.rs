//! The results of comparing every pair of states, and their stored form.

use builder_store::aggregate::{Aggregate as _, fold};
use builder_store::id::{Id, UserId};
use insta::assert_json_snapshot;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::money::{Currency, Money};
use crate::orders::{Order, OrderStatus};
use crate::payments::{
    Observed, ObservedCharge, ObservedRefund, ObservedStatus, Payment, PaymentStatus, Refund,
    RefundReason, RefundStatus, RequestRefund, Start,
};

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + hours * 3_600).unwrap()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EURO)
}

fn started() -> Payment {
    let id = "pay_01h455vb4pex5vsknk084sn02q".parse::<PaymentId>().unwrap();
    let order_id = "ord_01h455vb4pex5vsknk084sn02q".parse::<OrderId>().unwrap();
    let user_id = "usr_01h455vb4pex5vsknk084sn02q".parse::<UserId>().unwrap();
    fold(None, [&Payment::start(Start { id, order_id, user_id, amount: eur(1_000) }, at(0))])
        .unwrap()
}

fn seen(status: ObservedStatus, amount: i64, fee: Option<i64>) -> Observed {
    let charge = (status == ObservedStatus::Succeeded)
        .then(|| ObservedCharge { id: "ch_1".to_owned(), fee: fee.map(eur) });
    Observed { intent: "pi_1".to_owned(), status, amount: eur(amount), charge, declined: None }
}

fn after(payment: Payment, theirs: &Observed) -> Payment {
    let events = payment.settle(theirs, at(0)).unwrap();
    fold(Some(payment), &events).unwrap()
}

fn paid() -> Payment {
    after(started(), &seen(ObservedStatus::Succeeded, 1_000, Some(40)))
}

fn requested() -> (Payment, Refund) {
    let id: RefundId = Id::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000);
    let command = RequestRefund {
        id,
        amount: Some(eur(300)),
        reason: RefundReason::Duplicate,
        items: Vec::new(),
    };
    let (of_payment, requested) = Refund::request(&paid(), command, at(1)).unwrap();
    (fold(Some(paid()), [&of_payment]).unwrap(), fold(None, [&requested]).unwrap())
}

fn seen_refund(status: RefundStatus, amount: i64) -> ObservedRefund {
    ObservedRefund { id: "re_1".to_owned(), status, amount: eur(amount), failure: None }
}

fn kinds(compared: &Comparison) -> Vec<&'static str> {
    compared.findings.iter().map(|finding| finding.difference.kind()).collect()
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_events_match_the_snapshots() {
    let subject = Subject::ProviderPayment("pi_1".to_owned());
    let compared =
        compare_payment(&paid(), &seen(ObservedStatus::Succeeded, 900, None), at(1)).unwrap();
    let events = Reconciliation::find(None, &subject, &compared.findings, at(1));
    assert_json_snapshot!("reconciliation.differed", events);
    let known: Reconciliation = fold(None, &events).unwrap();
    assert_json_snapshot!("reconciliation_state", known);
    assert_json_snapshot!(
        "reconciliation.resolved",
        Reconciliation::find(Some(&known), &subject, &[], at(2))
    );
    let others = [
        Difference::UnknownHere { amount: eur(1) },
        Difference::MadeElsewhere { amount: eur(1) },
        Difference::Second { other: "pi_2".to_owned() },
        Difference::UnknownThere,
        Difference::Status { ours: "succeeded".to_owned(), theirs: "open".to_owned() },
        Difference::Fee { ours: eur(1), theirs: eur(2) },
        Difference::NoFee,
        Difference::Stuck,
    ];
    for difference in &others {
        let written = serde_json::to_value(difference).unwrap();
        assert_eq!(written["type"], difference.kind());
    }
    assert_json_snapshot!("differences", others);
}

#[test]
fn changes_of_a_lost_webhook_are_recognised_as_news() {
    let cancelled = after(started(), &seen(ObservedStatus::Cancelled, 1_000, None));
    let no_fee = after(started(), &seen(ObservedStatus::Succeeded, 1_000, None));
    for (ours, theirs) in [
        (started(), seen(ObservedStatus::Open, 1_000, None)),
        (started(), seen(ObservedStatus::Succeeded, 1_000, None)),
        (started(), seen(ObservedStatus::Cancelled, 1_000, None)),
        (cancelled, seen(ObservedStatus::Succeeded, 1_000, Some(40))),
        (no_fee, seen(ObservedStatus::Succeeded, 1_000, Some(40))),
    ] {
        let compared = compare_payment(&ours, &theirs, at(1)).unwrap();
        assert_eq!(
            compared,
            Comparison { news: true, findings: Vec::new() },
            "{ours:?} {theirs:?}"
        );
        assert!(
            compare_payment(&after(ours, &theirs), &theirs, at(1)).unwrap().agrees(),
            "{theirs:?}"
        );
    }
}

#[test]
fn contradictions_are_reported_as_findings() {
    let no_fee = after(started(), &seen(ObservedStatus::Succeeded, 1_000, None));
    let cancelled = after(started(), &seen(ObservedStatus::Cancelled, 1_000, None));
    let other = |status| Observed { intent: "pi_2".to_owned(), ..seen(status, 1_000, None) };
    for (ours, theirs, hours, found) in [
        (paid(), seen(ObservedStatus::Succeeded, 999, Some(40)), 1, &["amount"][..]),
        (started(), seen(ObservedStatus::Succeeded, 999, Some(40)), 1, &["amount"]),
        (paid(), seen(ObservedStatus::Open, 1_000, None), 1, &["status"]),
        (paid(), seen(ObservedStatus::Cancelled, 1_000, None), 1, &["status"]),
        (cancelled, seen(ObservedStatus::Open, 1_000, None), 1, &["status"]),
        (paid(), seen(ObservedStatus::Succeeded, 1_000, Some(41)), 1, &["fee"]),
        (no_fee.clone(), seen(ObservedStatus::Succeeded, 1_000, None), 72, &[]),
        (no_fee, seen(ObservedStatus::Succeeded, 1_000, None), 73, &["no_fee"]),
        (paid(), other(ObservedStatus::Succeeded), 1, &["second"]),
        (paid(), other(ObservedStatus::Open), 1, &["second"]),
        (paid(), other(ObservedStatus::Cancelled), 1, &[]),
    ] {
        let compared = compare_payment(&ours, &theirs, at(hours)).unwrap();
        assert_eq!(
            (compared.news, kinds(&compared)),
            (false, found.to_vec()),
            "{ours:?} {theirs:?}"
        );
    }
    let dollars = Observed {
        amount: Money::new(1_000, Currency::from_code("USD").unwrap()),
        ..seen(ObservedStatus::Open, 1, None)
    };
    assert_eq!(kinds(&compare_payment(&started(), &dollars, at(1)).unwrap()), ["amount"]);
}

#[test]
fn refunds_are_compared_like_payments() {
    let (_, pending) = requested();
    let moved = |refund: &Refund, status| {
        let (events, _) = refund.settle(&seen_refund(status, 300), at(2)).unwrap();
        fold(Some(refund.clone()), &events).unwrap()
    };
    let (gone, failed) =
        (moved(&pending, RefundStatus::Succeeded), moved(&pending, RefundStatus::Failed));
    for (ours, theirs, news, found) in [
        (&pending, seen_refund(RefundStatus::Pending, 300), true, &[][..]),
        (&pending, seen_refund(RefundStatus::Succeeded, 300), true, &[]),
        (&gone, seen_refund(RefundStatus::Failed, 300), true, &[]),
        (&gone, seen_refund(RefundStatus::Succeeded, 300), false, &[]),
        (&gone, seen_refund(RefundStatus::Pending, 300), false, &["status"]),
        (&failed, seen_refund(RefundStatus::Failed, 300), false, &[]),
        (&failed, seen_refund(RefundStatus::Succeeded, 300), false, &["status"]),
        (&gone, seen_refund(RefundStatus::Succeeded, 301), false, &["amount"]),
        (
            &gone,
            ObservedRefund { id: "re_2".to_owned(), ..seen_refund(RefundStatus::Succeeded, 300) },
            false,
            &["second"],
        ),
        (
            &gone,
            ObservedRefund { id: "re_2".to_owned(), ..seen_refund(RefundStatus::Failed, 300) },
            false,
            &[],
        ),
    ] {
        let compared = compare_refund(ours, &theirs, at(3)).unwrap();
        assert_eq!(
            (compared.news, kinds(&compared)),
            (news, found.to_vec()),
            "{ours:?} {theirs:?}"
        );
    }
    assert!(
        stuck_refund(&pending, at(1 + 14 * 24)).is_none()
            && stuck_refund(&gone, at(1_000)).is_none()
    );
    assert_eq!(stuck_refund(&pending, at(2 + 14 * 24)).unwrap().difference, Difference::Stuck);
}

#[test]
fn a_payment_is_stuck_two_days_after_its_order_ended() {
    let order = Order {
        id: started().order_id,
        user_id: started().user_id,
        status: OrderStatus::Pending,
        items: Vec::new(),
        currency: Currency::EURO,
        subtotal: eur(1_000),
        taxes: Vec::new(),
        tax: eur(0),
        total: eur(1_000),
        created_at: at(0),
        expires_at: at(24),
        cancelled_at: None,
        cancel_reason: None,
        payment_id: None,
        invoice_id: None,
        paid_at: None,
        completed_at: None,
        refunded: 0,
    };
    let invoiced = Order { invoice_id: Some(Id::from_u128(1)), ..order.clone() };
    let cancelled =
        Order { status: OrderStatus::Cancelled, cancelled_at: Some(at(3)), ..order.clone() };
    assert_eq!(
        (over_since(&order, at(23)), over_since(&order, at(24)), over_since(&cancelled, at(5))),
        (None, Some(at(24)), Some(at(3)))
    );
    for (payment, order, hours, stuck) in [
        (started(), &order, 72, false),
        (started(), &order, 73, true),
        (started(), &invoiced, 1_000, false),
        (started(), &cancelled, 51, false),
        (started(), &cancelled, 52, true),
        (paid(), &cancelled, 52, false),
    ] {
        assert_eq!(stuck_payment(&payment, order, at(hours)).is_some(), stuck, "{hours}");
    }
}

#[test]
fn a_difference_is_recorded_only_when_it_changes() {
    let subject = Subject::ProviderPayment("pi_1".to_owned());
    let amount = |theirs| Finding {
        ours: None,
        difference: Difference::Amount { ours: eur(1_000), theirs: eur(theirs) },
    };
    let stuck = Finding { ours: None, difference: Difference::Stuck };
    let mut known: Option<Reconciliation> = None;
    let mut told = Vec::new();
    for found in [
        &[][..],
        &[amount(1)],
        &[amount(1)],
        &[amount(2)],
        &[amount(2), stuck.clone()],
        &[stuck],
        &[],
        &[],
    ] {
        let events = Reconciliation::find(known.as_ref(), &subject, found, at(1));
        told.push(events.len());
        known = fold(known, &events);
        assert_eq!(known.as_ref().map_or(&[][..], |known| &known.findings), found);
    }
    assert_eq!(told, [0, 1, 0, 1, 1, 1, 1, 0]);
    assert_eq!(known.unwrap().listed().by_status, None);
}

#[test]
fn passes_are_daily_overlapping_and_resumable() {
    let hours = SignedDuration::from_hours;
    let mut pass = Pass::due(None, at(0)).unwrap();
    assert_eq!((pass.stage, pass.since), (Stage::ProviderPayments, at(0) - hours(30 * 24)));
    pass.after = Some("pi_1".to_owned());
    assert_eq!(Pass::due(Some(pass.clone()), at(100)), Some(pass.clone()), "however late");
    let mut stages = Vec::new();
    while pass.stage != Stage::Done {
        stages.push(pass.stage);
        pass.go_on();
        assert_eq!(pass.after, None);
    }
    assert_eq!(stages.len(), 5);
    assert_eq!(Pass::due(Some(pass.clone()), at(23)), None);
    let next = Pass::due(Some(pass), at(24)).unwrap();
    assert_eq!(
        (next.began_at, next.since),
        (at(24), at(-72)),
        "it covers the time since the last pass began, plus the overlap"
    );
    let refunds = Pass { stage: Stage::ProviderRefunds, ..next };
    assert_eq!(refunds.bound(), at(-72) - hours(60 * 24));
}

fn any_seen() -> impl Strategy<Value = Observed> {
    let status = prop_oneof![
        Just(ObservedStatus::Open),
        Just(ObservedStatus::Succeeded),
        Just(ObservedStatus::Cancelled)
    ];
    let intent = prop_oneof![9 => Just("pi_1"), 1 => Just("pi_2")];
    (status, prop_oneof![9 => Just(1_000), 1 => Just(999)], prop::option::of(40..42_i64), intent)
        .prop_map(|(status, amount, fee, intent)| Observed {
            intent: intent.to_owned(),
            ..seen(status, amount, fee)
        })
}

proptest! {
    /// Whatever the states are, reconciling twice has the same effect as once: after the changes
    /// are recorded there are no further ones, the differences are the same, and the second
    /// comparison creates no events.
    #[test]
    fn reconciling_twice_has_the_same_effect_as_once(past in prop::collection::vec(any_seen(), 0..4), theirs in any_seen(), hours in 0..200_i64) {
        let mut ours = started();
        for seen in &past {
            if let Ok(events) = ours.settle(seen, at(0)) {
                ours = fold(Some(ours), &events).unwrap();
            }
        }
        let subject = Subject::ProviderPayment(theirs.intent.clone());
        let mut known: Option<Reconciliation> = None;
        let first = compare_payment(&ours, &theirs, at(hours)).unwrap();
        if first.news {
            ours = after(ours, &theirs);
        }
        let second = compare_payment(&ours, &theirs, at(hours)).unwrap();
        prop_assert!(!second.news, "{:?}", second);
        let told = Reconciliation::find(known.as_ref(), &subject, &second.findings, at(hours));
        prop_assert_eq!(told.len(), second.findings.len());
        known = fold(known, &told);
        let third = compare_payment(&ours, &theirs, at(hours)).unwrap();
        prop_assert_eq!(&second, &third);
        prop_assert_eq!(Reconciliation::find(known.as_ref(), &subject, &third.findings, at(hours)), []);
        // Money is counted at most once, and only if the provider reports it as paid.
        let succeeded = past.iter().chain([&theirs]).any(|seen| seen.status == ObservedStatus::Succeeded);
        prop_assert!(ours.status != PaymentStatus::Succeeded || succeeded);
    }
}
