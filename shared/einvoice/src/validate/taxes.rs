//! The tax per category and rate, and the requirements of categories for the parties.

use rust_decimal::Decimal;

use super::{Findings, Purpose};
use crate::document::{Category, Document, TaxSum};

pub(super) fn check(document: &Document, purpose: Purpose, found: &mut Findings) {
    found.hold(!document.taxes.is_empty(), "taxes", "BR-CO-18", "must be at least one");
    for (index, line) in document.lines.iter().enumerate() {
        let listed = document.taxes.iter().any(|sum| belongs(sum, line.category, line.rate));
        found.hold(
            listed,
            format!("lines[{index}].rate"),
            rules(line.category).listed,
            "must have an entry in taxes with this category",
        );
    }
    for (index, sum) in document.taxes.iter().enumerate() {
        let field = |name: &str| format!("taxes[{index}].{name}");
        let first =
            !document.taxes[..index].iter().any(|other| belongs(other, sum.category, sum.rate));
        found.hold(
            first,
            field("rate"),
            rules(sum.category).listed,
            "must be listed once for each category",
        );
        let lines = document.lines.iter().filter(|line| belongs(sum, line.category, line.rate));
        let (count, base) = lines
            .fold((0_i64, 0_i128), |(count, base), line| (count + 1, base + i128::from(line.net)));
        // A credit note of a few minor units may credit only the tax of a rate.
        found.hold(
            count > 0 || purpose == Purpose::Paper,
            field("base"),
            rules(sum.category).base,
            "must have lines of this category and rate",
        );
        found.hold(
            base == i128::from(sum.base),
            field("base"),
            rules(sum.category).base,
            "must be the sum of its lines",
        );
        amount(sum, document.currency.exponent, purpose, &field("tax"), found);
        exemption(sum, index, found);
        if purpose == Purpose::EInvoice {
            parties(document, sum.category, found);
        }
    }
}

/// Lines of the standard category are summed per rate, those of the others all together.
fn belongs(sum: &TaxSum, category: Category, rate: Decimal) -> bool {
    sum.category == category && (category != Category::Standard || sum.rate == rate)
}

/// Checks the tax of one category and rate. It may be less than one unit of the currency off, as in
/// the official test of BR-CO-17: it may have been rounded for each line, or been divided among
/// several credit notes. A plain PDF isn't checked.
fn amount(sum: &TaxSum, exponent: u8, purpose: Purpose, field: &str, found: &mut Findings) {
    if sum.category != Category::Standard {
        found.hold(
            sum.rate.is_zero(),
            field.replace("tax", "rate"),
            rules(sum.category).rate,
            "must be zero in this category",
        );
        return found.hold(
            sum.tax == 0,
            field,
            rules(sum.category).tax,
            "must be zero in this category",
        );
    }
    if purpose == Purpose::Paper {
        return;
    }
    let product =
        Decimal::from(sum.base).checked_mul(sum.rate).map(|product| product / Decimal::ONE_HUNDRED);
    let off = product
        .and_then(|product| product.checked_sub(Decimal::from(sum.tax)))
        .map(|off| off.abs());
    let allowed = 10_i64.saturating_pow(u32::from(exponent));
    found.hold(
        off.is_some_and(|off| off < Decimal::from(allowed)),
        field,
        "BR-CO-17",
        "must be the base times the rate",
    );
}

fn exemption(sum: &TaxSum, index: usize, found: &mut Findings) {
    let field = format!("taxes[{index}].exemption");
    let given = sum
        .exemption
        .as_ref()
        .filter(|exemption| exemption.reason.is_some() || exemption.code.is_some());
    match sum.category {
        Category::Standard | Category::Zero => {
            found.hold(
                given.is_none(),
                &field,
                rules(sum.category).reason,
                "must not be given in this category",
            );
        }
        _ => found.hold(
            given.is_some(),
            &field,
            rules(sum.category).reason,
            "must be given in this category",
        ),
    }
    if let Some(exemption) = given {
        found.optional(exemption.reason.as_deref(), &format!("{field}.reason"));
        found.optional(exemption.code.as_deref(), &format!("{field}.code"));
        let listed = exemption.code.as_deref().is_none_or(|code| code.starts_with("VATEX-"));
        found.hold(listed, format!("{field}.code"), "BR-CL-22", "must be a code of the VATEX list");
    }
}

/// Checks the identifiers that a category requires or forbids.
fn parties(document: &Document, category: Category, found: &mut Findings) {
    let Document { seller, buyer, .. } = document;
    let registered = seller.vat_id.is_some() || seller.tax_number.is_some();
    let of_seller = match category {
        Category::IntraCommunity | Category::Export => seller.vat_id.is_some(),
        Category::OutsideScope => seller.vat_id.is_none(),
        _ => registered,
    };
    let message = if category == Category::OutsideScope {
        "must not be given outside the scope of VAT"
    } else {
        "must be given in this category"
    };
    found.hold(of_seller, "seller.vat_id", rules(category).parties, message);
    let of_buyer = match category {
        Category::IntraCommunity => buyer.vat_id.is_some(),
        Category::ReverseCharge => buyer.vat_id.is_some() || buyer.registration.is_some(),
        Category::OutsideScope => buyer.vat_id.is_none(),
        _ => true,
    };
    found.hold(of_buyer, "buyer.vat_id", rules(category).parties, message);
    if category == Category::IntraCommunity {
        found.hold(
            document.supplied.is_some(),
            "supplied",
            "BR-IC-11",
            "must be given for a supply within the EU",
        );
        found.hold(
            document.delivered_to.is_some(),
            "delivered_to",
            "BR-IC-12",
            "must be given for a supply within the EU",
        );
    }
    if category == Category::OutsideScope {
        found.hold(
            document.taxes.len() == 1,
            "taxes",
            "BR-O-11",
            "must have no other entry if one is outside the scope of VAT",
        );
    }
}

/// The names of the rules that every category has.
pub(super) struct Rules {
    listed: &'static str,
    parties: &'static str,
    pub(super) rate: &'static str,
    base: &'static str,
    tax: &'static str,
    reason: &'static str,
}

/// Returns the names of a category's rules, which have the same numbers in every category.
pub(super) fn rules(category: Category) -> Rules {
    macro_rules! of {
        ($name:literal) => {
            Rules {
                listed: concat!("BR-", $name, "-01"),
                parties: concat!("BR-", $name, "-02"),
                rate: concat!("BR-", $name, "-05"),
                base: concat!("BR-", $name, "-08"),
                tax: concat!("BR-", $name, "-09"),
                reason: concat!("BR-", $name, "-10"),
            }
        };
    }
    match category {
        Category::Standard => of!("S"),
        Category::Zero => of!("Z"),
        Category::Exempt => of!("E"),
        Category::ReverseCharge => of!("AE"),
        Category::IntraCommunity => of!("IC"),
        Category::Export => of!("G"),
        Category::OutsideScope => of!("O"),
    }
}
