//! The actors that call the API, each from an address of its own.

mod address;
pub(super) mod authenticator;
mod cast;
pub(super) mod payer;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::mail::{self, Mail};
use crate::stack::Stack;
use crate::token::Tokens;

/// The password of every user.
pub const PASSWORD: &str = "correct horse battery staple";

/// An actor that isn't signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client,
}

impl Visitor {
    /// Returns an actor that calls the API at this base URL, from a fresh address.
    #[must_use]
    pub fn at(api: &str) -> Self {
        Self { client: Client::new(api, address::fresh(), None) }
    }

    /// Returns the same actor, whose client sends these headers with every request.
    #[must_use]
    pub fn with_headers<const N: usize>(&self, headers: [(&str, &str); N]) -> Self {
        Self { client: self.client.with_headers(headers) }
    }

    pub(crate) fn of(stack: &Arc<Stack>) -> Self {
        Self { client: Client::new(&stack.api_url, address::fresh(), Some(stack.clone())) }
    }

    /// Returns an unused e-mail address.
    #[must_use]
    pub fn fresh_email() -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        format!(
            "ada.{:08x}.{}@example.com",
            fastrand::u32(..),
            NEXT.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Registers an address.
    pub async fn register(&self, email: &str) -> Answer {
        self.post("/api/v1/auth/register", &json!({ "email": email })).await
    }

    /// Signs in.
    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
    }

    /// Sends the token of a verification mail with the [`PASSWORD`].
    pub async fn verify(&self, token: &str) -> Answer {
        self.verify_as(token, PASSWORD, "Ada Lovelace").await
    }

    /// Sends the token of a verification mail with a password and a name.
    pub async fn verify_as(&self, token: &str, password: &str, name: &str) -> Answer {
        self.post(
            "/api/v1/auth/verify-email",
            &json!({ "token": token, "password": password, "name": name }),
        )
        .await
    }

    /// Registers an address and follows the link in the mail, which creates an account with the
    /// [`PASSWORD`].
    pub async fn join(&self, email: &str) {
        // Links of earlier registrations of the address may have expired.
        let known = self.mails(email).await.len();
        self.register(email).await.expect(202);
        let mail = mail::wait(&self.client, email, "verify", known).await;
        self.verify(&mail.token()).await.expect(200);
    }

    /// Sends a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/v1/auth/refresh", &json!({ "refreshToken": token })).await
    }

    /// Signs in and returns the user.
    pub async fn sign_in(&self, email: &str, password: &str) -> User {
        self.signed_in(email, &self.login(email, password).await.expect(200))
    }

    /// Returns the user that a response has signed in.
    #[must_use]
    pub fn signed_in(&self, email: &str, answer: &Answer) -> User {
        User::with(self.client.clone(), email, Tokens::of(answer))
    }

    /// Waits for a mail to an address whose subject contains `subject`.
    pub async fn mail(&self, to: &str, subject: &str) -> Mail {
        mail::wait(&self.client, to, subject, 0).await
    }

    /// Returns the mails to an address, the latest first.
    pub async fn mails(&self, to: &str) -> Vec<Mail> {
        mail::to(&self.client, to).await
    }
}

impl Deref for Visitor {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A signed-in actor.
#[derive(Debug, Clone)]
pub struct User {
    client: Client,
    /// The e-mail address.
    pub email: String,
    /// The tokens.
    pub tokens: Tokens,
}

impl User {
    pub(crate) fn with(client: Client, email: &str, tokens: Tokens) -> Self {
        Self { client: client.with_token(&tokens.access), email: email.to_owned(), tokens }
    }

    /// Registers, verifies the address and signs in.
    pub async fn new(visitor: Visitor) -> Self {
        let email = Visitor::fresh_email();
        visitor.join(&email).await;
        visitor.sign_in(&email, PASSWORD).await
    }

    /// Returns the same actor without the token.
    #[must_use]
    pub fn signed_out(&self) -> Visitor {
        Visitor { client: self.client.without_token() }
    }

    /// Returns the account's ID.
    pub async fn id(&self) -> String {
        self.get("/api/v1/me").await.expect(200).text("id")
    }

    /// Orders products in these quantities.
    pub async fn order(&self, items: &[(&str, u32)]) -> Answer {
        self.post("/api/v1/orders", &order_of(items)).await
    }
}

impl Deref for User {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

fn order_of(items: &[(&str, u32)]) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|(product, quantity)| json!({ "productId": product, "quantity": quantity }))
        .collect();
    json!({ "items": items })
}
