//! Amounts in Stripe's units: <https://docs.stripe.com/currencies>.
//!
//! They are minor units of ISO 4217, with these exceptions.

use super::ProviderError;
use crate::money::{Currency, Money};

/// Counted with two decimals, though they have none.
const WITH_DECIMALS: [&str; 2] = ["ISK", "UGX"];
/// Counted without decimals, though they have two.
const WITHOUT_DECIMALS: [&str; 1] = ["MGA"];

/// Converts our amount to Stripe's.
pub(super) fn units(money: Money) -> Result<i64, ProviderError> {
    let refused = |why: &str| ProviderError::Refused {
        code: "amount_not_chargeable".to_owned(),
        message: format!("{money}: {why}"),
    };
    let code = money.currency.code();
    if WITH_DECIMALS.contains(&code) {
        return money.amount.checked_mul(100).ok_or_else(|| refused("too large"));
    }
    if WITHOUT_DECIMALS.contains(&code) {
        return if money.amount % 100 == 0 {
            Ok(money.amount / 100)
        } else {
            Err(refused("must be a whole unit"))
        };
    }
    // "The last digit of three-decimal currencies has to be 0."
    if money.currency.decimals() == 3 && money.amount % 10 != 0 {
        return Err(refused("its last digit must be 0"));
    }
    Ok(money.amount)
}

/// Converts Stripe's amount to ours.
pub(super) fn money(units: i64, currency: &str) -> Result<Money, ProviderError> {
    let unknown = || {
        ProviderError::Unavailable(
            format!(
                "Stripe returned an invalid amount: \
     {units} {currency}"
            )
            .into(),
        )
    };
    let currency = Currency::from_code(&currency.to_uppercase()).ok_or_else(unknown)?;
    let amount = match currency.code() {
        code if WITH_DECIMALS.contains(&code) => (units % 100 == 0).then_some(units / 100),
        code if WITHOUT_DECIMALS.contains(&code) => units.checked_mul(100),
        _ => Some(units),
    };
    Ok(Money::new(amount.ok_or_else(unknown)?, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_converted_in_both_directions() {
        let of = |amount, code| Money::new(amount, Currency::from_code(code).unwrap());
        for (ours, theirs) in [
            (of(1999, "EUR"), 1999),
            (of(1999, "JPY"), 1999),
            (of(1990, "KWD"), 1990),
            (of(5, "ISK"), 500),
            (of(5, "UGX"), 500),
            (of(500, "MGA"), 5),
        ] {
            assert_eq!(units(ours).unwrap(), theirs, "{ours}");
            assert_eq!(money(theirs, &ours.currency.code().to_lowercase()).unwrap(), ours);
        }
        for bad in [of(1999, "KWD"), of(550, "MGA"), of(i64::MAX, "ISK")] {
            assert!(matches!(units(bad), Err(ProviderError::Refused { .. })), "{bad}");
        }
    }
}
