//! Prices orders. Pure integer arithmetic on minor units.
//!
//! Tax is computed per rate on the summed base and rounded half up once, so that rounding errors of
//! lines can't add up. The rounded tax is then divided among the lines by the largest remainder
//! method: each gets its exact tax rounded down, and the remaining units are assigned one each to
//! the lines with the largest remainders, in case of a tie to the earlier line. The lines' taxes
//! therefore sum to the rate's tax, and each differs from the exact tax by less than a minor unit.

use std::collections::BTreeMap;

use crate::money::{MAX_AMOUNT, half_up};
use crate::products::TaxRate;

/// A line to price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The price of one unit excluding tax, in minor units, not negative.
    pub unit_price: i64,
    /// The quantity.
    pub quantity: u32,
    /// The tax rate.
    pub rate: TaxRate,
}

/// The amounts of a line, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineAmounts {
    /// The amount excluding tax.
    pub net: i64,
    /// The line's share of the tax.
    pub tax: i64,
    /// The item total, including tax.
    pub gross: i64,
}

/// The amounts at one rate, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateAmounts {
    /// The rate.
    pub rate: TaxRate,
    /// The total of the lines at this rate, excluding tax.
    pub base: i64,
    /// The tax amount.
    pub tax: i64,
}

/// The amounts of the order, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The lines, in the order of the items.
    pub lines: Vec<LineAmounts>,
    /// The tax per rate, lowest rate first.
    pub taxes: Vec<RateAmounts>,
    /// The total excluding tax.
    pub subtotal: i64,
    /// The total tax.
    pub tax: i64,
    /// The total, including tax.
    pub total: i64,
}

/// The error for a total that exceeds [`MAX_AMOUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the total would exceed {MAX_AMOUNT} minor units")]
pub struct TotalTooLarge;

/// Prices `items`, all of one currency.
///
/// # Errors
/// [`TotalTooLarge`].
pub fn price(items: &[Item]) -> Result<Totals, TotalTooLarge> {
    let nets: Vec<i128> =
        items.iter().map(|item| i128::from(item.unit_price) * i128::from(item.quantity)).collect();
    let mut by_rate: BTreeMap<TaxRate, Vec<usize>> = BTreeMap::new();
    for (line, item) in items.iter().enumerate() {
        by_rate.entry(item.rate).or_default().push(line);
    }
    let mut line_taxes = vec![0; items.len()];
    let mut taxes = Vec::with_capacity(by_rate.len());
    for (rate, lines) in &by_rate {
        let bases: Vec<i128> = lines.iter().map(|line| nets[*line]).collect();
        let base: i128 = bases.iter().sum();
        let tax = half_up(base * rate.millionths(), TaxRate::WHOLE);
        for (line, share) in lines.iter().zip(spread(tax, &bases, *rate)) {
            line_taxes[*line] = share;
        }
        taxes.push((*rate, base, tax));
    }
    let subtotal: i128 = nets.iter().sum();
    let tax: i128 = taxes.iter().map(|(_, _, tax)| tax).sum();
    // Nothing is negative, so no part exceeds the total.
    let total = amount(subtotal + tax)?;
    Ok(Totals {
        lines: nets
            .iter()
            .zip(&line_taxes)
            .map(|(net, tax)| {
                Ok(LineAmounts {
                    net: amount(*net)?,
                    tax: amount(*tax)?,
                    gross: amount(net + tax)?,
                })
            })
            .collect::<Result<_, _>>()?,
        taxes: taxes
            .into_iter()
            .map(|(rate, base, tax)| {
                Ok(RateAmounts { rate, base: amount(base)?, tax: amount(tax)? })
            })
            .collect::<Result<_, _>>()?,
        subtotal: amount(subtotal)?,
        tax: amount(tax)?,
        total,
    })
}

/// Divides `tax`, the rounded tax on all `bases`, among them by the largest remainder method.
fn spread(tax: i128, bases: &[i128], rate: TaxRate) -> Vec<i128> {
    let exact: Vec<i128> = bases.iter().map(|base| base * rate.millionths()).collect();
    let mut shares: Vec<i128> = exact.iter().map(|exact| exact / TaxRate::WHOLE).collect();
    let left = usize::try_from(tax - shares.iter().sum::<i128>()).unwrap_or(0);
    let mut losers: Vec<usize> = (0..bases.len()).collect();
    // The sort is stable, so lines with equal remainders stay in their order.
    losers.sort_by_key(|line| std::cmp::Reverse(exact[*line] % TaxRate::WHOLE));
    for line in losers.into_iter().take(left) {
        shares[line] += 1;
    }
    shares
}

