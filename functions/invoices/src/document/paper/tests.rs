//! Tests of the conversion and printing of orders, refunds and parties.

use builder_core::invoices::number::Number;
use builder_core::invoices::{DocumentHeader, Reason, Seller, issue};
use builder_core::money::{Currency as Code, Money};
use builder_core::orders::{self, Basket, Order, Place};
use builder_core::products::{Product, ProductStatus};
use builder_core::settings::{BankAccount, Company};
use builder_einvoice::{Category, Supplied};
use builder_identity::contact::Address;
use builder_store::aggregate::fold;
use builder_store::id::{Id, Kind};
use jiff::Timestamp;
use jiff::civil::date;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn id<K: Kind>(number: u128) -> Id<K> {
    Id::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn product(number: u128, price: i64, rate: &str) -> Product {
    Product {
        id: id(number),
        sku: format!("TEA-{number}").parse().unwrap(),
        name: format!("Tea {number}"),
        description: String::new(),
        unit_price: Money::new(price, Code::EURO),
        tax_percent: rate.parse().unwrap(),
        tracks_stock: false,
        status: ProductStatus::Active,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// 2 × 10.00 at 19 %, 1 × 5.00 at 7 % and 1 × 1.00 at 0 %: 30.15.
fn order() -> Order {
    let catalogue = [product(1, 1_000, "19"), product(2, 500, "7"), product(3, 100, "0")]
        .map(|product| (product.id, product));
    let basket = Basket::new([(id(1), 2), (id(2), 1), (id(3), 1)]).unwrap();
    let command = Place { id: id(9), user_id: id(8), basket, expires_at: at(86_400) };
    fold(None, &orders::place(command, &catalogue.into(), at(0)).unwrap()).unwrap()
}

fn heading(number: u64) -> DocumentHeader {
    let company = Company {
        address_lines: ["Invalidenstraße 1", "Hof 2", "Aufgang C", "3. Stock"]
            .map(str::to_owned)
            .into(),
        city: Some("Berlin".to_owned()),
        postal_code: Some("10115".to_owned()),
        country: Some("DE".parse().unwrap()),
        vat_id: Some("DE123456789".parse().unwrap()),
        registration_number: Some("HRB 12345 B".to_owned()),
        email: Some("hello@example.com".to_owned()),
        ..Company::default()
    };
    DocumentHeader {
        issued_on: at(1).to_zoned(jiff::tz::TimeZone::UTC).date(),
        id: id(100 + u128::from(number)),
        number: Number { series: "INV-2026-".to_owned(), sequence: number },
        seller: Seller { name: "Lovelace & Babbage GmbH".to_owned(), company },
        footer: None,
    }
}

fn address(name: &str) -> Address {
    Address {
        name: name.to_owned(),
        lines: vec!["12 St James's Square".to_owned()],
        city: "London".to_owned(),
        postal_code: Some("SW1Y 4JH".to_owned()),
        region: None,
        country: "GB".parse().unwrap(),
    }
}

fn ada() -> Buyer {
    Buyer {
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.com".to_owned(),
        billing_address: Some(address("Ada Lovelace")),
        ..Buyer::unknown()
    }
}

fn open() -> Invoice {
    fold(None, &[issue(&order(), heading(1), date(2026, 12, 1), None, at(1)).unwrap()]).unwrap()
}

fn paid(second: i64) -> Invoice {
    let invoice = open();
    let events = invoice.pay(None, at(second));
    fold(Some(invoice), &events).unwrap()
}

fn credit_note(reason: Reason, invoice: &Invoice) -> Invoice {
    let (_, note) = invoice.credit(reason, heading(2), at(3)).unwrap().unwrap();
    fold(None, &[note]).unwrap()
}

fn refund(amount: i64) -> Invoice {
    credit_note(
        Reason::Refund { id: id(50), amount: Money::new(amount, Code::EURO), values: Vec::new() },
        &paid(0),
    )
}

#[test]
fn an_open_invoice_states_the_account_and_a_reference() {
    let account = BankAccount {
        iban: "DE02120300000000202051".parse().unwrap(),
        bic: Some("BYLADEM1001".to_owned()),
        holder: None,
    };
    let with_account = |invoice: Invoice| {
        let mut content = invoice.content;
        content.seller.company.bank_account = Some(account.clone());
        Invoice { content, ..invoice }
    };
    let payment = document(&with_account(open()), &ada()).payment.unwrap();
    let to = payment.account.unwrap();
    assert_eq!(
        (payment.means, to.iban.as_str(), to.holder, payment.reference),
        (
            Means::SepaTransfer,
            "DE02120300000000202051",
            Some(open().content.seller.name),
            Some(payment_reference(&open().content.number))
        )
    );
    let invoice = with_account(open());
    let printed =
        print(&document(&invoice, &ada()), look(&invoice.content, &Branding::default(), None))
            .unwrap();
    assert_eq!(printed.broken, [], "the XML has the account");
    assert_eq!(document(&open(), &ada()).payment, None);
    let note = with_account(credit_note(Reason::Void, &open()));
    assert_eq!(document(&note, &ada()).payment, None);
}

#[test]
fn an_invoice_paid_at_issue_always_shows_it() {
    let document = document(&paid(0), &ada());
    assert_eq!(document.totals, Totals { net: 2_600, tax: 415, gross: 3_015, paid: 3_015, due: 0 });
    assert_eq!(
        (document.due_on, document.payment.map(|payment| payment.means)),
        (None, Some(Means::Online))
    );
    let sales = (document.sales_order, document.supplied);
    assert_eq!(sales, (Some(order().id.to_string()), None));

    let content = &paid(0).content;
    let completed = Invoice {
        content: Content { supplied_on: Some(content.issued_on), ..content.clone() },
        ..paid(0)
    };
    assert_eq!(super::document(&completed, &ada()).supplied, Some(Supplied::On(content.issued_on)));

    // An invoice that is paid later was open when issued: its file is always the same.
    let (before, after) = (super::document(&open(), &ada()), super::document(&paid(60), &ada()));
    assert_eq!(before, after);
    assert_eq!(
        (before.totals.paid, before.totals.due, before.due_on),
        (0, 3_015, Some(date(2026, 12, 1)))
    );
    assert_eq!(before.payment, None);
}

#[test]
fn lines_and_taxes_are_those_of_the_order() {
    let document = document(&open(), &ada());
    let lines: Vec<_> = document
        .lines
        .iter()
        .map(|line| (line.position.as_str(), line.net, line.rate.to_string()))
        .collect();
    assert_eq!(
        lines,
        [("1", 2_000, "19".to_owned()), ("2", 500, "7".to_owned()), ("3", 100, "0".to_owned())]
    );
    let taxes: Vec<_> =
        document.taxes.iter().map(|sum| (sum.category, sum.base, sum.tax)).collect();
    assert_eq!(
        taxes,
        [(Category::Zero, 100, 0), (Category::Standard, 500, 35), (Category::Standard, 2_000, 380)]
    );
    assert!(builder_einvoice::xml(&document).unwrap().contains("INV-2026-000001"));
}

#[test]
fn addresses_have_three_lines_and_no_repeated_name() {
    let seller = parties::seller(&heading(1).seller);
    assert_eq!(seller.address.lines, ["Invalidenstraße 1", "Hof 2", "Aufgang C, 3. Stock"]);
    assert_eq!(seller.contact.unwrap().email.as_deref(), Some("hello@example.com"));

    assert_eq!(parties::buyer(&ada(), id(8)).address.lines, ["12 St James's Square"]);
    let company = Buyer { company: Some("Analytical Engines Ltd".to_owned()), ..ada() };
    let party = parties::buyer(&company, id(8));
    assert_eq!(
        (party.name.as_str(), party.contact.unwrap().name.as_deref()),
        ("Analytical Engines Ltd", Some("Ada Lovelace"))
    );
    let elsewhere = Buyer { billing_address: Some(address("Accounts payable")), ..company.clone() };
    assert_eq!(
        parties::buyer(&elsewhere, id(8)).address.lines,
        ["Accounts payable", "12 St James's Square"]
    );

    assert_eq!(
        parties::delivery(&Buyer {
            shipping_address: company.billing_address.clone(),
            ..company.clone()
        }),
        None
    );
    let delivery =
        parties::delivery(&Buyer { shipping_address: Some(address("Works")), ..company }).unwrap();
    assert_eq!((delivery.name.as_deref(), delivery.address.lines.len()), (Some("Works"), 1));
}

#[test]
fn an_erased_buyer_is_named_by_the_account_id() {
    let document = document(&open(), &Buyer::unknown());
    assert_eq!(document.buyer.name, open().content.user_id.to_string());
    let printed = print(&document, look(&open().content, &Branding::default(), None)).unwrap();
    assert_eq!(printed.broken.iter().map(|rule| rule.rule).collect::<Vec<_>>(), ["BR-11"]);
}

#[test]
fn characters_not_allowed_in_xml_are_replaced() {
    let text = |given| parties::text(given);
    assert_eq!(text(" a\u{7}b\u{85}c "), Some("a b c".to_owned()));
    assert_eq!(text("x\u{fffe}\u{fdd0}\u{1ffff}"), Some("x\u{fffd}\u{fffd}\u{fffd}".to_owned()));
    assert_eq!(text("\u{1}\n "), None);
    assert_eq!(text("日本 😀 é"), Some("日本 😀 é".to_owned()));
}

#[test]
fn credit_notes_of_any_size_can_be_printed() {
    let branding = Branding { color: Some("#1a73e8".to_owned()), ..Branding::default() };
    let look = look(&open().content, &branding, None);
    assert_eq!(look.accent, Accent([0x1a, 0x73, 0xe8]));
    for amount in [1, 2, 3, 5, 17, 1_234, 3_014, 3_015] {
        let note = refund(amount);
        let document = document(&note, &ada());
        assert_eq!(
            (document.totals.gross, document.totals.paid, document.totals.due),
            (amount, amount, 0)
        );
        assert_eq!(document.preceding_invoice.as_ref().unwrap().number, "INV-2026-000001");
        let printed =
            print(&document, look.clone()).unwrap_or_else(|error| panic!("{amount}: {error}"));
        assert!(printed.pdf.bytes.starts_with(b"%PDF-"), "{amount}");
        assert!(
            printed.broken.iter().all(|rule| ["BR-CO-17", "BR-S-08"].contains(&rule.rule)),
            "{amount}: {:?}",
            printed.broken
        );
        assert!(amount < 1_000 || printed.broken.is_empty(), "{amount}: {:?}", printed.broken);
    }
}

#[test]
fn a_document_is_printed_without_an_unprintable_logo() {
    let document = document(&paid(0), &ada());
    let with = |logo| print(&document, Look { logo, ..Look::default() }).unwrap();
    let whole = include_bytes!("../../../../../shared/einvoice/tests/einvoice/samples/logo.png");
    let (without, shown) = (with(None), with(Some(Logo::Png(whole.to_vec()))));
    assert!(shown.spoiled_logo.is_none() && shown.pdf != without.pdf);
    for spoiled in
        [Logo::Png(whole[..200].to_vec()), Logo::Png(Vec::new()), Logo::Jpeg(whole.to_vec())]
    {
        let printed = with(Some(spoiled));
        assert!(printed.spoiled_logo.is_some_and(|reason| !reason.is_empty()));
        assert_eq!((printed.pdf, printed.broken), (without.pdf.clone(), without.broken.clone()));
    }
}

/// The last minor unit of a rate may consist of tax alone.
#[test]
fn a_credit_note_of_one_unit_of_tax_is_printed() {
    let mut invoice = paid(0);
    let mut number = 2;
    while invoice.left().total() > 0 {
        let amount = if invoice.left().total() > 12 { invoice.left().total() - 12 } else { 1 };
        let reason = Reason::Refund {
            id: id(u128::from(number)),
            amount: Money::new(amount, Code::EURO),
            values: Vec::new(),
        };
        let (events, note) = invoice.credit(reason, heading(number), at(3)).unwrap().unwrap();
        invoice = fold(Some(invoice), &events).unwrap();
        let note: Invoice = fold(None, &[note]).unwrap();
        print(&document(&note, &ada()), Look::default())
            .unwrap_or_else(|error| panic!("{amount}: {error}"));
        number += 1;
    }
    assert_eq!(number, 2 + 1 + 12);
}

#[test]
fn the_credit_note_of_a_void_invoice_settles_it() {
    let note = credit_note(Reason::Void, &open());
    let document = document(&note, &ada());
    assert_eq!(
        (document.totals.paid, document.totals.due, document.payment.is_none()),
        (0, 3_015, true)
    );
    assert_eq!(
        document.payment_terms.as_deref(),
        Some("Invoice INV-2026-000001 is void. No payment is due.")
    );
    assert!(builder_einvoice::xml(&document).is_ok());
}

#[test]
fn an_invoice_of_a_failed_refund_names_the_credit_note() {
    let invoice = paid(0);
    let (events, note) = invoice
        .credit(
            Reason::Refund {
                id: id(50),
                amount: Money::new(1_000, Code::EURO),
                values: Vec::new(),
            },
            heading(2),
            at(3),
        )
        .unwrap()
        .unwrap();
    let invoice = fold(Some(invoice), &events).unwrap();
    let (_, issued) = invoice.withdraw(id(50), heading(3), at(4)).unwrap().unwrap();
    let (note, issued): (Invoice, Invoice) =
        (fold(None, &[note]).unwrap(), fold(None, &[issued]).unwrap());
    let document = document(&issued, &ada());
    assert_eq!(
        (document.kind, document.totals.paid, document.totals.due),
        (builder_einvoice::Kind::Invoice, 1_000, 0)
    );
    assert_eq!(document.preceding_invoice.unwrap().number, note.content.number);
    assert!(document.notes[0].contains(&note.content.number), "{:?}", document.notes);
    assert_eq!(document.lines, super::document(&note, &ada()).lines);
}
