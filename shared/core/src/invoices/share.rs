//! Calculates the shares of an invoice that a credit note credits. Pure integer arithmetic on minor
//! units.
//!
//! An amount is divided among the tax rates in proportion to what is left of each, and within a
//! rate it is split into tax and base by the rate itself, rounded half up. The base is divided
//! among the lines in proportion to what is left of each. Shares are whole minor units: each gets
//! its exact share rounded down, and the remaining units are assigned one each to those with the
//! largest remainders, in case of a tie to the earlier one (largest remainder method).
//!
//! Because the proportions are those of what is left, no share is ever negative or exceeds it, and
//! crediting the whole rest credits exactly what is left, whatever was credited before.

use crate::orders::pricing::RateAmounts;
use crate::products::TaxRate;

/// What is left of an invoice to credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// The lines: their rate, and the amount that is left, excluding tax.
    pub lines: Vec<(TaxRate, i64)>,
    /// The amounts that are left at each rate: base and tax.
    pub taxes: Vec<RateAmounts>,
}

/// The credited amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Per line, excluding tax.
    pub lines: Vec<i64>,
    /// Per rate.
    pub taxes: Vec<RateAmounts>,
}

impl Remaining {
    /// Returns the total that is left, including tax.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.taxes.iter().map(|sum| sum.base + sum.tax).sum()
    }

    /// Allocates `amount`, including tax; `None` unless 0 < `amount` ≤ [`Self::total`].
    #[must_use]
    pub fn share(&self, amount: i64) -> Option<Allocation> {
        if amount <= 0 || amount > self.total() {
            return None;
        }
        let gross: Vec<i64> = self.taxes.iter().map(|sum| sum.base + sum.tax).collect();
        let taxes: Vec<RateAmounts> = self
            .taxes
            .iter()
            .zip(apportion(amount, &gross))
            .map(|(left, gross)| split(left, gross))
            .collect();
        let mut lines = vec![0; self.lines.len()];
        for sum in &taxes {
            let of_rate: Vec<usize> =
                (0..self.lines.len()).filter(|line| self.lines[*line].0 == sum.rate).collect();
            let left: Vec<i64> = of_rate.iter().map(|line| self.lines[*line].1).collect();
            for (line, share) in of_rate.into_iter().zip(apportion(sum.base, &left)) {
                lines[line] = share;
            }
        }
        Some(Allocation { lines, taxes })
    }
}

/// Splits `gross` into base and tax by the rate, limited to what is left of each.
fn split(left: &RateAmounts, gross: i64) -> RateAmounts {
    let rate = left.rate.millionths();
    let (dividend, divisor) = (i128::from(gross) * rate, TaxRate::WHOLE + rate);
    let exact = i64::try_from((2 * dividend + divisor) / (2 * divisor)).unwrap_or(gross);
    let tax = exact.clamp((gross - left.base).max(0), gross.min(left.tax));
    RateAmounts { rate: left.rate, base: gross - tax, tax }
}