fn amount(value: i128) -> Result<i64, TotalTooLarge> {
    i64::try_from(value).ok().filter(|amount| *amount <= MAX_AMOUNT).ok_or(TotalTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(unit_price: i64, quantity: u32, rate: &str) -> Item {
        Item { unit_price, quantity, rate: rate.parse().unwrap() }
    }

    fn taxes(items: &[Item]) -> (Vec<i64>, Vec<i64>) {
        let totals = price(items).unwrap();
        (
            totals.taxes.iter().map(|due| due.tax).collect(),
            totals.lines.iter().map(|line| line.tax).collect(),
        )
    }

    #[test]
    fn half_a_minor_unit_is_rounded_up() {
        for (price, rate, tax) in [
            (50, "1", 1),
            (49, "1", 0),
            (150, "1", 2),
            (250, "1", 3),
            (10, "19", 2),
            (1, "50", 1),
            (1, "49.9999", 0),
        ] {
            assert_eq!(taxes(&[item(price, 1, rate)]).0, [tax], "{rate} % of {price}");
        }
    }

    #[test]
    fn tax_is_rounded_once_per_rate_and_not_per_line() {
        // Each line's 0.19 is rounded to zero; their sum is 0.57.
        assert_eq!(
            taxes(&[item(1, 1, "19"), item(1, 1, "19"), item(1, 1, "19")]),
            (vec![1], vec![1, 0, 0])
        );
    }

    #[test]
    fn remaining_units_are_assigned_by_largest_remainder() {
        // 19 %: 1.90 + 1.71 + 1.90 = 5.51, rounded to 6: each is 1 rounded down, plus 1.
        assert_eq!(taxes(&[item(10, 1, "19"), item(9, 1, "19"), item(10, 1, "19")]).1, [2, 2, 2]);
        // 7 %: 0.70 + 0.35 + 0.70 = 1.75, rounded to 2: the two with the largest remainder, 0.70.
        assert_eq!(taxes(&[item(10, 1, "7"), item(5, 1, "7"), item(10, 1, "7")]).1, [1, 0, 1]);
        // 5 %: 3 × 0.50 = 1.50, rounded to 2: the first two of equal remainders.
        assert_eq!(taxes(&[item(10, 1, "5"), item(10, 1, "5"), item(10, 1, "5")]).1, [1, 1, 0]);
    }

    #[test]
    fn tax_is_summed_per_rate_regardless_of_notation() {
        let totals = price(&[
            item(1999, 3, "19"),
            item(1000, 1, "7"),
            item(500, 2, "19.00"),
            item(1, 1, "0"),
        ])
        .unwrap();
        let sums: Vec<_> =
            totals.taxes.iter().map(|due| (due.rate.to_string(), due.base, due.tax)).collect();
        assert_eq!(sums, [("0".into(), 1, 0), ("7".into(), 1000, 70), ("19".into(), 6997, 1329)]);
        assert_eq!((totals.subtotal, totals.tax, totals.total), (7998, 1399, 9397));
    }

    #[test]
    fn excessive_totals_are_rejected_without_overflow() {
        assert_eq!(price(&vec![item(i64::MAX, u32::MAX, "100"); 50]), Err(TotalTooLarge));
        assert_eq!(price(&[item(MAX_AMOUNT, 1, "0")]).unwrap().total, MAX_AMOUNT);
        assert_eq!(price(&[item(MAX_AMOUNT, 1, "1.0001")]), Err(TotalTooLarge));
    }

    fn any_items() -> impl Strategy<Value = Vec<Item>> {
        let rate = prop_oneof![Just(190_000u32), Just(70_000), Just(0), 10_000..=1_000_000u32];
        let item = (
            prop_oneof![0..100i64, 0..=100_000_000i64],
            prop_oneof![1..10u32, 1..=10_000u32],
            rate,
        );
        prop::collection::vec(item, 1..=50).prop_map(|items| {
            let rate = |millionths: u32| {
                format!("{}.{:04}", millionths / 10_000, millionths % 10_000).parse().unwrap()
            };
            items
                .into_iter()
                .map(|(unit_price, quantity, millionths)| Item {
                    unit_price,
                    quantity,
                    rate: rate(millionths),
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn sums_agree_and_lines_differ_by_less_than_a_minor_unit(items in any_items()) {
            // Some draws exceed the maximum total.
            let Ok(totals) = price(&items) else { return Ok(()) };
            prop_assert_eq!(totals.subtotal + totals.tax, totals.total);
            prop_assert_eq!(totals.lines.iter().map(|line| line.net).sum::<i64>(), totals.subtotal);
            prop_assert_eq!(totals.lines.iter().map(|line| line.gross).sum::<i64>(), totals.total);
            prop_assert_eq!(totals.taxes.iter().map(|due| due.tax).sum::<i64>(), totals.tax);
            prop_assert_eq!(totals.taxes.iter().map(|due| due.base).sum::<i64>(), totals.subtotal);
            for due in &totals.taxes {
                let lines = || items.iter().zip(&totals.lines).filter(|(item, _)| item.rate == due.rate);
                prop_assert_eq!(lines().map(|(_, line)| line.tax).sum::<i64>(), due.tax);
                // Half up: 2·|rounded − exact| ≤ 1, and equal only if rounded up.
                let off = 2 * (i128::from(due.tax) * TaxRate::WHOLE - i128::from(due.base) * due.rate.millionths());
                prop_assert!(-TaxRate::WHOLE < off && off <= TaxRate::WHOLE, "{:?}", due);
            }
            for (item, line) in items.iter().zip(&totals.lines) {
                let off = i128::from(line.tax) * TaxRate::WHOLE - i128::from(line.net) * item.rate.millionths();
                prop_assert!(off.abs() < TaxRate::WHOLE, "{:?} {:?}", item, line);
                prop_assert_eq!(line.net, item.unit_price * i64::from(item.quantity));
            }
        }

        #[test]
        fn pricing_is_deterministic_and_independent_per_rate(items in any_items()) {
            prop_assert_eq!(price(&items), price(&items));
            if let Ok(totals) = price(&items) {
                let first = items[0].rate;
                let alone: Vec<Item> = items.iter().copied().filter(|item| item.rate == first).collect();
                let sum = totals.taxes.iter().find(|due| due.rate == first);
                let alone = price(&alone).unwrap();
                prop_assert_eq!(alone.taxes.first(), sum);
            }
        }
    }
}
