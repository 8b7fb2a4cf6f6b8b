//! Documents on paper that EN 16931 doesn't allow.

use crate::samples;
use builder_einvoice::{Address, Document, Error, Party, paper, xml};
use lopdf::Document as Read;

fn named(name: &str) -> Party {
    Party { name: name.into(), ..Party::default() }
}

/// Returns the rules that a document violates on paper.
fn broken(document: &Document) -> Vec<&'static str> {
    match paper(document, &samples::look(builder_einvoice::Language::English)) {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(found)) => found.into_iter().map(|violation| violation.rule).collect(),
        Err(other) => panic!("{other}"),
    }
}

/// Returns the smallest credit note: one minor unit of tax, at a rate that no line has.
fn one_unit_of_tax() -> Document {
    let mut document = samples::of_lines(vec![
        samples::line(1, "Tea", 1, 0, 7),
        samples::line(2, "Mug", 1, 0, 19),
    ]);
    document.lines.truncate(1);
    document.taxes[1].tax = 1;
    document.totals.tax = 1;
    document.totals.gross = 1;
    document.totals.due = 1 - document.totals.paid;
    document
}

#[test]
fn paper_requires_only_names_of_the_parties() {
    let mut document = samples::plain();
    (document.seller, document.buyer) = (named("The Shop"), named("Ada Lovelace"));
    assert!(matches!(xml(&document), Err(Error::Invalid(_))));
    let made = paper(&document, &samples::look(builder_einvoice::Language::English)).unwrap();
    let read = Read::load_mem(&made.bytes).unwrap();
    let text: String = read.extract_text(&[1]).unwrap().split_whitespace().collect();
    assert!(text.contains("TheShop") && text.contains("AdaLovelace"), "{text}");
    assert!(read.catalog().unwrap().get(b"AF").is_err(), "the PDF must not contain XML");
}

#[test]
fn given_values_are_also_checked_on_paper() {
    let changed = |change: fn(&mut Document)| {
        let mut document = samples::plain();
        change(&mut document);
        broken(&document)
    };
    assert_eq!(changed(|d| d.seller = named(" ")), ["BR-06"]);
    assert_eq!(changed(|d| d.buyer = named("")), ["BR-07"]);
    let abroad = |d: &mut Document| {
        d.buyer.address = Address { country: "Germany".into(), ..Address::default() }
    };
    assert_eq!(changed(abroad), ["BR-11"]);
    assert_eq!(changed(|d| d.totals.net += 1), ["BR-CO-10", "BR-CO-15"]);
    assert_eq!(changed(|d| d.taxes[0].base += 1), ["BR-S-08"]);
    assert_eq!(changed(|d| d.taxes[0].tax += 1), ["BR-CO-14"]);
    assert_eq!(changed(|d| d.totals.due -= 1), ["BR-CO-16"]);
}

#[test]
fn a_credit_note_of_only_tax_requires_paper() {
    let document = one_unit_of_tax();
    let Err(Error::Invalid(found)) = xml(&document) else { panic!("EN 16931 must reject it") };
    let rules: Vec<_> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, ["BR-S-08"]);
    assert_eq!(broken(&document), [] as [&str; 0]);
}