/// Divides `total` in proportion to `weights`, none of which is negative, and whose sum is at least
/// `total`.
fn apportion(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<i128> =
        weights.iter().map(|weight| i128::from(*weight) * i128::from(total)).collect();
    let mut shares: Vec<i64> =
        exact.iter().map(|exact| i64::try_from(exact / sum).unwrap_or(i64::MAX)).collect();
    let left = usize::try_from(total - shares.iter().sum::<i64>()).unwrap_or(0);
    let mut losers: Vec<usize> = (0..weights.len()).collect();
    // The sort is stable, so those with equal remainders stay in their order.
    losers.sort_by_key(|index| std::cmp::Reverse(exact[*index] % sum));
    for index in losers.into_iter().take(left) {
        shares[index] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::orders::pricing::{Item, price};

    fn left_of(items: &[Item]) -> Option<Remaining> {
        let totals = price(items).ok()?;
        let lines =
            items.iter().zip(&totals.lines).map(|(item, line)| (item.rate, line.net)).collect();
        Some(Remaining { lines, taxes: totals.taxes })
    }

    fn less(left: &Remaining, share: &Allocation) -> Remaining {
        let lines = left
            .lines
            .iter()
            .zip(&share.lines)
            .map(|((rate, net), share)| (*rate, net - share))
            .collect();
        let taxes = left.taxes.iter().zip(&share.taxes);
        let taxes = taxes.map(|(left, share)| RateAmounts {
            base: left.base - share.base,
            tax: left.tax - share.tax,
            ..*left
        });
        Remaining { lines, taxes: taxes.collect() }
    }

    fn item(unit_price: i64, quantity: u32, rate: &str) -> Item {
        Item { unit_price, quantity, rate: rate.parse().unwrap() }
    }

    #[test]
    fn a_part_is_spread_over_rates_and_lines() {
        // 100.00 at 19 % and 50.00 + 50.00 at 7 %: 119.00 and 107.00.
        let left =
            left_of(&[item(10_000, 1, "19"), item(5_000, 1, "7"), item(5_000, 1, "7")]).unwrap();
        assert_eq!(left.total(), 22_600);
        let share = left.share(2_260).unwrap();
        assert_eq!(share.lines, [1_000, 500, 500]);
        let sums: Vec<_> =
            share.taxes.iter().map(|sum| (sum.rate.to_string(), sum.base, sum.tax)).collect();
        assert_eq!(sums, [("7".to_owned(), 1_000, 70), ("19".to_owned(), 1_000, 190)]);
    }

    #[test]
    fn nothing_more_than_all_and_nothing_less_than_a_unit_is_taken() {
        let left = left_of(&[item(1, 3, "19")]).unwrap();
        assert_eq!((left.share(0), left.share(-1), left.share(5)), (None, None, None));
        assert_eq!(
            left.share(4).unwrap(),
            Allocation { lines: vec![3], taxes: left.taxes.clone() }
        );
    }

    fn any_items() -> impl Strategy<Value = Vec<Item>> {
        let rate = prop_oneof![
            Just("19"),
            Just("7"),
            Just("0"),
            Just("100"),
            Just("1.0001"),
            Just("8.875")
        ];
        prop::collection::vec((prop_oneof![0..20i64, 0..=9_999_999i64], 1..30u32, rate), 1..20)
            .prop_map(|items| {
                items
                    .into_iter()
                    .map(|(unit_price, quantity, rate)| item(unit_price, quantity, rate))
                    .collect()
            })
    }

    proptest! {
        /// Zero- and three-decimal currencies need no special case: all amounts are in minor units.
        #[test]
        fn parts_add_up_to_the_whole_whatever_was_taken_before(items in any_items(), parts in prop::collection::vec(1..10_000u32, 0..12)) {
            let Some(mut left) = left_of(&items) else { return Ok(()) };
            for part in parts {
                let amount = i64::try_from(i128::from(left.total()) * i128::from(part) / 20_000).unwrap();
                if amount == 0 {
                    continue;
                }
                let share = left.share(amount).unwrap();
                prop_assert_eq!(share.taxes.iter().map(|sum| sum.base + sum.tax).sum::<i64>(), amount);
                for sum in &share.taxes {
                    let lines = left.lines.iter().zip(&share.lines).filter(|((rate, _), _)| *rate == sum.rate);
                    prop_assert_eq!(lines.map(|(_, share)| share).sum::<i64>(), sum.base);
                }
                let rest = less(&left, &share);
                prop_assert!(share.lines.iter().all(|share| *share >= 0) && rest.lines.iter().all(|(_, net)| *net >= 0));
                let none_negative = |sums: &[RateAmounts]| sums.iter().all(|sum| sum.base >= 0 && sum.tax >= 0);
                prop_assert!(none_negative(&share.taxes) && none_negative(&rest.taxes));
                prop_assert_eq!(left.total() - amount, rest.total());
                left = rest;
            }
            if left.total() > 0 {
                let all = left.share(left.total()).unwrap();
                prop_assert_eq!(all.lines, left.lines.iter().map(|(_, net)| *net).collect::<Vec<_>>());
                prop_assert_eq!(all.taxes, left.taxes);
            }
        }

        #[test]
        fn a_first_part_has_the_tax_of_its_base(items in any_items(), part in 1..=1_000u32) {
            let Some(left) = left_of(&items) else { return Ok(()) };
            let Some(share) = left.share(i64::try_from(i128::from(left.total()) * i128::from(part) / 1_000).unwrap()) else { return Ok(()) };
            for (left, sum) in left.taxes.iter().zip(&share.taxes) {
                // The base and the tax are each rounded by at most half a unit, unless they are
                // limited by what is left.
                let off = i128::from(sum.tax) * TaxRate::WHOLE - i128::from(sum.base) * sum.rate.millionths();
                let bounded = sum.base == left.base || sum.tax == left.tax;
                prop_assert!(bounded || off.abs() <= TaxRate::WHOLE, "{:?} of {:?}", sum, left);
            }
        }
    }
}
