//! Somebody who pays: what a browser does with the payment provider's library, against the local
//! Stripe.

use std::time::Duration;

use serde_json::{Value, json};

use super::User;
use crate::answer::Answer;
use crate::client::fresh_key;
use crate::stack::Stack;
use crate::token;

/// The key that browsers have at the local Stripe.
const PUBLISHABLE: &str = "pk_test_local";
/// The key that servers have there.
const SECRET: &str = "sk_test_local";
/// What events are signed with.
const WEBHOOK_SECRET: &[u8] = b"whsec_local";
/// How often something is looked at that is about to happen, and the pause between: more than the
/// three minutes that a message which failed once, on a busy machine, is in hiding.
const LOOKS: u32 = 5_000;
const PAUSE: Duration = Duration::from_millis(50);

/// A card that is accepted.
pub const GOOD_CARD: &str = "4242424242424242";

/// Where a payment is confirmed.
fn confirmation(client_secret: &str) -> String {
    let intent = client_secret.split_once("_secret_").expect("a client secret").0;
    format!("/v1/payment_intents/{intent}/confirm")
}

/// What a browser sends to confirm it.
fn card<'a>(client_secret: &'a str, number: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("client_secret", client_secret),
        ("return_url", "https://shop.example.com/back"),
        ("payment_method_data[type]", "card"),
        ("payment_method_data[card][number]", number),
        ("payment_method_data[card][exp_month]", "12"),
        ("payment_method_data[card][exp_year]", "2034"),
        ("payment_method_data[card][cvc]", "123"),
    ]
}

/// The `Stripe-Signature` of an event that the local Stripe posts at this time, in seconds of the
/// epoch.
#[must_use]
pub fn stripe_signature(at: i64, body: &str) -> String {
    let digest = token::hmac(WEBHOOK_SECRET)(format!("{at}.{body}").as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={digest}")
}

impl Stack {
    /// Confirms a payment with a card, as the payer's browser does. Gives what Stripe says.
    pub async fn pay_with_card(&self, client_secret: &str, number: &str) -> Value {
        self.stripe_post(&confirmation(client_secret), &card(client_secret, number), PUBLISHABLE)
            .await
    }

    /// As [`Self::pay_with_card`]; `None` when there is no answer, or none to be understood.
    pub async fn pay_if_possible(&self, client_secret: &str, number: &str) -> Option<Value> {
        self.try_stripe_post(
            &confirmation(client_secret),
            &card(client_secret, number),
            PUBLISHABLE,
        )
        .await
    }

    /// Has every call of the local Stripe fail: `refuse`, `error` or `hang`.
    pub async fn stripe_down(&self, how: &str) {
        self.stripe_faults(json!({ "down": how })).await;
    }

    /// Ends all faults of the local Stripe.
    pub async fn stripe_up(&self) {
        self.stripe_faults(json!({})).await;
    }

    /// What goes wrong with webhooks of the local Stripe.
    pub async fn stripe_webhooks(&self, webhooks: Value) {
        self.stripe_faults(json!({ "seed": 1, "webhooks": webhooks })).await;
    }

    /// What goes wrong at the local Stripe.
    pub async fn stripe_faults(&self, faults: Value) {
        let url = format!("{}/_local/faults", self.stripe_url());
        let answer =
            reqwest::Client::new().post(url).json(&faults).send().await.expect("an answer");
        assert!(
            answer.status().is_success(),
            "{faults} is refused: {}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// Moves the local Stripe's clock on: it has one of its own.
    pub async fn stripe_later(&self, by: Duration) {
        let url = format!("{}/_local/clock", self.stripe_url());
        let answer = reqwest::Client::new()
            .post(url)
            .json(&json!({ "advance_seconds": by.as_secs() }))
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// How often the local Stripe was called, by anybody.
    #[must_use]
    pub fn stripe_calls(&self) -> u64 {
        self.stripe().calls().values().sum()
    }

    /// Asks the local Stripe as our server.
    pub async fn stripe_get(&self, path: &str) -> Value {
        let request =
            reqwest::Client::new().get(format!("{}{path}", self.stripe_url())).bearer_auth(SECRET);
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Posts a form to the local Stripe as our server, or as somebody in Stripe's dashboard.
    pub async fn stripe_order(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let answer = self.stripe_post(path, form, SECRET).await;
        assert!(answer["error"].is_null(), "{path}: {answer}");
        answer
    }

    /// Posts a form to the local Stripe.
    pub async fn stripe_post(&self, path: &str, form: &[(&str, &str)], key: &str) -> Value {
        self.try_stripe_post(path, form, key).await.expect("an answer in JSON")
    }

    async fn try_stripe_post(&self, path: &str, form: &[(&str, &str)], key: &str) -> Option<Value> {
        let body = form.iter().map(|(name, value)| {
            format!(
                "{}={}",
                name.replace('[', "%5B").replace(']', "%5D"),
                value.replace(':', "%3A").replace('/', "%2F")
            )
        });
        let request = reqwest::Client::new()
            .post(format!("{}{path}", self.stripe_url()))
            .bearer_auth(key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.collect::<Vec<_>>().join("&"));
        request.send().await.ok()?.json().await.ok()
    }
}

impl User {
    /// Begins to pay an order.
    pub async fn start_payment(&self, order: &str) -> Answer {
        self.command(format!("/api/v1/orders/{order}/payments")).key(fresh_key()).await
    }

    /// Asks for a refund of a payment.
    pub async fn refund(&self, payment: &str, body: &Value) -> Answer {
        self.post(format!("/api/v1/payments/{payment}/refunds"), body).key(fresh_key()).await
    }

    /// Orders, begins to pay, and pays with this card. Gives the ids of order and payment.
    pub async fn pay(&self, stack: &Stack, items: &[(&str, u32)], card: &str) -> (String, String) {
        let order = self.order(items).await.expect(201).text("id");
        let started = self.start_patiently(&order).await.expect(201);
        stack.pay_with_card(&started.text("clientSecret"), card).await;
        (order, started.text("id"))
    }

    /// Begins to pay as a buyer does: on a machine that is busy with other tests the provider may
    /// be too slow, and one is told to come again.
    pub async fn start_patiently(&self, order: &str) -> Answer {
        let key = fresh_key();
        for _ in 0..LOOKS {
            let answer = self.command(format!("/api/v1/orders/{order}/payments")).key(&key).await;
            if answer.status != 503 {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.start_payment(order).await
    }

    /// Waits until what is at `path` has this value as its member.
    pub async fn wait_for(&self, path: &str, member: &str, wanted: &str) -> Value {
        self.wait_until(path, &format!("{member} {wanted}"), |seen| seen[member] == wanted).await
    }

    /// Waits until what is at `path` is as wanted, which `what` says in words.
    pub async fn wait_until(
        &self,
        path: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            last = self.get(path).await.expect(200).data();
            if is_so(&last) {
                return last;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{path}: never {what}: {last}");
    }
}
