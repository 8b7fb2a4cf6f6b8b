//! Calculates what a credit note credits of an invoice. Pure integer arithmetic on minor units.
//!
//! An amount is first divided among the tax rates: the part that returned items explain by their
//! values, the rest in proportion to what is left of each rate. Within a rate, the tax is the
//! invoice's tax in proportion to all that has been credited of the rate including this amount,
//! rounded half up, less the tax that was credited before. Rounding errors of many credit notes
//! therefore don't add up. The base is divided among the lines as the amount is among the rates.
//!
//! Shares are whole minor units: each gets its exact share rounded down, and the remaining units
//! are assigned one each to those with the largest remainders, in case of a tie to the earlier one
//! (largest remainder method). No share is ever negative or exceeds what is left, and crediting the
//! whole rest credits exactly what is left.

use crate::money::half_up;
use crate::orders::pricing::RateAmounts;
use crate::products::TaxRate;

/// The amounts of an invoice that can still be credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    lines: Vec<LineRemaining>,
    rates: Vec<RateRemaining>,
    /// The number of minor units in one unit of the currency.
    unit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LineRemaining {
    rate: TaxRate,
    /// The amount that is left, excluding tax.
    net: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RateRemaining {
    charged: RateAmounts,
    left: RateAmounts,
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
    /// Returns what is left of an invoice that nothing was credited of: its lines, each with the
    /// amount excluding tax, and its taxes. `unit` is the number of minor units in one unit of the
    /// currency.
    #[must_use]
    pub fn of(
        lines: impl IntoIterator<Item = (TaxRate, i64)>,
        taxes: impl IntoIterator<Item = RateAmounts>,
        unit: i64,
    ) -> Self {
        Self {
            lines: lines.into_iter().map(|(rate, net)| LineRemaining { rate, net }).collect(),
            rates: taxes
                .into_iter()
                .map(|charged| RateRemaining { charged, left: charged })
                .collect(),
            unit,
        }
    }

    /// Subtracts what a credit note credited: the amount of each line excluding tax, and the base
    /// and tax of each rate.
    pub fn subtract(&mut self, lines: &[i64], taxes: &[(i64, i64)]) {
        self.lines.iter_mut().zip(lines).for_each(|(line, net)| line.net -= net);
        self.rates.iter_mut().zip(taxes).for_each(|(rate, (base, tax))| {
            rate.left.base -= base;
            rate.left.tax -= tax;
        });
    }

    /// Returns the amounts that are left of each rate.
    pub fn taxes(&self) -> impl Iterator<Item = RateAmounts> + '_ {
        self.rates.iter().map(|rate| rate.left)
    }

    /// Returns the total that is left, including tax.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.taxes().map(gross).sum()
    }

    /// Allocates `amount`, including tax; `None` unless 0 < `amount` ≤ [`Self::total`]. `values`
    /// are those of the returned items, including tax, one for each line; the slice is empty if
    /// no items are returned.
    #[must_use]
    pub fn share(&self, amount: i64, values: &[i64]) -> Option<Allocation> {
        if amount <= 0 || amount > self.total() {
            return None;
        }
        let value = |line: usize| values.get(line).copied().unwrap_or(0);
        let of_rate = |rate: TaxRate| -> Vec<usize> {
            (0..self.lines.len()).filter(|line| self.lines[*line].rate == rate).collect()
        };
        let returned: Vec<i64> =
            self.taxes().map(|left| of_rate(left.rate).into_iter().map(value).sum()).collect();
        let left: Vec<i64> = self.taxes().map(gross).collect();
        let taxes: Vec<RateAmounts> = self
            .rates
            .iter()
            .zip(apportion_first(amount, &returned, &left))
            .map(|(rate, amount)| rate.split(amount, self.unit))
            .collect();
        let mut lines = vec![0; self.lines.len()];
        for sum in &taxes {
            let of_rate = of_rate(sum.rate);
            let left: Vec<i64> = of_rate.iter().map(|line| self.lines[*line].net).collect();
            let nets: Vec<i64> =
                of_rate.iter().map(|line| net_of(value(*line), sum.rate)).collect();
            for (line, share) in of_rate.into_iter().zip(apportion_first(sum.base, &nets, &left)) {
                lines[line] = share;
            }
        }
        Some(Allocation { lines, taxes })
    }
}

impl RateRemaining {
    /// Splits an amount into base and tax.
    fn split(&self, amount: i64, unit: i64) -> RateAmounts {
        let (charged, left) = (self.charged, self.left);
        let credited = gross(charged) - gross(left) + amount;
        let due = half_up(
            i128::from(charged.tax) * i128::from(credited),
            i128::from(gross(charged)).max(1),
        );
        let mut tax = to_units(due) - (charged.tax - left.tax);
        // Neither this document nor one of the whole rest may violate the rule.
        if let Some((lowest, highest)) = tolerated(gross(left) - amount, charged.rate, unit) {
            tax = tax.clamp(left.tax - highest, left.tax - lowest);
        }
        if let Some((lowest, highest)) = tolerated(amount, charged.rate, unit) {
            tax = tax.clamp(lowest, highest);
        }
        tax = tax.clamp((amount - left.base).max(0), amount.min(left.tax));
        RateAmounts { rate: charged.rate, base: amount - tax, tax }
    }
}

