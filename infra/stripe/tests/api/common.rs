//! A local Stripe and its clients.

use std::time::Duration;

use builder_stripe::{Options, Stripe};
use serde_json::Value;

pub(crate) const SECRET: &str = "sk_test_local";
pub(crate) const PUBLISHABLE: &str = "pk_test_local";

/// A running local Stripe with a client.
pub(crate) struct Local {
    pub(crate) stripe: Stripe,
    pub(crate) caller: Caller,
}

impl std::ops::Deref for Local {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Local {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let stripe = Stripe::start(options).await.unwrap();
        let caller = Caller::new(stripe.url(), SECRET);
        Self { stripe, caller }
    }

    /// Returns a browser, which has the publishable key.
    pub(crate) fn browser(&self) -> Caller {
        Caller::new(self.stripe.url(), PUBLISHABLE)
    }
}

/// A client with a key.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) url: String,
    key: String,
    pub(crate) http: reqwest::Client,
}

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// Returns the object of a successful call.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }

    /// Returns the error of a call that failed with this status.
    #[track_caller]
    pub(crate) fn error(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body["error"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Caller {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: url.to_owned(), key: key.to_owned(), http }
    }

    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(form);
        let encoded = encoded.finish();
        if method == reqwest::Method::GET {
            let mark = if encoded.is_empty() { "" } else { "?" };
            return self
                .http
                .get(format!("{}{path}{mark}{encoded}", self.url))
                .bearer_auth(&self.key);
        }
        let request =
            self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key);
        request.header("content-type", "application/x-www-form-urlencoded").body(encoded)
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Reply {
        send(self.request(reqwest::Method::GET, path, query)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        send(self.request(reqwest::Method::POST, path, form)).await.unwrap()
    }

    /// Sends a `POST` with an idempotency key.
    pub(crate) async fn post_once(&self, key: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        send(self.request(reqwest::Method::POST, path, form).header("idempotency-key", key))
            .await
            .unwrap()
    }

    /// Creates an intent of 10.00 €, pays it with this card, and returns the response.
    pub(crate) async fn pay(&self, card: &str) -> Reply {
        self.pay_amount(card, 1_000).await
    }

    pub(crate) async fn pay_amount(&self, card: &str, amount: i64) -> Reply {
        let amount = amount.to_string();
        let form = [
            ("amount", amount.as_str()),
            ("currency", "eur"),
            ("payment_method", card),
            ("payment_method_types[]", "card"),
            ("confirm", "true"),
            ("metadata[order]", "ord_1"),
        ];
        self.post("/v1/payment_intents", &form).await
    }

    /// Creates an intent of 10.00 € without a card.
    pub(crate) async fn intent(&self) -> Value {
        let form = [("amount", "1000"), ("currency", "eur"), ("payment_method_types[]", "card")];
        self.post("/v1/payment_intents", &form).await.ok()
    }

    /// Sends a `POST` of JSON to `/_local`.
    pub(crate) async fn turn(&self, path: &str, value: Value) -> Reply {
        let request = self.http.post(format!("{}/_local{path}", self.url)).body(value.to_string());
        send(request).await.unwrap()
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        send(self.http.get(format!("{}/_local{path}", self.url))).await.unwrap().ok()
    }
}

/// Sends a request; the error is a broken connection.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Reply { status, headers, body })
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn until<F: Future<Output = bool>>(
    mut so: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        for _ in 0..500 {
            if so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{place}: this never came to be");
    }
}

/// Returns a text field.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} of {value:#}"))
}
