//! The sums.

use super::Findings;
use crate::document::{Currency, Document};

pub(super) fn check(document: &Document, found: &mut Findings) {
    let totals = &document.totals;
    let wide = i128::from;
    let lines: i128 = document.lines.iter().map(|line| wide(line.net)).sum();
    let taxes: i128 = document.taxes.iter().map(|sum| wide(sum.tax)).sum();
    found.hold(lines == wide(totals.net), "totals.net", "BR-CO-10", "must be the sum of the lines");
    found.hold(taxes == wide(totals.tax), "totals.tax", "BR-CO-14", "must be the sum of taxes");
    let gross = wide(totals.net) + wide(totals.tax);
    found.hold(
        gross == wide(totals.gross),
        "totals.gross",
        "BR-CO-15",
        "must be the sum of net and tax",
    );
    let due = wide(totals.gross) - wide(totals.paid);
    found.hold(due == wide(totals.due), "totals.due", "BR-CO-16", "must be gross minus paid");
}

/// Amounts in the XML have at most two decimals, whatever their currency has. A price may have
/// more.
pub(super) fn decimals(document: &Document, found: &mut Findings) {
    let message = "must not need more than two decimals";
    let mut amount = |amount: i64, currency: &Currency, field: String, rule| {
        let step = 10_i64.saturating_pow(u32::from(currency.exponent.saturating_sub(2)));
        found.hold(amount % step == 0, field, rule, message);
    };
    let currency = &document.currency;
    for (index, line) in document.lines.iter().enumerate() {
        amount(line.net, currency, format!("lines[{index}].net"), "BR-DEC-23");
        if let Some(discount) = &line.discount {
            amount(
                discount.amount,
                currency,
                format!("lines[{index}].discount.amount"),
                "BR-DEC-24",
            );
        }
    }
    for (index, sum) in document.taxes.iter().enumerate() {
        amount(sum.base, currency, format!("taxes[{index}].base"), "BR-DEC-19");
        amount(sum.tax, currency, format!("taxes[{index}].tax"), "BR-DEC-20");
    }
    let totals = &document.totals;
    amount(totals.net, currency, "totals.net".into(), "BR-DEC-12");
    amount(totals.tax, currency, "totals.tax".into(), "BR-DEC-13");
    amount(totals.gross, currency, "totals.gross".into(), "BR-DEC-14");
    amount(totals.paid, currency, "totals.paid".into(), "BR-DEC-16");
    amount(totals.due, currency, "totals.due".into(), "BR-DEC-18");
    if let Some(accounting) = &document.accounting_tax {
        amount(accounting.tax, &accounting.currency, "accounting_tax.tax".into(), "BR-DEC-15");
    }
}
