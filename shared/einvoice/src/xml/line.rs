//! Lines.

use super::writer::Writer;
use crate::amount::{number, plain, two_decimals};
use crate::document::{Category, Document, Line};

pub(super) fn write(line: &Line, document: &Document, x: &mut Writer) {
    let currency = &document.currency;
    x.element("ram:IncludedSupplyChainTradeLineItem", |x| {
        x.element("ram:AssociatedDocumentLineDocument", |x| x.text("ram:LineID", &line.position));
        x.element("ram:SpecifiedTradeProduct", |x| {
            x.optional("ram:SellerAssignedID", line.sku.as_deref());
            x.text("ram:Name", &line.name);
            x.optional("ram:Description", line.description.as_deref());
        });
        x.element("ram:SpecifiedLineTradeAgreement", |x| {
            // A price is the only amount that may have more than two decimals.
            x.element("ram:NetPriceProductTradePrice", |x| {
                x.text("ram:ChargeAmount", &plain(line.unit_price, currency))
            });
        });
        x.element("ram:SpecifiedLineTradeDelivery", |x| {
            x.attributed("ram:BilledQuantity", ("unitCode", &line.unit), &number(line.quantity));
        });
        x.element("ram:SpecifiedLineTradeSettlement", |x| {
            x.element("ram:ApplicableTradeTax", |x| {
                x.text("ram:TypeCode", "VAT");
                x.text("ram:CategoryCode", line.category.code());
                if line.category != Category::OutsideScope {
                    x.text("ram:RateApplicablePercent", &number(line.rate));
                }
            });
            if let Some(discount) = &line.discount {
                x.element("ram:SpecifiedTradeAllowanceCharge", |x| {
                    x.element("ram:ChargeIndicator", |x| x.text("udt:Indicator", "false"));
                    x.text("ram:ActualAmount", &two_decimals(discount.amount, currency));
                    x.text("ram:Reason", &discount.reason);
                });
            }
            x.element("ram:SpecifiedTradeSettlementLineMonetarySummation", |x| {
                x.text("ram:LineTotalAmount", &two_decimals(line.net, currency));
            });
        });
    });
}
