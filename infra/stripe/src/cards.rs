//! Stripe's test cards (docs page "Testing"): by number for a browser, by name for a server.

/// A test card.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) number: &'static str,
    /// The payment method that represents it in test code.
    pub(crate) name: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) funding: &'static str,
    pub(crate) country: &'static str,
    /// Whether the customer must authenticate first ("3D Secure").
    pub(crate) authenticates: bool,
    pub(crate) outcome: Outcome,
}

/// The result of a payment by a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeds,
    Declined(&'static Decline),
    /// It succeeds; its refunds begin as pending and succeed later.
    RefundsPend,
    /// It succeeds; its refunds begin as succeeded and fail later.
    RefundsFail,
}

/// Why a card is declined (docs page "Decline codes").
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    pub(crate) code: &'static str,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) message: &'static str,
    pub(crate) param: Option<&'static str>,
}

const fn declined(decline_code: &'static str, message: &'static str) -> Decline {
    Decline { code: "card_declined", decline_code: Some(decline_code), message, param: None }
}

const fn failed(code: &'static str, message: &'static str, param: Option<&'static str>) -> Decline {
    Decline { code, decline_code: None, message, param }
}

const DECLINED: &str = "Your card was declined.";

static GENERIC: Decline = declined("generic_decline", DECLINED);
static INSUFFICIENT: Decline = declined("insufficient_funds", "Your card has insufficient funds.");
static LOST: Decline = declined("lost_card", DECLINED);
static STOLEN: Decline = declined("stolen_card", DECLINED);
static VELOCITY: Decline = declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount \
     limit.",
);
static EXPIRED: Decline = failed("expired_card", "Your card has expired.", Some("exp_month"));
static INCORRECT_CVC: Decline =
    failed("incorrect_cvc", "Your card's security code is incorrect.", Some("cvc"));
static PROCESSING: Decline = failed(
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    None,
);

const fn card(number: &'static str, name: &'static str, outcome: Outcome) -> Card {
    Card {
        number,
        name,
        brand: "visa",
        funding: "credit",
        country: "US",
        authenticates: false,
        outcome,
    }
}

const fn of(brand: &'static str, funding: &'static str, card: Card) -> Card {
    Card { brand, funding, ..card }
}

const fn secured(number: &'static str, name: &'static str, outcome: Outcome) -> Card {
    Card { authenticates: true, ..card(number, name, outcome) }
}

use Outcome::{Declined, RefundsFail, RefundsPend, Succeeds};

/// Every supported card.
pub(crate) static CARDS: [Card; 25] = [
    card("4242424242424242", "pm_card_visa", Succeeds),
    of("visa", "debit", card("4000056655665556", "pm_card_visa_debit", Succeeds)),
    of("mastercard", "credit", card("5555555555554444", "pm_card_mastercard", Succeeds)),
    of("mastercard", "debit", card("5200828282828210", "pm_card_mastercard_debit", Succeeds)),
    of("amex", "credit", card("378282246310005", "pm_card_amex", Succeeds)),
    of("discover", "credit", card("6011111111111117", "pm_card_discover", Succeeds)),
    Card { country: "DE", ..card("4000002760000016", "pm_card_de", Succeeds) },
    card("4000000000000077", "pm_card_bypassPending", Succeeds),
    card("4000000000000002", "pm_card_visa_chargeDeclined", Declined(&GENERIC)),
    card(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        Declined(&INSUFFICIENT),
    ),
    card("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", Declined(&LOST)),
    card("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", Declined(&STOLEN)),
    card(
        "4000000000006975",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        Declined(&VELOCITY),
    ),
    card("4000000000000069", "pm_card_chargeDeclinedExpiredCard", Declined(&EXPIRED)),
    card("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", Declined(&INCORRECT_CVC)),
    card("4000000000000119", "pm_card_chargeDeclinedProcessingError", Declined(&PROCESSING)),
    card("4000000000007726", "pm_card_pendingRefund", RefundsPend),
    card("4000000000005126", "pm_card_refundFail", RefundsFail),
    secured("4000002500003155", "pm_card_authenticationRequiredOnSetup", Succeeds),
    secured("4000002760003184", "pm_card_authenticationRequired", Succeeds),
    secured(
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        Declined(&INSUFFICIENT),
    ),
    secured("4000000000003220", "pm_card_threeDSecure2Required", Succeeds),
    secured("4000000000003063", "pm_card_threeDSecureRequired", Succeeds),
    secured("4000008400001629", "pm_card_threeDSecureRequiredChargeDeclined", Declined(&GENERIC)),
    secured(
        "4000008400001280",
        "pm_card_threeDSecureRequiredProcessingError",
        Declined(&PROCESSING),
    ),
];

/// Stripe's other names for the same cards.
const ALIASES: [(&str, &str); 3] = [
    ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"),
    ("pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds"),
    ("pm_card_us", "pm_card_visa"),
];

/// Returns the card of a payment method in test code.
pub(crate) fn by_name(name: &str) -> Option<&'static Card> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    CARDS.iter().find(|card| card.name == name)
}

/// Returns the test card with this number.
pub(crate) fn by_number(number: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.number == number)
}

/// Returns whether the check digit of a card number is correct (ISO/IEC 7812-1, annex B).
pub(crate) fn is_plausible(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().rev().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else {
        return false;
    };
    let folded = |(position, digit): (usize, &u32)| {
        if position % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 }
    };
    digits.iter().enumerate().map(folded).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_card_has_a_plausible_number_and_a_name_of_its_own() {
        for card in &CARDS {
            assert!(is_plausible(card.number), "{}", card.number);
            assert_eq!(by_name(card.name).unwrap().number, card.number);
            assert_eq!(by_number(card.number).unwrap().name, card.name);
        }
        assert_eq!(
            CARDS.iter().map(|card| card.number).collect::<BTreeSet<_>>().len(),
            CARDS.len()
        );
        for (alias, name) in ALIASES {
            assert_eq!(by_name(alias).unwrap().name, name);
        }
    }

    #[test]
    fn a_mistyped_number_is_not_plausible() {
        for number in ["4242424242424241", "4242 4242 4242 4242", "", "42", "424242424242424x"] {
            assert!(!is_plausible(number), "{number}");
        }
    }
}
