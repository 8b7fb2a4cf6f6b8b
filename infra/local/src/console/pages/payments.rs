//! Payments that wait for a card, and a form that pays with one of Stripe's test cards as the
//! buyer's browser would.

use builder_core::money::{Currency, Money};
use http::StatusCode;
use http::header::HOST;
use http::request::Parts;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::console::answer::{Answer, Trouble, see};
use crate::console::parameters::{Parameters, encoded, link};
use crate::console::site::{Site, time};
use crate::console::stripe::StripeAccount;

const HERE: &str = "/_local/payments";

/// Test cards and their effects; docs/local-stripe.md lists all of them.
const CARDS: [(&str, &str); 8] = [
    ("4242424242424242", "Visa: is paid"),
    ("5555555555554444", "Mastercard: is paid"),
    ("4000000000000002", "is declined"),
    ("4000000000009995", "is declined: insufficient funds"),
    ("4000000000000069", "is declined: expired card"),
    ("4000002760003184", "requires 3-D Secure, then succeeds"),
    ("4000008400001629", "requires 3-D Secure, then is declined"),
    ("4000000000005126", "succeeds; its refund fails later"),
];
/// The states in which a payment waits for its buyer.
const OPEN: [&str; 3] = ["requires_payment_method", "requires_confirmation", "requires_action"];

/// `/_local/payments`: the latest payments, those that wait for the buyer first.
pub(in crate::console) async fn list(site: &Site) -> Answer {
    let Some(stripe) = &site.setup.stripe else {
        return site.page(
            "payments.html",
            "Payments",
            HERE,
            json!({ "local": false, "open": [], "ended": [] }),
        );
    };
    let (_, listed) = stripe.get("/v1/payment_intents?limit=100").await?;
    let rows: Vec<Value> = listed["data"].as_array().into_iter().flatten().map(row).collect();
    let (open, ended): (Vec<Value>, Vec<Value>) =
        rows.into_iter().partition(|row| row["open"] == true);
    site.page(
        "payments.html",
        "Payments",
        HERE,
        json!({ "local": true, "open": open, "ended": ended }),
    )
}

/// `/_local/payments/{intent}`: one payment, with the cards if it waits for one.
pub(in crate::console) async fn show(site: &Site, intent: &str) -> Answer {
    let intent = find(account(site)?, intent).await?;
    let error = &intent["last_payment_error"];
    let challenge = intent["next_action"]["redirect_to_url"]["url"].as_str();
    let row = row(&intent);
    let cards = CARDS
        .map(|(number, what)| json!({ "number": number, "shown": grouped(number), "what": what }));
    let content = json!({
        "payable": row["open"] == true && challenge.is_none(),
        "challenge": challenge.unwrap_or_default(),
        "error": error["message"].as_str().unwrap_or_default(),
        "code": error["decline_code"].as_str().or_else(|| error["code"].as_str()).unwrap_or_default(),
        "cards": cards,
        "payment": row,
    });
    let title = format!("Payment of {}", content["payment"]["amount"].as_str().unwrap_or_default());
    site.page("payment.html", &title, HERE, content)
}

/// `POST /_local/payments/{intent}/pay`: confirms it with the card in the form.
pub(in crate::console) async fn pay(
    site: &Site,
    intent: &str,
    form: &Parameters,
    request: &Parts,
) -> Answer {
    let stripe = account(site)?;
    let number = form.get("card").ok_or_else(|| Trouble::Refused("Choose a card.".to_owned()))?;
    let intent = find(stripe, intent).await?;
    let (id, client_secret) = (text(&intent, "id"), text(&intent, "client_secret"));
    let page = link(&["payments", id], &[]);
    // The host name that the browser uses: 3-D Secure redirects there.
    let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let return_url = format!("http://{host}{page}");
    let form = [
        ("client_secret", client_secret),
        ("return_url", return_url.as_str()),
        ("payment_method_data[type]", "card"),
        ("payment_method_data[card][number]", number),
        ("payment_method_data[card][exp_month]", "12"),
        ("payment_method_data[card][exp_year]", "2034"),
        ("payment_method_data[card][cvc]", "123"),
    ];
    let (status, answer) = stripe
        .post_as_payer(&format!("/v1/payment_intents/{}/confirm", encoded(id)), &form)
        .await?;
    // The payment's page shows a declined card: Stripe stores the error with the payment.
    if status.is_success() || status == StatusCode::PAYMENT_REQUIRED {
        return Ok(see(&page));
    }
    let message = answer["error"]["message"].as_str().unwrap_or("no reason given");
    Err(Trouble::Refused(format!("The local Stripe rejected the payment: {message}")))
}

fn account(site: &Site) -> Result<&StripeAccount, Trouble> {
    site.setup.stripe.as_ref().ok_or(Trouble::Missing)
}

async fn find(stripe: &StripeAccount, intent: &str) -> Result<Value, Trouble> {
    let (status, found) = stripe.get(&format!("/v1/payment_intents/{}", encoded(intent))).await?;
    if status == StatusCode::NOT_FOUND {
        return Err(Trouble::Missing);
    }
    if !status.is_success() {
        let message = found["error"]["message"].as_str().unwrap_or("no reason given").to_owned();
        return Err(Trouble::Broken(anyhow::anyhow!(
            "the local Stripe rejected the payment: \
         {message}"
        )));
    }
    Ok(found)
}

fn row(intent: &Value) -> Value {
    let (id, status) = (text(intent, "id"), text(intent, "status"));
    let created =
        Timestamp::from_second(intent["created"].as_i64().unwrap_or_default()).unwrap_or_default();
    json!({
        "id": id,
        "href": link(&["payments", id], &[]),
        "pay": link(&["payments", id, "pay"], &[]),
        "amount": amount(intent),
        "order": text(&intent["metadata"], "order"),
        "payment": text(&intent["metadata"], "payment"),
        "status": status.replace('_', " "),
        "open": OPEN.contains(&status),
        "paid": status == "succeeded",
        "created": time(created),
    })
}

fn amount(intent: &Value) -> String {
    let (amount, code) =
        (intent["amount"].as_i64().unwrap_or_default(), text(intent, "currency").to_uppercase());
    Currency::from_code(&code).map_or_else(
        || format!("{amount} {code}"),
        |currency| Money::new(amount, currency).to_string(),
    )
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// Formats a number as `4242 4242 4242 4242`.
fn grouped(number: &str) -> String {
    number.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_the_currencys_own_way() {
        let shown = |amount_of: i64, currency: &str| {
            amount(&json!({ "amount": amount_of, "currency": currency }))
        };
        assert_eq!(
            [shown(1_999, "eur"), shown(500, "jpy"), shown(7, "zzz")],
            ["19.99 EUR", "500 JPY", "7 ZZZ"]
        );
        assert_eq!(grouped("378282246310005"), "3782 8224 6310 005");
    }
}
