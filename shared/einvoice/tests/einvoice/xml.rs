//! The XML of samples, unchanged since other programs validated it.

use crate::samples;
use builder_einvoice::xml;

#[test]
fn the_xml_of_samples_matches_the_snapshots() {
    for name in ["plain", "credit-note", "intra-community", "dinar", "accounting-currency"] {
        let (_, document, _) =
            samples::all().into_iter().find(|(other, ..)| *other == name).unwrap();
        insta::assert_snapshot!(name, xml(&document).unwrap());
    }
}

#[test]
fn text_is_escaped() {
    let mut document = samples::plain();
    document.buyer.name = "A & B <i>\"C\"</i> ]]> 日本 🎁".into();
    document.seller.electronic_address.as_mut().unwrap().scheme = "\"><x".into();
    let xml = xml(&document).unwrap();
    assert!(
        xml.contains(
            "<ram:Name>A &amp; B &lt;i&gt;&quot;C&quot;&lt;/i&gt; ]]&gt; 日本 🎁</ram:Name>"
        ),
        "{xml}"
    );
    assert!(xml.contains("schemeID=\"&quot;&gt;&lt;x\""));
}

#[test]
fn no_empty_elements_are_written() {
    let mut document = samples::plain();
    document.seller.registration = None;
    document.seller.contact = Some(builder_einvoice::Contact::default());
    document.sales_order = None;
    document.supplied = None;
    let xml = xml(&document).unwrap();
    for absent in [
        "SpecifiedLegalOrganization",
        "DefinedTradeContact",
        "SellerOrderReferencedDocument",
        "ActualDelivery",
    ] {
        assert!(!xml.contains(absent), "{absent}");
    }
    assert!(xml.contains("<ram:ApplicableHeaderTradeDelivery/>"), "the schema requires it");
}
