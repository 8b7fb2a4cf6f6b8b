//! Payment, tax and sums.

use super::writer::Writer;
use super::{compact, date};
use crate::amount::{number, two_decimals};
use crate::document::{Category, Document, Payment, Supplied, TaxSum};

pub(super) fn write(document: &Document, x: &mut Writer) {
    x.element("ram:ApplicableHeaderTradeSettlement", |x| {
        x.optional(
            "ram:PaymentReference",
            document.payment.as_ref().and_then(|payment| payment.reference.as_deref()),
        );
        x.optional(
            "ram:TaxCurrencyCode",
            document.accounting_tax.as_ref().map(|tax| tax.currency.code.as_str()),
        );
        x.text("ram:InvoiceCurrencyCode", &document.currency.code);
        if let Some(payment) = &document.payment {
            means(payment, x);
        }
        for sum in &document.taxes {
            tax(sum, document, x);
        }
        if let Some(Supplied::Between(first, last)) = document.supplied {
            x.element("ram:BillingSpecifiedPeriod", |x| {
                date("ram:StartDateTime", first, x);
                date("ram:EndDateTime", last, x);
            });
        }
        x.element("ram:SpecifiedTradePaymentTerms", |x| {
            x.optional("ram:Description", document.payment_terms.as_deref());
            if let Some(due) = document.due_on {
                date("ram:DueDateDateTime", due, x);
            }
        });
        totals(document, x);
        if let Some(preceding) = &document.preceding_invoice {
            x.element("ram:InvoiceReferencedDocument", |x| {
                x.text("ram:IssuerAssignedID", &preceding.number);
                if let Some(issued) = preceding.issued_on {
                    x.element("ram:FormattedIssueDateTime", |x| {
                        x.attributed("qdt:DateTimeString", ("format", "102"), &compact(issued));
                    });
                }
            });
        }
    });
}

fn means(payment: &Payment, x: &mut Writer) {
    x.element("ram:SpecifiedTradeSettlementPaymentMeans", |x| {
        x.text("ram:TypeCode", payment.means.code());
        x.optional("ram:Information", payment.description.as_deref());
        let Some(account) = &payment.account else { return };
        x.element("ram:PayeePartyCreditorFinancialAccount", |x| {
            x.text("ram:IBANID", &account.iban.replace(' ', ""));
            x.optional("ram:AccountName", account.holder.as_deref());
        });
        x.element("ram:PayeeSpecifiedCreditorFinancialInstitution", |x| {
            x.optional("ram:BICID", account.bic.as_deref())
        });
    });
}

fn tax(sum: &TaxSum, document: &Document, x: &mut Writer) {
    let exemption = sum.exemption.as_ref();
    x.element("ram:ApplicableTradeTax", |x| {
        x.text("ram:CalculatedAmount", &two_decimals(sum.tax, &document.currency));
        x.text("ram:TypeCode", "VAT");
        x.optional(
            "ram:ExemptionReason",
            exemption.and_then(|exemption| exemption.reason.as_deref()),
        );
        x.text("ram:BasisAmount", &two_decimals(sum.base, &document.currency));
        x.text("ram:CategoryCode", sum.category.code());
        x.optional(
            "ram:ExemptionReasonCode",
            exemption.and_then(|exemption| exemption.code.as_deref()),
        );
        if sum.category != Category::OutsideScope {
            x.text("ram:RateApplicablePercent", &number(sum.rate));
        }
    });
}

fn totals(document: &Document, x: &mut Writer) {
    let (totals, currency) = (&document.totals, &document.currency);
    x.element("ram:SpecifiedTradeSettlementHeaderMonetarySummation", |x| {
        x.text("ram:LineTotalAmount", &two_decimals(totals.net, currency));
        x.text("ram:TaxBasisTotalAmount", &two_decimals(totals.net, currency));
        x.attributed(
            "ram:TaxTotalAmount",
            ("currencyID", &currency.code),
            &two_decimals(totals.tax, currency),
        );
        if let Some(other) = &document.accounting_tax {
            let amount = two_decimals(other.tax, &other.currency);
            x.attributed("ram:TaxTotalAmount", ("currencyID", &other.currency.code), &amount);
        }
        x.text("ram:GrandTotalAmount", &two_decimals(totals.gross, currency));
        if totals.paid != 0 {
            x.text("ram:TotalPrepaidAmount", &two_decimals(totals.paid, currency));
        }
        x.text("ram:DuePayableAmount", &two_decimals(totals.due, currency));
    });
}
