//! Currencies and the amounts that may be charged (docs page "Supported currencies").

use crate::error::ApiError;

/// Presentment currencies.
const SUPPORTED: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd \
     bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur \
     fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr \
     kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn \
     nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek \
     sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf \
     xcd xof xpf yer zar zmw";

/// "Zero-decimal currencies": the amount is the price.
const ZERO_DECIMAL: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// "Three-decimal currencies": thousandths, the last digit of which must be 0.
const THREE_DECIMAL: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// "Special cases": currencies without decimals whose amounts have two (support page "Deprecation
/// of fractional ISK charges and refunds").
const WHOLE_HUNDREDS: [&str; 2] = ["isk", "ugx"];

/// "Minimum and maximum charge amounts", in the smallest unit. For other currencies, Stripe
/// converts to the currency of the account's bank; here the minimum is 1.
const MINIMUM: [(&str, i64); 24] = [
    ("usd", 50),
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1_500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17_500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1_000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1_000),
];

/// Eight digits; rupiahs may have twelve.
const MAXIMUM: i64 = 99_999_999;
const MAXIMUM_IDR: i64 = 999_999_999_999;

/// Returns the currency in lower case.
///
/// # Errors
/// If Stripe doesn't support it.
pub(crate) fn check(code: &str) -> Result<String, ApiError> {
    let code = code.to_ascii_lowercase();
    if SUPPORTED.split_ascii_whitespace().any(|supported| supported == code) {
        return Ok(code);
    }
    let list = SUPPORTED.split_ascii_whitespace().collect::<Vec<_>>().join(", ");
    Err(ApiError::invalid(format!(
        "Invalid currency: {code}. Stripe currently supports these currencies: {list}"
    ))
    .param("currency"))
}

/// Checks that this amount may be charged.
///
/// # Errors
/// If it is too low, too high, or more precise than the currency allows.
pub(crate) fn check_amount(amount: i64, currency: &str) -> Result<(), ApiError> {
    check_positive(amount)?;
    let minimum =
        MINIMUM.iter().find(|(code, _)| *code == currency).map_or(1, |(_, minimum)| *minimum);
    if amount < minimum {
        let message = format!("Amount must be at least {} {currency}", show(minimum, currency));
        return Err(ApiError::invalid(message).code("amount_too_small").param("amount"));
    }
    let maximum = if currency == "idr" { MAXIMUM_IDR } else { MAXIMUM };
    if amount > maximum {
        let message = format!("Amount must be no more than {}", show(maximum, currency));
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    check_grain(amount, currency)
}

/// Checks that an amount is positive.
///
/// # Errors
/// If it is not.
pub(crate) fn check_positive(amount: i64) -> Result<(), ApiError> {
    if amount >= 1 {
        return Ok(());
    }
    let error = ApiError::invalid("This value must be greater than or equal to 1.");
    Err(error.code("parameter_invalid_integer").param("amount"))
}

/// Checks that the currency allows the last digits.
///
/// # Errors
/// If it doesn't.
pub(crate) fn check_grain(amount: i64, currency: &str) -> Result<(), ApiError> {
    let (grain, code) = match currency {
        three if THREE_DECIMAL.contains(&three) => (10, "invalid_charge_amount"),
        whole if WHOLE_HUNDREDS.contains(&whole) => {
            (100, "invalid_charge_amount_no_decimal_compatible")
        }
        _ => return Ok(()),
    };
    if amount % grain == 0 {
        return Ok(());
    }
    let message = format!(
        "Invalid amount. Amounts in {} must be evenly divisible by {grain}. See \
         https://stripe.com/docs/currencies#special-cases for more information.",
        currency.to_ascii_uppercase()
    );
    Err(ApiError::invalid(message).code(code).param("amount"))
}

/// Formats an amount: `$10.00`.
pub(crate) fn show(amount: i64, currency: &str) -> String {
    let symbol = match currency {
        "usd" => "$".to_owned(),
        "eur" => "€".to_owned(),
        "gbp" => "£".to_owned(),
        "jpy" => "¥".to_owned(),
        other => format!("{} ", other.to_ascii_uppercase()),
    };
    let (unit, digits) = match currency {
        code if ZERO_DECIMAL.contains(&code) => return format!("{symbol}{amount}"),
        code if THREE_DECIMAL.contains(&code) => (1_000, 3),
        _ => (100, 2),
    };
    format!("{symbol}{}.{:0digits$}", amount / unit, amount % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(amount: i64, currency: &str) -> Option<String> {
        let error = check_amount(amount, currency).err()?;
        error.fields()["code"].as_str().map(str::to_owned)
    }

    #[test]
    fn amounts_have_limits_and_steps_by_currency() {
        for (amount, currency) in [
            (50, "usd"),
            (99_999_999, "eur"),
            (50, "jpy"),
            (1_230, "kwd"),
            (500, "isk"),
            (999_999_999_999, "idr"),
        ] {
            assert_eq!(code(amount, currency), None, "{amount} {currency}");
        }
        assert_eq!(code(49, "usd").as_deref(), Some("amount_too_small"));
        assert_eq!(code(29, "gbp").as_deref(), Some("amount_too_small"));
        assert_eq!(code(100_000_000, "usd").as_deref(), Some("amount_too_large"));
        assert_eq!(code(1_234, "kwd").as_deref(), Some("invalid_charge_amount"));
        assert_eq!(
            code(550, "isk").as_deref(),
            Some("invalid_charge_amount_no_decimal_compatible")
        );
        assert_eq!(code(0, "usd").as_deref(), Some("parameter_invalid_integer"));
        assert_eq!(code(-5, "usd").as_deref(), Some("parameter_invalid_integer"));
    }

    #[test]
    fn amounts_are_shown_with_the_decimals_of_their_currency() {
        assert_eq!(show(1_005, "usd"), "$10.05");
        assert_eq!(show(500, "jpy"), "¥500");
        assert_eq!(show(5_120, "kwd"), "KWD 5.120");
        assert_eq!(show(1_000, "chf"), "CHF 10.00");
    }

    #[test]
    fn currencies_are_case_insensitive() {
        assert_eq!(check("EUR").unwrap(), "eur");
        assert!(check("xyz").is_err() && check("").is_err() && check("us").is_err());
    }
}
