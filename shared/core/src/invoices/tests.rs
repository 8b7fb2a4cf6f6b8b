//! The states that events of invoices and credit notes produce, and their stored form.

use builder_store::aggregate::fold;
use builder_store::error::Error;
use builder_store::id::Id;
use insta::assert_json_snapshot;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::number::Number;
use super::*;
use crate::id::RefundId;
use crate::ledger::Side;
use crate::money::{Currency, Money};
use crate::orders::{self, Basket, Order, OrderStatus, Place};
use crate::products::{Product, ProductStatus};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn id<K: builder_store::id::Kind>(number: u128) -> Id<K> {
    Id::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EURO)
}

fn product(number: u128, price: i64, rate: &str) -> Product {
    Product {
        id: id(number),
        sku: format!("TEA-{number}").parse().unwrap(),
        name: format!("Tea {number}"),
        description: String::new(),
        unit_price: eur(price),
        tax_percent: rate.parse().unwrap(),
        tracks_stock: false,
        status: ProductStatus::Active,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// 2 × 10.00 at 19 % and 1 × 5.00 at 7 %: 29.15.
fn order() -> Order {
    let catalogue =
        [product(1, 1_000, "19"), product(2, 500, "7")].map(|product| (product.id, product)).into();
    let basket = Basket::new([(id(1), 2), (id(2), 1)]).unwrap();
    let command = Place { id: id(9), user_id: id(8), basket, expires_at: at(86_400) };
    fold(None, &orders::place(command, &catalogue, at(0)).unwrap()).unwrap()
}

/// A refund of this amount, without returned items.
fn by_refund(number: u128, amount: i64) -> Reason {
    Reason::Refund { id: refund(number), amount: eur(amount), values: Vec::new() }
}

fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn heading(number: u64) -> DocumentHeader {
    DocumentHeader {
        issued_on: day(at(1)),
        id: id(100 + u128::from(number)),
        number: Number { series: "INV-2026-".to_owned(), sequence: number },
        seller: Seller { name: "Lovelace & Babbage".to_owned(), ..Seller::default() },
        footer: None,
    }
}

fn open() -> Invoice {
    fold(None, &[issue(&order(), heading(1), date(2026, 12, 1), None, at(1)).unwrap()]).unwrap()
}

fn paid() -> Invoice {
    let invoice = open();
    let events = invoice.pay(None, at(2));
    fold(Some(invoice), &events).unwrap()
}

fn refund(number: u128) -> RefundId {
    id(number)
}

fn credited(invoice: &Invoice, number: u64, amount: i64) -> (Invoice, Invoice) {
    let reason = by_refund(u128::from(number), amount);
    let (events, note) = invoice.credit(reason, heading(number), at(3)).unwrap().unwrap();
    (fold(Some(invoice.clone()), &events).unwrap(), fold(None, &[note]).unwrap())
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_invoices_match_the_snapshots() {
    assert_json_snapshot!(
        "invoice.issued",
        issue(&order(), heading(1), date(2026, 12, 1), None, at(1)).unwrap()
    );
    assert_json_snapshot!("invoice.paid", open().pay(Some(id(5)), at(2)));
    let reason = by_refund(1, 1_000);
    assert_json_snapshot!("invoice.credited", paid().credit(reason, heading(2), at(3)).unwrap());
    assert_json_snapshot!(
        "invoice.voided",
        open().credit(Reason::Void, heading(2), at(3)).unwrap()
    );
    let (invoice, _) = credited(&paid(), 2, 1_000);
    assert_json_snapshot!(
        "invoice.credit_withdrawn",
        invoice.withdraw(refund(2), heading(3), at(4)).unwrap()
    );
    let file = File {
        key: "invoices/1.pdf".to_owned(),
        sha256: "00".to_owned(),
        bytes: 3,
        electronic: true,
    };
    let filed = open().keep_file(file, at(3));
    assert_json_snapshot!("invoice.filed", filed);
    let filed = fold(Some(open()), &filed).unwrap();
    assert_json_snapshot!("invoice.sending_requested", filed.send(at(4)).unwrap());
    assert_json_snapshot!("invoice.reminded", filed.remind(&[7], date(2026, 12, 20), at(0)));
    assert_json_snapshot!("invoice_state", invoice);
}

#[test]
fn orders_are_invoiced_once_and_only_if_payable() {
    let order = order();
    let event = orders::invoice(&order, heading(1).id, at(1)).unwrap();
    let invoiced = fold(Some(order.clone()), &[event]).unwrap();
    let code = |order: &Order, second| match orders::invoice(order, heading(2).id, at(second)) {
        Err(Error::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&invoiced, 1), "order-already-invoiced");
    assert_eq!(code(&order, 86_400), "order-not-invoiceable");
    assert_eq!(code(&Order { total: eur(0), ..order.clone() }, 1), "order-not-invoiceable");
    assert_eq!(
        code(&Order { status: OrderStatus::Cancelled, ..order.clone() }, 1),
        "order-not-invoiceable"
    );
    // It doesn't expire until its invoice is paid or void.
    assert_eq!(orders::expire(&invoiced, at(999_999)), []);
    assert!(orders::start_payment(&invoiced, id(1), at(999_999)).is_ok());
    let released = fold(Some(invoiced), &[orders::release_invoice(at(2))]).unwrap();
    assert!(
        orders::invoice(&released, heading(2).id, at(3)).is_ok()
            && orders::expire(&released, at(86_400)).len() == 1
    );
}

#[test]
fn a_refund_is_credited_once_and_at_most_the_invoice() {
    let (invoice, note) = credited(&paid(), 2, 1_000);
    assert_eq!(
        (invoice.credited(), note.content.total, note.status),
        (eur(1_000), eur(1_000), InvoiceStatus::Paid)
    );
    assert_eq!(note.content.corrects.as_ref().unwrap().number, "INV-2026-000001");
    let again = invoice.credit(by_refund(2, 1_000), heading(3), at(4)).unwrap();
    assert!(again.is_none());
    assert!(invoice.credit(by_refund(3, 1_916), heading(3), at(4)).is_err());
    let (invoice, rest) = credited(&invoice, 3, 1_915);
    assert_eq!(
        (invoice.credited(), invoice.left().total(), rest.content.total),
        (eur(2_915), 0, eur(1_915))
    );
}

#[test]
fn a_refund_that_fails_later_is_invoiced_again() {
    let (invoice, note) = credited(&paid(), 2, 1_000);
    let (event, issued) = invoice.withdraw(refund(2), heading(3), at(4)).unwrap().unwrap();
    let issued: Invoice = fold(None, &[issued]).unwrap();
    assert_eq!(
        (issued.content.lines, issued.content.taxes, issued.status),
        (note.content.lines, note.content.taxes, InvoiceStatus::Paid)
    );
    let invoice = fold(Some(invoice), &[event]).unwrap();
    assert_eq!((invoice.credited(), invoice.left().total()), (eur(0), 2_915));
    assert!(invoice.withdraw(refund(2), heading(4), at(5)).unwrap().is_none());
    assert_eq!(credited(&invoice, 4, 2_915).0.left().total(), 0);
}

#[test]
fn only_open_invoices_can_be_voided_and_only_in_full() {
    let (events, note) = open().credit(Reason::Void, heading(2), at(3)).unwrap().unwrap();
    let void = fold(Some(open()), &events).unwrap();
    let note: Invoice = fold(None, &[note]).unwrap();
    assert_eq!(
        (void.status, void.left().total(), &note.content.lines),
        (InvoiceStatus::Void, 0, &open().content.lines)
    );
    for invoice in [paid(), void, note.clone()] {
        let refused = invoice.credit(Reason::Void, heading(3), at(4));
        assert!(
            matches!(refused, Err(Error::Refused { code: "invoice-not-voidable", .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn one_reminder_is_sent_at_a_time_for_open_invoices() {
    let days = [7, 14];
    // Due on 1 December.
    let on = |day: i8| {
        date(2026, 12, day).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
    };
    let reminded = |invoice: &Invoice, day| match invoice
        .remind(&days, date(2026, 12, day), on(day))
        .as_slice()
    {
        [] => None,
        [InvoiceEvent::Reminded { reminder, .. }] => Some(*reminder),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [7, 8, 14, 15, 31].map(|day| reminded(&open(), day)),
        [None, Some(1), Some(1), Some(2), Some(2)]
    );
    let once = fold(Some(open()), &open().remind(&days, date(2026, 12, 8), on(8))).unwrap();
    assert_eq!([8, 14, 15].map(|day| reminded(&once, day)), [None, None, Some(2)]);
    assert_eq!(reminded(&paid(), 31), None);
    assert_eq!(open().remind(&[], date(2026, 12, 31), on(31)), []);
}

proptest! {
    /// After any sequence of credits and withdrawals, the books balance, and the documents add up
    /// to what is left.
    #[test]
    fn documents_and_postings_add_up(steps in prop::collection::vec((1..100u8, any::<bool>()), 0..12)) {
        let mut invoice = paid();
        let mut log = vec![issue(&order(), heading(1), date(2026, 12, 1), None, at(1)).unwrap()];
        let mut owed = i128::from(invoice.content.total.amount);
        for (number, (percent, withdraw)) in (2..).zip(steps) {
            let standing = invoice.credits.iter().rev().find(|credit| credit.withdrawn_by.is_none());
            let (events, document, sign) = match standing.and_then(|credit| credit.refund_id).filter(|_| withdraw) {
                Some(refund) => {
                    let (event, issued) = invoice.withdraw(refund, heading(number), at(5)).unwrap().unwrap();
                    (vec![event], issued, 1)
                }
                None => {
                    let amount = invoice.left().total() * i64::from(percent) / 100;
                    if amount == 0 {
                        continue;
                    }
                    let reason = by_refund(u128::from(number), amount);
                    let (events, note) = invoice.credit(reason, heading(number), at(5)).unwrap().unwrap();
                    (events, note, -1)
                }
            };
            invoice = fold(Some(invoice), &events).unwrap();
            let made: Invoice = fold(None, [&document]).unwrap();
            let content = &made.content;
            prop_assert_eq!(content.lines.iter().map(|line| line.net.amount).sum::<i64>(), content.subtotal.amount);
            prop_assert_eq!(content.subtotal.amount + content.tax.amount, content.total.amount);
            prop_assert!(content.lines.iter().all(|line| content.taxes.iter().any(|sum| sum.rate == line.tax_percent)));
            owed += sign * i128::from(content.total.amount);
            prop_assert_eq!(owed, i128::from(invoice.left().total()));
            log.push(document);
        }
        let mut balance = 0;
        for event in &log {
            let InvoiceEvent::Issued { posting, .. } = event else { continue };
            prop_assert_eq!(posting.sum(Side::Debit), posting.sum(Side::Credit));
            let entry = posting.entries.iter().find(|entry| entry.account == crate::ledger::Account::Receivables).unwrap();
            balance += if entry.side == Side::Debit { i128::from(entry.amount) } else { -i128::from(entry.amount) };
        }
        prop_assert_eq!(balance, owed);
        let stored: Invoice = serde_json::from_value(serde_json::to_value(&invoice).unwrap()).unwrap();
        prop_assert_eq!(stored, invoice);
    }
}
