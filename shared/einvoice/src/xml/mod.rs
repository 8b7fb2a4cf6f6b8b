//! The UN/CEFACT Cross Industry Invoice of EN 16931, with elements in the order that the schema of
//! Factur-X 1.0 requires.

mod line;
mod party;
mod settlement;
mod writer;

use jiff::civil::Date;
use writer::Writer;

use crate::document::{Document, Kind, Supplied};

/// The specification that the XML follows (BT-24): EN 16931 without extensions.
const GUIDELINE: &str = "urn:cen.eu:en16931:2017";

const NAMESPACES: &str = concat!(
    " xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\"",
    " xmlns:qdt=\"urn:un:unece:uncefact:data:standard:QualifiedDataType:100\"",
    " \
     xmlns:ram=\"urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100\"",
    " xmlns:udt=\"urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100\"",
);

/// Writes a valid document.
pub(crate) fn write(document: &Document) -> String {
    let mut writer = Writer::new();
    writer.element_with("rsm:CrossIndustryInvoice", NAMESPACES, |x| {
        x.element("rsm:ExchangedDocumentContext", |x| {
            x.element("ram:GuidelineSpecifiedDocumentContextParameter", |x| {
                x.text("ram:ID", GUIDELINE)
            });
        });
        exchanged(document, x);
        x.element("rsm:SupplyChainTradeTransaction", |x| {
            for one in &document.lines {
                line::write(one, document, x);
            }
            agreement(document, x);
            delivery(document, x);
            settlement::write(document, x);
        });
    });
    writer.finish()
}

fn exchanged(document: &Document, x: &mut Writer) {
    x.element("rsm:ExchangedDocument", |x| {
        x.text("ram:ID", &document.number);
        let code = match document.kind {
            Kind::Invoice => "380",
            Kind::CreditNote => "381",
        };
        x.text("ram:TypeCode", code);
        date("ram:IssueDateTime", document.issued_on, x);
        for note in &document.notes {
            x.element("ram:IncludedNote", |x| x.text("ram:Content", note));
        }
    });
}

fn agreement(document: &Document, x: &mut Writer) {
    x.element("ram:ApplicableHeaderTradeAgreement", |x| {
        x.optional("ram:BuyerReference", document.buyer_reference.as_deref());
        party::write("ram:SellerTradeParty", &document.seller, x);
        party::write("ram:BuyerTradeParty", &document.buyer, x);
        x.element("ram:SellerOrderReferencedDocument", |x| {
            x.optional("ram:IssuerAssignedID", document.sales_order.as_deref())
        });
        x.element("ram:BuyerOrderReferencedDocument", |x| {
            x.optional("ram:IssuerAssignedID", document.purchase_order.as_deref())
        });
    });
}

fn delivery(document: &Document, x: &mut Writer) {
    let day = match document.supplied {
        Some(Supplied::On(day)) => Some(day),
        _ => None,
    };
    if document.delivered_to.is_none() && day.is_none() {
        return x.empty("ram:ApplicableHeaderTradeDelivery");
    }
    x.element("ram:ApplicableHeaderTradeDelivery", |x| {
        if let Some(delivered) = &document.delivered_to {
            x.element("ram:ShipToTradeParty", |x| {
                x.optional("ram:Name", delivered.name.as_deref());
                party::address(&delivered.address, x);
            });
        }
        if let Some(day) = day {
            x.element("ram:ActualDeliverySupplyChainEvent", |x| {
                date("ram:OccurrenceDateTime", day, x)
            });
        }
    });
}

/// Writes a date in format 102 of UNTDID 2379: four digits of the year, two of the month, two of
/// the day.
fn date(name: &'static str, date: Date, x: &mut Writer) {
    x.element(name, |x| x.attributed("udt:DateTimeString", ("format", "102"), &compact(date)));
}

fn compact(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}
