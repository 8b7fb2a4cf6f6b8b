//! Checks each line.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::Findings;
use super::taxes::rules;
use crate::document::{Category, Document, Line};

pub(super) fn check(document: &Document, found: &mut Findings) {
    found.hold(!document.lines.is_empty(), "lines", "BR-16", "must be at least one");
    let mut positions = HashSet::new();
    for (index, line) in document.lines.iter().enumerate() {
        let field = |name: &str| format!("lines[{index}].{name}");
        found.required(&line.position, &field("position"), "BR-21");
        found.hold(
            positions.insert(line.position.trim()),
            field("position"),
            "BT-126",
            "must be unique among the lines",
        );
        found.optional(line.sku.as_deref(), &field("sku"));
        found.required(&line.name, &field("name"), "BR-25");
        found.optional(line.description.as_deref(), &field("description"));
        let code = !line.unit.is_empty()
            && line
                .unit
                .bytes()
                .all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase());
        found.hold(
            code,
            field("unit"),
            "BR-23",
            "must be a code of UN/ECE recommendation 20 or 21",
        );
        found.hold(line.unit_price >= 0, field("unit_price"), "BR-27", "must not be negative");
        if let Some(discount) = &line.discount {
            found.required(&discount.reason, &field("discount.reason"), "BR-42");
            found.hold(
                discount.amount >= 0,
                field("discount.amount"),
                "BT-136",
                "must not be negative",
            );
        }
        found.hold(
            net_agrees(line),
            field("net"),
            "PEPPOL-EN16931-R120",
            "must be quantity times unit price, less the discount",
        );
        rate(line, &field("rate"), found);
    }
}

/// Returns whether the line's amount is the exact product, rounded. A half may have been rounded up
/// or down.
fn net_agrees(line: &Line) -> bool {
    let discount = line.discount.as_ref().map_or(0, |discount| discount.amount);
    let Some(wanted) = line.net.checked_add(discount).map(Decimal::from) else { return false };
    let Some(product) = line.quantity.checked_mul(Decimal::from(line.unit_price)) else {
        return false;
    };
    product.checked_sub(wanted).is_some_and(|off| off.abs() <= Decimal::new(5, 1))
}

fn rate(line: &Line, field: &str, found: &mut Findings) {
    if line.category == Category::Standard {
        let above = line.rate > Decimal::ZERO && line.rate <= Decimal::ONE_HUNDRED;
        return found.hold(
            above,
            field,
            rules(line.category).rate,
            "must be above zero, and at most 100",
        );
    }
    found.hold(
        line.rate.is_zero(),
        field,
        rules(line.category).rate,
        "must be zero in this category",
    );
}
