//! `--demo`: a shop with customers and orders, created through the public API as its clients do.
//!
//! Each step first checks whether it was done before, so that a restart duplicates nothing and an
//! interrupted start is continued.

mod client;
mod content;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use futures::future::try_join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stack::{Administrator, Stack};
use client::Caller;
use content::{BUYERS, Buyer, Fate, Order};

/// The keys of the local Stripe.
const STRIPE_KEYS: [&str; 2] = ["pk_test_local:", "sk_test_local:"];

/// The credentials of a demo.
#[derive(Debug)]
pub struct Demo {
    /// An access token of the administrator.
    pub admin_token: String,
    /// An access token of the first buyer.
    pub buyer_token: String,
    /// The buyers' e-mail addresses.
    pub buyers: Vec<&'static str>,
    /// Their password.
    pub password: &'static str,
}

struct Shop {
    api: Caller,
    admin: Caller,
    /// Stripe's API with the keys of the buyer's browser and of the shop.
    stripe: [Caller; 2],
}

/// Creates all missing data of the demo.
///
/// # Errors
/// If the API refuses a request: the request and its response.
pub async fn prepare(stack: &Stack, admin: &Administrator) -> Result<Demo> {
    let stripe =
        stack.stripe().context("--demo requires the local Stripe; omit --parameter StripeUrl")?;
    let api = Caller::at(&stack.api_url());
    let admin_token = sign_in(&api, &admin.email, &admin.password).await?.context(
        "--demo can't sign in as the administrator, whose password was changed; start with \
         --fresh, or without --demo",
    )?;
    let stripe_at = Caller::at(stripe.url());
    let encoded = STRIPE_KEYS.map(|key| base64::engine::general_purpose::STANDARD.encode(key));
    let shop = Shop {
        admin: api.with(format!("Bearer {admin_token}")),
        stripe: encoded.map(|key| stripe_at.with(format!("Basic {key}"))),
        api,
    };
    // Changes made since then are preserved.
    if shop.admin.get("/api/v1/settings").await?["data"]["company"]["name"].is_null() {
        shop.admin.change(Method::PUT, "/api/v1/settings", &content::settings()).await?;
    }
    let products = shop.products().await?;
    let tokens = try_join_all(BUYERS.iter().map(|buyer| shop.buyer(buyer, &products))).await?;
    let buyer_token = tokens.into_iter().next().unwrap_or_default();
    Ok(Demo {
        admin_token,
        buyer_token,
        buyers: BUYERS.iter().map(|buyer| buyer.email).collect(),
        password: content::PASSWORD,
    })
}

/// Returns a token; `None` if the password is wrong.
async fn sign_in(api: &Caller, email: &str, password: &str) -> Result<Option<String>> {
    let body = json!({ "email": email, "password": password });
    let answer = api.post_unless(StatusCode::UNAUTHORIZED, "/api/v1/auth/login", &body).await?;
    Ok(answer.and_then(|answer| answer["data"]["accessToken"].as_str().map(str::to_owned)))
}

impl Shop {
    /// Creates the missing products, and returns the IDs of all.
    async fn products(&self) -> Result<Vec<Value>> {
        let mut ids = Vec::new();
        let present = self.admin.get("/api/v1/products?limit=100").await?;
        for product in content::products() {
            let mut known = present["data"].as_array().into_iter().flatten();
            ids.push(match known.find(|known| known["sku"] == product["sku"]) {
                Some(known) => known["id"].clone(),
                None => self.admin.post("/api/v1/products", &product).await?["data"]["id"].clone(),
            });
        }
        Ok(ids)
    }

    /// Creates a buyer with all orders. Returns an access token.
    async fn buyer(&self, buyer: &Buyer, products: &[Value]) -> Result<String> {
        let token = match sign_in(&self.api, buyer.email, content::PASSWORD).await? {
            Some(token) => token,
            None => self.register(buyer).await?,
        };
        let caller = self.api.with(format!("Bearer {token}"));
        if caller.get("/api/v1/me").await?["data"]["billingAddress"].is_null() {
            caller.change(Method::PATCH, "/api/v1/me", &buyer.profile()).await?;
        }
        let present = caller.get("/api/v1/orders?limit=100").await?;
        // The API returns the newest first.
        let mut present = present["data"].as_array().into_iter().flatten().rev();
        for order in buyer.orders {
            let seen = match present.next() {
                Some(seen) => seen.clone(),
                None => caller.post("/api/v1/orders", &order.body(products)).await?["data"].clone(),
            };
            self.advance(&caller, order, &seen).await?;
        }
        Ok(token)
    }

