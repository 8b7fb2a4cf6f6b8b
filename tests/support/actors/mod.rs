//! The people who call the API, each from an address of its own.

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

/// Somebody who isn't signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client,
}

impl Visitor {
    /// Somebody at the API of this base URL, from a fresh address.
    #[must_use]
    pub fn at(api: &str) -> Self {
        Self { client: Client::new(api, address::fresh(), None) }
    }

    /// The same person, whose client sends these headers with every request.
    #[must_use]
    pub fn with_headers<const N: usize>(&self, headers: [(&str, &str); N]) -> Self {
        Self { client: self.client.with_headers(headers) }
    }

    pub(crate) fn of(stack: &Arc<Stack>) -> Self {
        Self { client: Client::new(&stack.api_url, address::fresh(), Some(stack.clone())) }
    }

    /// An e-mail address that nobody has.
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

    /// Presents the token of a verification mail, and chooses the [`PASSWORD`].
    pub async fn verify(&self, token: &str) -> Answer {
        self.verify_as(token, PASSWORD, "Ada Lovelace").await
    }

    /// Presents the token of a verification mail, and chooses a password and a name.
    pub async fn verify_as(&self, token: &str, password: &str, name: &str) -> Answer {
        self.post(
            "/api/v1/auth/verify-email",
            &json!({ "token": token, "password": password, "name": name }),
        )
        .await
    }

    /// Registers an address and follows the link in the mail: there is an account afterwards, with
    /// the [`PASSWORD`].
    pub async fn join(&self, email: &str) {
        // Links of earlier registrations of the address may be over.
        let known = self.mails(email).await.len();
        self.register(email).await.expect(202);
        let mail = mail::wait(&self.client, email, "verify", known).await;
        self.verify(&mail.token()).await.expect(200);
    }

    /// Presents a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/v1/auth/refresh", &json!({ "refreshToken": token })).await
    }

    /// Signs in and becomes a user.
    pub async fn sign_in(&self, email: &str, password: &str) -> User {
        self.signed_in(email, &self.login(email, password).await.expect(200))
    }

    /// Becomes the user that an answer has signed in.
    #[must_use]
    pub fn signed_in(&self, email: &str, answer: &Answer) -> User {
        User::with(self.client.clone(), email, Tokens::of(answer))
    }

    /// Waits for a mail to an address whose subject contains `subject`.
    pub async fn mail(&self, to: &str, subject: &str) -> Mail {
        mail::wait(&self.client, to, subject, 0).await
    }

    /// The mails to an address, the latest first.
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

/// Somebody who is signed in.
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

    /// Somebody who has registered, verified the address and signed in.
    pub async fn new(visitor: Visitor) -> Self {
        let email = Visitor::fresh_email();
        visitor.join(&email).await;
        visitor.sign_in(&email, PASSWORD).await
    }

    /// The same person without the token.
    #[must_use]
    pub fn signed_out(&self) -> Visitor {
        Visitor { client: self.client.without_token() }
    }

    /// The account's id.
    pub async fn id(&self) -> String {
        self.get("/api/v1/me").await.expect(200).text("id")
    }

    /// Orders pieces of products.
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
