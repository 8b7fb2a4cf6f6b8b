//! People who use the API: they register, sign in, fill the catalogue and order.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http1::Connection;
use crate::stack::{ADMIN_EMAIL, ADMIN_PASSWORD};

/// Every user's password.
pub const PASSWORD: &str = "correct horse battery staple 7";

/// How long a mail may take.
const MAIL_LIMIT: Duration = Duration::from_secs(20);

/// A person with a connection of their own, signed in or not.
pub struct Person {
    connection: Connection,
    /// `Bearer …`, empty before sign-in.
    pub authorization: String,
    /// The address they registered with.
    pub email: String,
    /// The refresh token, empty before sign-in.
    pub refresh: String,
}

impl Person {
    /// Somebody who is not signed in.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn stranger(api_url: &str) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(api_url).await?,
            authorization: String::new(),
            email: String::new(),
            refresh: String::new(),
        })
    }

    /// The administrator, signed in.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn administrator(api_url: &str) -> Result<Self> {
        let mut person = Self::stranger(api_url).await?;
        person.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).await?;
        Ok(person)
    }

    /// Somebody who has an account, signed in.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn known(api_url: &str, email: &str) -> Result<Self> {
        let mut person = Self::stranger(api_url).await?;
        person.sign_in(email, PASSWORD).await?;
        Ok(person)
    }

    /// Somebody new with a verified address, signed in.
    ///
    /// # Errors
    /// When the API refuses, or no mail comes.
    pub async fn registered(api_url: &str, email: &str) -> Result<Self> {
        let mut person = Self::stranger(api_url).await?;
        let registration = json!({ "email": email });
        person
            .call(Method::POST, "/api/v1/auth/register", Some(&registration), StatusCode::ACCEPTED)
            .await?;
        let token = person.verification_token(email).await?;
        let account = json!({ "token": token, "password": PASSWORD, "name": "Ada Lovelace" });
        let (status, body) =
            person.request(Method::POST, "/api/v1/auth/verify-email", Some(&account)).await?;
        if !status.is_success() {
            bail!("verify-email: {status} {body}");
        }
        person.sign_in(email, PASSWORD).await?;
        Ok(person)
    }

    /// Connects and signs in again: the stack has been restarted, on another port, and tokens name
    /// the address of their issuer.
    ///
    /// # Errors
    /// When nobody listens, or the API refuses.
    pub async fn reconnect(&mut self, api_url: &str) -> Result<()> {
        self.connection = Connection::open(api_url).await?;
        self.authorization.clear();
        let email = self.email.clone();
        let password = if email == ADMIN_EMAIL { ADMIN_PASSWORD } else { PASSWORD };
        self.sign_in(&email, password).await
    }

    async fn verification_token(&mut self, email: &str) -> Result<String> {
        let started = Instant::now();
        while started.elapsed() < MAIL_LIMIT {
            let mails = self.mails(email, 1).await?;
            if let Some(text) = mails.first().and_then(|mail| mail["text"].as_str())
                && let Some((_, token)) = text.split_once("token=")
            {
                return Ok(token
                    .split(|letter: char| letter.is_whitespace() || letter == '&')
                    .next()
                    .unwrap_or_default()
                    .to_owned());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("no mail came to {email}")
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Result<()> {
        let credentials = json!({ "email": email, "password": password });
        let answer = self
            .call(Method::POST, "/api/v1/auth/login", Some(&credentials), StatusCode::OK)
            .await?;
        let token =
            answer["data"]["accessToken"].as_str().context("sign-in gave no access token")?;
        self.authorization = format!("Bearer {token}");
        email.clone_into(&mut self.email);
        answer["data"]["refreshToken"]
            .as_str()
            .context("sign-in gave no refresh token")?
            .clone_into(&mut self.refresh);
        Ok(())
    }

    /// The latest mails to an address.
    ///
    /// # Errors
    /// When the mailbox can't be read.
    pub async fn mails(&mut self, to: &str, limit: usize) -> Result<Vec<Value>> {
        let target = format!("/_local/emails?to={to}&limit={limit}");
        let answer = self.call(Method::GET, &target, None, StatusCode::OK).await?;
        Ok(answer["data"].as_array().cloned().unwrap_or_default())
    }

    /// Adds a product to the catalogue and gives its id.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn create_product(&mut self, number: usize, stock: u32) -> Result<String> {
        let product = json!({
            "sku": format!("BENCH-{number}"), "name": format!("Product {number}"), "description": "Made to be measured.",
            "unitPrice": { "amount": 1250 + number, "currency": "EUR" }, "taxPercent": "7", "stock": stock,
        });
        let answer = self
            .call(Method::POST, "/api/v1/products", Some(&product), StatusCode::CREATED)
            .await?;
        id_of(&answer)
    }

    /// Orders, and gives the order's id.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn place_order(&mut self, products: &[&str]) -> Result<String> {
        let answer = self
            .call(Method::POST, "/api/v1/orders", Some(&order(products)), StatusCode::CREATED)
            .await?;
        id_of(&answer)
    }

    /// Reads one order.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn read_order(&mut self, id: &str) -> Result<()> {
        self.fetch(&format!("/api/v1/orders/{id}")).await?;
        Ok(())
    }

    /// Reads a resource or a page of a list, and gives the body as it came.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn fetch(&mut self, target: &str) -> Result<Bytes> {
        let headers = [("authorization", self.authorization.as_str())];
        let answer = self.connection.send(Method::GET, target, &headers, Bytes::new()).await?;
        if answer.status != StatusCode::OK {
            bail!("{target}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(answer.body)
    }

    /// Calls the API and expects a status.
    ///
    /// # Errors
    /// When it answers another.
    pub async fn call(
        &mut self,
        method: Method,
        target: &str,
        body: Option<&Value>,
        expected: StatusCode,
    ) -> Result<Value> {
        let (status, answer) = self.request(method, target, body).await?;
        if status != expected {
            bail!("{target}: {status} {answer}");
        }
        Ok(answer)
    }

    /// Sends a body as it is, under a key of its own, and gives the answer as it came.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn send(&mut self, target: &str, body: Bytes) -> Result<(StatusCode, Bytes)> {
        let key = unique_key();
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        let answer = self.connection.send(Method::POST, target, &headers, body).await?;
        Ok((answer.status, answer.body))
    }

    async fn request(
        &mut self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let key = unique_key();
        let mut headers = Vec::with_capacity(3);
        if !self.authorization.is_empty() {
            headers.push(("authorization", self.authorization.as_str()));
        }
        if body.is_some() {
            headers
                .extend([("content-type", "application/json"), ("idempotency-key", key.as_str())]);
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = self.connection.send(method, target, &headers, body).await?;
        Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
    }
}

/// The body of an order: one of the first product, two of the second, and so on.
#[must_use]
pub fn order(products: &[&str]) -> Value {
    let items: Vec<Value> = (1..)
        .zip(products)
        .map(|(quantity, id)| json!({ "productId": id, "quantity": quantity }))
        .collect();
    json!({ "items": items })
}

/// An `Idempotency-Key` that nobody has used.
#[must_use]
pub fn unique_key() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn id_of(answer: &Value) -> Result<String> {
    Ok(answer["data"]["id"].as_str().context("the answer has no id")?.to_owned())
}