    async fn register(&self, buyer: &Buyer) -> Result<String> {
        self.api.post("/api/v1/auth/register", &json!({ "email": buyer.email })).await?;
        let mails = format!("/_local/emails?to={}", buyer.email);
        let token = self.api.wait(&mails, "mail with a token", |mails| {
            let (_, rest) = mails[0]["text"].as_str()?.split_once("token=")?;
            rest.split_whitespace().next().map(Value::from)
        });
        let chosen =
            json!({ "token": token.await?, "password": content::PASSWORD, "name": buyer.name });
        self.api.post("/api/v1/auth/verify-email", &chosen).await?;
        sign_in(&self.api, buyer.email, content::PASSWORD)
            .await?
            .context("a buyer of --demo can't sign in")
    }

    /// Advances an order to its intended state, whatever its present state.
    async fn advance(&self, caller: &Caller, order: &Order, seen: &Value) -> Result<()> {
        let path = format!("/api/v1/orders/{}", seen["id"].as_str().unwrap_or_default());
        let is_pending = seen["status"] == "pending";
        match order.fate {
            Fate::Pending => {}
            Fate::Invoiced if is_pending && seen["invoiceId"].is_null() => {
                self.admin.post(&format!("{path}/invoices"), &json!({})).await?;
            }
            Fate::Cancelled if is_pending => drop(caller.command(&format!("{path}/cancel")).await?),
            Fate::Failed if is_pending => {
                let (intent, _) = start_payment(caller, &path).await?;
                self.stripe[1].form(&format!("/v1/payment_intents/{intent}/cancel"), &[]).await?;
                wait_for(caller, &path, "failed").await?;
            }
            Fate::Paid | Fate::Completed | Fate::Refunded => {
                if is_pending {
                    let (intent, secret) = start_payment(caller, &path).await?;
                    let url = format!("/v1/payment_intents/{intent}/confirm");
                    let card = [
                        ("client_secret", secret.as_str()),
                        ("payment_method", "pm_card_visa"),
                        ("return_url", "https://example.com"),
                    ];
                    self.stripe[0].form(&url, &card).await?;
                }
                self.after_payment(caller, order.fate, &path).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn after_payment(&self, caller: &Caller, fate: Fate, path: &str) -> Result<()> {
        let invoice = caller
            .wait(path, "invoice", |order| order["invoiceId"].as_str().map(Value::from))
            .await?;
        let invoice = format!("/api/v1/invoices/{}", invoice.as_str().unwrap_or_default());
        caller
            .wait(&invoice, "file", |invoice| invoice["file"].as_object().cloned().map(Value::from))
            .await?;
        if fate != Fate::Paid && caller.get(path).await?["data"]["status"] == "processing" {
            self.admin.command(&format!("{path}/complete")).await?;
        }
        if fate == Fate::Refunded {
            let payments = self.admin.get(&format!("{path}/payments")).await?;
            let payment = &payments["data"][0];
            if payment["refunded"]["amount"] == 0 && payment["refunding"]["amount"] == 0 {
                let refunds = format!(
                    "/api/v1/payments/{}/refunds",
                    payment["id"].as_str().unwrap_or_default()
                );
                let half = json!({ "amount": payment["amount"]["amount"].as_i64().unwrap_or_default() / 2, "currency": "EUR" });
                self.admin
                    .post(&refunds, &json!({ "amount": half, "reason": "requested_by_customer" }))
                    .await?;
            }
        }
        Ok(())
    }
}

/// Starts a payment; returns Stripe's ID of the payment, and its secret for the browser.
async fn start_payment(caller: &Caller, order: &str) -> Result<(String, String)> {
    let started = caller.command(&format!("{order}/payments")).await?;
    let secret =
        started["data"]["clientSecret"].as_str().context("a payment has no client secret")?;
    let (intent, _) = secret.split_once("_secret_").context("a client secret has no payment ID")?;
    Ok((intent.to_owned(), secret.to_owned()))
}

async fn wait_for(caller: &Caller, order: &str, status: &str) -> Result<()> {
    caller
        .wait(order, status, |seen| (seen["status"] == status).then_some(Value::Bool(true)))
        .await
        .map(drop)
}
