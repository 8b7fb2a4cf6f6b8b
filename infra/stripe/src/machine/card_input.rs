//! The card of a call: a payment method by name, or, from a browser, its number.

use crate::cards;
use crate::error::ApiError;
use crate::objects::method::Method;
use crate::request::params::Params;

use super::Call;

/// A card given by its number.
#[derive(Debug)]
pub(super) struct Typed {
    number: String,
    exp_month: i64,
    exp_year: i64,
    cvc: Option<String>,
    email: Option<String>,
    name: Option<String>,
}

/// The payment method of a call.
#[derive(Debug)]
pub(super) enum Given {
    Named(String),
    Typed(Typed),
}

impl Given {
    /// Takes `payment_method` or `payment_method_data`.
    pub(super) fn take(params: &mut Params) -> Result<Option<Self>, ApiError> {
        let named = params.text("payment_method")?.map(Self::Named);
        let Some(mut data) = params.inner("payment_method_data")? else { return Ok(named) };
        if named.is_some() {
            let message = "You may only specify one of these parameters: payment_method, \
                 payment_method_data.";
            return Err(ApiError::invalid(message)
                .code("parameters_exclusive")
                .param("payment_method_data"));
        }
        data.required("type").and_then(|kind| match kind.as_str() {
            "card" => Ok(()),
            other => {
                Err(ApiError::invalid(format!("The local Stripe knows cards only, not '{other}'."))
                    .param("payment_method_data[type]"))
            }
        })?;
        let mut card =
            data.inner("card")?.ok_or_else(|| ApiError::missing("payment_method_data[card]"))?;
        let mut billing = data.inner("billing_details")?.unwrap_or_default();
        let typed = Typed {
            number: card.required("number")?.replace([' ', '-'], ""),
            exp_month: card
                .integer("exp_month")?
                .ok_or_else(|| ApiError::missing("payment_method_data[card][exp_month]"))?,
            exp_year: card
                .integer("exp_year")?
                .ok_or_else(|| ApiError::missing("payment_method_data[card][exp_year]"))?,
            cvc: card.text("cvc")?,
            email: billing.text("email")?,
            name: billing.text("name")?,
        };
        card.finish()?;
        billing.finish()?;
        data.finish()?;
        Ok(Some(Self::Typed(typed)))
    }

    /// Returns whether a card number was given, which is not allowed with a secret key.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self, Self::Typed(_))
    }

    /// Returns the payment method: an existing one, or a new one.
    ///
    /// # Errors
    /// If it doesn't exist, was used before, or the number is invalid.
    pub(super) fn resolve(self, call: &mut Call<'_>) -> Result<String, ApiError> {
        match self {
            Self::Named(name) => named(call, name),
            Self::Typed(typed) => {
                let year =
                    if typed.exp_year < 100 { typed.exp_year + 2_000 } else { typed.exp_year };
                check(&typed, year, call.now())?;
                Ok(keep(call, typed.number, (typed.exp_month, year), typed.email, typed.name))
            }
        }
    }
}

fn named(call: &mut Call<'_>, name: String) -> Result<String, ApiError> {
    if let Some(card) = cards::by_name(&name) {
        let (year, _) = year_and_month(call.now());
        return Ok(keep(call, card.number.to_owned(), (12, year + 4), None, None));
    }
    match call.method(&name) {
        Some(method) if method.used => {
            let message = "The provided PaymentMethod was previously used with a PaymentIntent \
                 without Customer attachment, shared with a connected account without Customer \
                 attachment, or was detached from a Customer. It may not be used again. To use a \
                 PaymentMethod multiple times, you must attach it to a Customer first.";
            Err(ApiError::invalid(message).executed())
        }
        Some(_) => Ok(name),
        // Not 404: the path is valid.
        None => {
            let error = ApiError::invalid(format!("No such PaymentMethod: '{name}'"));
            Err(error.code("resource_missing").param("payment_method").executed())
        }
    }
}

fn keep(
    call: &mut Call<'_>,
    number: String,
    (exp_month, exp_year): (i64, i64),
    email: Option<String>,
    name: Option<String>,
) -> String {
    let id = call.ids.make("pm");
    let method = Method {
        id: id.clone(),
        created: call.now(),
        number,
        exp_month,
        exp_year,
        email,
        name,
        used: false,
    };
    call.change.methods.push(method);
    id
}

/// Checks what Stripe checks before any bank is involved (docs page "Testing", "Invalid data").
fn check(card: &Typed, exp_year: i64, now: i64) -> Result<(), ApiError> {
    if !cards::is_plausible(&card.number) {
        return Err(ApiError::card("incorrect_number", None, "Your card number is incorrect.")
            .param("number"));
    }
    let (year, month) = year_and_month(now);
    if exp_year < year || exp_year > year + 50 {
        return Err(ApiError::card(
            "invalid_expiry_year",
            None,
            "Your card's expiration year is invalid.",
        )
        .param("exp_year"));
    }
    if !(1..=12).contains(&card.exp_month) || (exp_year == year && card.exp_month < month) {
        return Err(ApiError::card(
            "invalid_expiry_month",
            None,
            "Your card's expiration month is invalid.",
        )
        .param("exp_month"));
    }
    let digits = |cvc: &String| {
        (3..=4).contains(&cvc.len()) && cvc.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !card.cvc.as_ref().is_none_or(digits) {
        return Err(ApiError::card("invalid_cvc", None, "Your card's security code is invalid.")
            .param("cvc"));
    }
    if cards::by_number(&card.number).is_none() {
        let message = "Your card was declined. Your request was in test mode, but used a non test \
             card. For a list of valid test cards, visit: https://stripe.com/docs/testing.";
        return Err(ApiError::card("card_declined", Some("test_mode_live_card"), message));
    }
    Ok(())
}

/// Returns the year and month of a time, in UTC.
fn year_and_month(seconds: i64) -> (i64, i64) {
    let time =
        jiff::Timestamp::from_second(seconds).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    (time.year().into(), time.month().into())
}
