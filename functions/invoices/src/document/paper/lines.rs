//! The lines and taxes of a document.

use builder_core::invoices::InvoiceLine;
use builder_core::orders::TaxSum;
use builder_core::products::TaxRate;
use builder_einvoice::{Category, Line};
use rust_decimal::Decimal;

use super::parties::text;

/// The unit code for one item, by UN/ECE Recommendation 20.
const PIECE: &str = "C62";

/// Converts the line at this zero-based index.
pub(super) fn line(index: usize, line: &InvoiceLine) -> Line {
    let sku = line.sku.as_str().to_owned();
    Line {
        position: (index + 1).to_string(),
        name: text(&line.name).unwrap_or_else(|| sku.clone()),
        sku: Some(sku),
        description: None,
        quantity: Decimal::from(line.quantity),
        unit: PIECE.to_owned(),
        unit_price: line.unit_price.amount,
        discount: None,
        net: line.net.amount,
        category: category(line.tax_percent),
        rate: percent(line.tax_percent),
    }
}

/// Converts the tax at one rate.
pub(super) fn tax(sum: &TaxSum) -> builder_einvoice::TaxSum {
    builder_einvoice::TaxSum {
        category: category(sum.rate),
        rate: percent(sum.rate),
        base: sum.base.amount,
        tax: sum.tax.amount,
        exemption: None,
    }
}

fn category(rate: TaxRate) -> Category {
    if rate.millionths() == 0 { Category::Zero } else { Category::Standard }
}

/// Returns a rate in percent: 19 for 19 %.
fn percent(rate: TaxRate) -> Decimal {
    Decimal::from_i128_with_scale(rate.millionths(), TaxRate::DECIMALS).normalize()
}
