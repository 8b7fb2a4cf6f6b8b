//! Each rule is violated once and reported by name.

use crate::samples;
use builder_einvoice::{Category, Document, Error, Exemption, Means, Supplied, paper, xml};
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Returns the field and the rule of each violation.
fn broken(document: &Document) -> Vec<(String, &'static str)> {
    match xml(document) {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(found)) => {
            found.into_iter().map(|violation| (violation.field, violation.rule)).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

fn changed(change: impl FnOnce(&mut Document)) -> Vec<(String, &'static str)> {
    let mut document = samples::plain();
    change(&mut document);
    broken(&document)
}

#[test]
fn samples_violate_no_rule() {
    for (name, document, _) in samples::all() {
        assert_eq!(broken(&document), [], "{name}");
    }
}

#[test]
fn missing_or_invalid_values_are_rejected() {
    type Change = fn(&mut Document);
    let rules: &[(&str, &str, Change)] = &[
        ("number", "BR-02", |d| d.number = " ".into()),
        ("currency.code", "BR-05", |d| d.currency.code = "eur".into()),
        ("seller.name", "BR-06", |d| d.seller.name.clear()),
        ("buyer.name", "BR-07", |d| d.buyer.name.clear()),
        ("seller.address.country", "BR-09", |d| d.seller.address.country.clear()),
        ("buyer.address.country", "BR-11", |d| d.buyer.address.country = "Germany".into()),
        ("lines[1].position", "BR-21", |d| d.lines[1].position.clear()),
        ("lines[1].unit", "BR-23", |d| d.lines[1].unit.clear()),
        ("lines[2].name", "BR-25", |d| d.lines[2].name.clear()),
        ("lines[0].discount.reason", "BR-42", |d| {
            d.lines[0].discount.as_mut().unwrap().reason.clear()
        }),
        ("payment.account", "BR-61", |d| d.payment.as_mut().unwrap().account = None),
        ("payment.account.iban", "BR-50", |d| {
            d.payment.as_mut().unwrap().account.as_mut().unwrap().iban.clear()
        }),
        ("buyer.electronic_address.scheme", "BR-63", |d| {
            d.buyer.electronic_address.as_mut().unwrap().scheme.clear()
        }),
        ("seller.vat_id", "BR-CO-09", |d| d.seller.vat_id = Some("123456789".into())),
        ("notes[0]", "XML 1.0, Char", |d| d.notes[0].push('\u{7}')),
        ("buyer_reference", "Factur-X", |d| d.buyer_reference = Some(String::new())),
        ("buyer.tax_number", "BT-32", |d| d.buyer.tax_number = Some("1".into())),
        ("supplied", "BR-29", |d| {
            d.supplied = Some(Supplied::Between(date(2026, 2, 1), date(2026, 1, 31)))
        }),
        ("lines[1].position", "BT-126", |d| d.lines[1].position = "1".into()),
        ("seller.address.lines", "BT-162", |d| d.seller.address.lines = vec!["a".into(); 4]),
    ];
    for (field, rule, change) in rules {
        assert_eq!(changed(change), [((*field).to_owned(), *rule)], "{field}");
    }
    let found = changed(|d| (d.seller.registration, d.seller.vat_id) = (None, None));
    assert_eq!(found, [("seller.registration".to_owned(), "BR-CO-26")]);
    let found = changed(|d| (d.due_on, d.payment_terms) = (None, None));
    assert_eq!(found, [("due_on".to_owned(), "BR-CO-25")]);
}

#[test]
fn all_violations_are_reported_together() {
    let found = changed(|d| {
        d.number.clear();
        d.totals.due += 1;
        d.lines.clear();
    });
    let rules: Vec<_> = found.iter().map(|(_, rule)| *rule).collect();
    for rule in ["BR-02", "BR-16", "BR-CO-10", "BR-CO-16", "BR-S-08"] {
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }
}

#[test]
fn each_category_has_its_own_rules() {
    let of = |category, change: fn(&mut Document)| {
        let (_, mut document, _) =
            samples::all().into_iter().find(|(_, d, _)| d.lines[0].category == category).unwrap();
        change(&mut document);
        broken(&document)
            .into_iter()
            .map(|(field, rule)| format!("{field} {rule}"))
            .collect::<Vec<_>>()
    };
    let nothing = |d: &mut Document| d.taxes[0].exemption = None;
    assert_eq!(of(Category::ReverseCharge, nothing), ["taxes[0].exemption BR-AE-10"]);
    assert_eq!(of(Category::IntraCommunity, nothing), ["taxes[0].exemption BR-IC-10"]);
    assert_eq!(of(Category::Export, nothing), ["taxes[0].exemption BR-G-10"]);
    assert_eq!(of(Category::Exempt, nothing), ["taxes[0].exemption BR-E-10"]);
    assert_eq!(of(Category::OutsideScope, nothing), ["taxes[0].exemption BR-O-10"]);
    let given = |d: &mut Document| {
        d.taxes[0].exemption = Some(Exemption { reason: Some("because".into()), code: None })
    };
    assert_eq!(of(Category::Standard, given), ["taxes[0].exemption BR-S-10"]);
    assert_eq!(of(Category::ReverseCharge, |d| d.buyer.vat_id = None), ["buyer.vat_id BR-AE-02"]);
    assert_eq!(of(Category::IntraCommunity, |d| d.delivered_to = None), ["delivered_to BR-IC-12"]);
    assert_eq!(of(Category::IntraCommunity, |d| d.supplied = None), ["supplied BR-IC-11"]);
    assert_eq!(of(Category::Export, |d| d.seller.vat_id = None), ["seller.vat_id BR-G-02"]);
    assert_eq!(
        of(Category::OutsideScope, |d| d.buyer.vat_id = Some("DE1".into())),
        ["buyer.vat_id BR-O-02"]
    );
    assert_eq!(of(Category::Export, |d| d.lines[0].rate = Decimal::ONE), ["lines[0].rate BR-G-05"]);
    assert_eq!(
        of(Category::Export, |d| d.taxes[0].exemption.as_mut().unwrap().code = Some("X".into())),
        ["taxes[0].exemption.code BR-CL-22"]
    );
}

#[test]
fn a_third_decimal_is_allowed_only_on_paper() {
    let (_, mut document, look) =
        samples::all().into_iter().find(|(name, ..)| *name == "dinar").unwrap();
    document.lines[0].unit_price = 1;
    document.lines[0].quantity = Decimal::from(125_001);
    document.lines[0].net = 125_001;
    samples::add_up(&mut document);
    let rules: Vec<_> = broken(&document).into_iter().map(|(_, rule)| rule).collect();
    assert!(
        rules.contains(&"BR-DEC-23") && rules.iter().all(|rule| rule.starts_with("BR-DEC-")),
        "{rules:?}"
    );
    assert!(!paper(&document, &look).unwrap().bytes.is_empty());
}

#[test]
fn only_transfers_require_an_account() {
    let found = changed(|d| {
        let payment = d.payment.as_mut().unwrap();
        payment.means = Means::Card;
        payment.account = None;
    });
    assert_eq!(found, []);
}

fn line() -> impl Strategy<Value = (i64, i64, i64)> {
    (1_i64..1_000, 0_i64..10_000_000, prop_oneof![Just(7_i64), Just(19), Just(20), Just(25)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn consistent_sums_are_accepted(lines in proptest::collection::vec(line(), 1..30), paid in 0_i64..1_000) {
        let lines = lines.iter().enumerate().map(|(index, (quantity, price, rate))| samples::line(index + 1, "x", *quantity, *price, *rate));
        let mut document = samples::of_lines(lines.collect());
        document.totals.paid = paid;
        samples::add_up(&mut document);
        prop_assert_eq!(broken(&document), []);
    }

    #[test]
    fn inconsistent_sums_are_rejected(lines in proptest::collection::vec(line(), 1..10), which in 0_usize..7, off in prop_oneof![-500_i64..=-11, 11_i64..500]) {
        let lines = lines.iter().enumerate().map(|(index, (quantity, price, rate))| samples::line(index + 1, "x", *quantity, *price, *rate));
        let mut document = samples::of_lines(lines.collect());
        let (sum, rule): (&mut i64, _) = match which {
            0 => (&mut document.totals.net, "BR-CO-10"),
            1 => (&mut document.totals.tax, "BR-CO-14"),
            2 => (&mut document.totals.gross, "BR-CO-15"),
            3 => (&mut document.totals.due, "BR-CO-16"),
            4 => (&mut document.taxes[0].base, "BR-S-08"),
            // The rule tolerates less than one euro; the sum of the taxes is still wrong.
            5 if off.abs() > 100 => (&mut document.taxes[0].tax, "BR-CO-17"),
            5 => (&mut document.taxes[0].tax, "BR-CO-14"),
            _ => (&mut document.lines[0].net, "PEPPOL-EN16931-R120"),
        };
        *sum += off;
        let rules: Vec<_> = broken(&document).into_iter().map(|(_, rule)| rule).collect();
        prop_assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }

    #[test]
    fn extreme_amounts_are_rejected_without_panic(net: i64, price: i64, tax: i64, paid: i64, scale in 0_u32..28, quantity: i64) {
        let mut document = samples::plain();
        document.lines[0].net = net;
        document.lines[0].unit_price = price;
        document.lines[0].quantity = Decimal::new(quantity, scale);
        document.lines[0].rate = Decimal::new(quantity, scale);
        document.taxes[0].base = net;
        document.taxes[0].tax = tax;
        document.totals.net = net;
        document.totals.paid = paid;
        prop_assert!(!broken(&document).is_empty());
    }
}