fn gross(sum: RateAmounts) -> i64 {
    sum.base + sum.tax
}

/// Returns the lowest and the highest tax in `amount` that differs from the base times the rate by
/// less than one unit of the currency, as rule BR-CO-17 of EN 16931 requires; `None` if there is
/// none.
fn tolerated(amount: i64, rate: TaxRate, unit: i64) -> Option<(i64, i64)> {
    let (rate, unit) = (rate.millionths(), i128::from(unit) * TaxRate::WHOLE);
    // |tax × whole - (amount - tax) × rate| < unit × whole
    let (exact, divisor) = (i128::from(amount) * rate, TaxRate::WHOLE + rate);
    let lowest = (exact - unit).div_euclid(divisor) + 1;
    let highest = (exact + unit - 1).div_euclid(divisor);
    let bounds = (i64::try_from(lowest).ok()?, i64::try_from(highest).ok()?);
    (bounds.0 <= bounds.1).then_some(bounds)
}

/// Returns the base in `amount`, rounded half up.
fn net_of(amount: i64, rate: TaxRate) -> i64 {
    to_units(half_up(i128::from(amount) * TaxRate::WHOLE, TaxRate::WHOLE + rate.millionths()))
}

/// Converts an amount that isn't greater than that of the invoice.
fn to_units(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// Divides `total`, at most the sum of `limits`: first among those with a weight, in proportion to
/// the weights, and what exceeds these among all, in proportion to what is left of the limits.
fn apportion_first(total: i64, weights: &[i64], limits: &[i64]) -> Vec<i64> {
    let weights: Vec<i64> =
        weights.iter().zip(limits).map(|(weight, limit)| *weight.min(limit)).collect();
    let first = apportion(total.min(weights.iter().sum()), &weights);
    let left: Vec<i64> = limits.iter().zip(&first).map(|(limit, share)| limit - share).collect();
    let rest = apportion(total - first.iter().sum::<i64>(), &left);
    first.into_iter().zip(rest).map(|(first, rest)| first + rest).collect()
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
    let mut shares: Vec<i64> = exact.iter().map(|exact| to_units(exact / sum)).collect();
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

    fn left_of(items: &[Item], unit: i64) -> Option<Remaining> {
        let totals = price(items).ok()?;
        let lines = items.iter().zip(&totals.lines).map(|(item, line)| (item.rate, line.net));
        Some(Remaining::of(lines, totals.taxes, unit))
    }

    fn subtract(left: &mut Remaining, share: &Allocation) {
        let taxes: Vec<_> = share.taxes.iter().map(|sum| (sum.base, sum.tax)).collect();
        left.subtract(&share.lines, &taxes);
    }

    fn item(unit_price: i64, quantity: u32, rate: &str) -> Item {
        Item { unit_price, quantity, rate: rate.parse().unwrap() }
    }

    /// The rate, base and tax of each rate.
    fn sums(share: &Allocation) -> Vec<(String, i64, i64)> {
        share.taxes.iter().map(|sum| (sum.rate.to_string(), sum.base, sum.tax)).collect()
    }

    /// Returns whether a document with this tax passes the test of rule BR-CO-17.
    fn is_valid(sum: &RateAmounts, unit: i64) -> bool {
        let off =
            i128::from(sum.tax) * TaxRate::WHOLE - i128::from(sum.base) * sum.rate.millionths();
        off.abs() < i128::from(unit) * TaxRate::WHOLE
    }

    #[test]
    fn an_amount_is_divided_among_rates_and_lines() {
        // 100.00 at 19 % and 50.00 + 50.00 at 7 %: 119.00 and 107.00.
        let items = [item(10_000, 1, "19"), item(5_000, 1, "7"), item(5_000, 1, "7")];
        let left = left_of(&items, 100).unwrap();
        assert_eq!(left.total(), 22_600);
        let share = left.share(2_260, &[]).unwrap();
        assert_eq!(share.lines, [1_000, 500, 500]);
        assert_eq!(sums(&share), [("7".to_owned(), 1_000, 70), ("19".to_owned(), 1_000, 190)]);
    }

    #[test]
    fn returned_items_are_credited_at_their_own_rate() {
        let items = [item(10_000, 1, "19"), item(10_000, 2, "7")];
        let left = left_of(&items, 100).unwrap();
        let share = left.share(10_700, &[0, 10_700]).unwrap();
        assert_eq!(share.lines, [0, 10_000]);
        assert_eq!(sums(&share), [("7".to_owned(), 10_000, 700), ("19".to_owned(), 0, 0)]);
        // What exceeds the value of the items is divided as an amount without items.
        let more = left.share(10_700 + 2_260, &[0, 10_700]).unwrap();
        assert_eq!(more.lines, [1_000, 11_000]);
        // A deduction reduces the items' own lines only.
        let less = left.share(10_000, &[0, 10_700]).unwrap();
        assert_eq!((less.lines, less.taxes[0].tax), (vec![0, 9_346], 654));
    }

    #[test]
    fn only_amounts_from_one_minor_unit_to_the_rest_are_allocated() {
        let left = left_of(&[item(1, 3, "19")], 100).unwrap();
        let share = |amount| left.share(amount, &[]);
        assert_eq!((share(0), share(-1), share(5)), (None, None, None));
        let all = Allocation { lines: vec![3], taxes: left.taxes().collect() };
        assert_eq!(share(4).unwrap(), all);
    }

    /// Credits `amount` a number of times, then the rest, and returns the bases and taxes of the
    /// notes.
    fn repeatedly(mut left: Remaining, amount: i64, times: usize) -> Vec<(i64, i64)> {
        let mut notes = Vec::new();
        for note in 0..=times {
            let amount = if note < times { amount } else { left.total() };
            let share = left.share(amount, &[]).unwrap();
            notes.push((share.taxes[0].base, share.taxes[0].tax));
            subtract(&mut left, &share);
        }
        notes
    }

    #[test]
    fn rounding_errors_of_many_notes_do_not_add_up() {
        // Ten items at 2.49 and 19 %, 29.63 in total, are credited at 2.96 each.
        let pieces = repeatedly(left_of(&[item(249, 10, "19")], 100).unwrap(), 296, 9);
        assert_eq!(pieces[9], (251, 48));
        // The tax in 60 × 0.03 is 0.287; each by itself would be rounded to zero.
        let small = repeatedly(left_of(&[item(10_000, 1, "19")], 100).unwrap(), 3, 60);
        assert_eq!(small[..60].iter().map(|(_, tax)| tax).sum::<i64>(), 29);
        assert_eq!(small[60], (10_000 - 151, 1_871));
    }

    fn any_items() -> impl Strategy<Value = Vec<Item>> {
        let rate = prop_oneof![
            Just("19"),
            Just("7"),
            Just("0"),
            Just("25.5"),
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

    /// Parts of what is left, in twenty-thousandths, each with values of returned items in
    /// thousandths of each line.
    fn any_parts() -> impl Strategy<Value = Vec<(u32, Vec<u32>)>> {
        prop::collection::vec((1..10_000u32, prop::collection::vec(0..1_500u32, 0..20)), 0..12)
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(items in any_items(), parts in any_parts(), unit in prop_oneof![Just(1), Just(100), Just(1_000)]) {
            let Some(mut left) = left_of(&items, unit) else { return Ok(()) };
            for (part, values) in parts {
                let amount = i64::try_from(i128::from(left.total()) * i128::from(part) / 20_000).unwrap();
                if amount == 0 {
                    continue;
                }
                let values: Vec<i64> = items
                    .iter()
                    .zip(&values)
                    .map(|(item, share)| item.unit_price * i64::from(item.quantity) * i64::from(*share) / 1_000)
                    .collect();
                let share = left.share(amount, &values).unwrap();
                prop_assert_eq!(share.taxes.iter().copied().map(gross).sum::<i64>(), amount);
                for sum in &share.taxes {
                    let lines = items.iter().zip(&share.lines).filter(|(item, _)| item.rate == sum.rate);
                    prop_assert_eq!(lines.map(|(_, share)| share).sum::<i64>(), sum.base);
                    prop_assert!(is_valid(sum, unit) || unit == 1, "{:?}", sum);
                }
                let before = left.clone();
                subtract(&mut left, &share);
                prop_assert!(share.lines.iter().all(|share| *share >= 0));
                prop_assert!(left.lines.iter().all(|line| line.net >= 0));
                let none_negative = |sum: RateAmounts| sum.base >= 0 && sum.tax >= 0;
                prop_assert!(share.taxes.iter().copied().all(none_negative) && left.taxes().all(none_negative));
                prop_assert_eq!(before.total() - amount, left.total());
            }
            if left.total() > 0 {
                let all = left.share(left.total(), &[]).unwrap();
                prop_assert_eq!(&all.lines, &left.lines.iter().map(|line| line.net).collect::<Vec<_>>());
                prop_assert_eq!(&all.taxes, &left.taxes().collect::<Vec<_>>());
                for sum in &all.taxes {
                    prop_assert!(is_valid(sum, unit) || unit == 1, "{:?}", sum);
                }
            }
        }
    }
}
