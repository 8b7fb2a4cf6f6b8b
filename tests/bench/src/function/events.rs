//! The events that functions are measured with: the project's sample events, with real ids and a
//! real token in them.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_store::document;
use serde_json::{Value, json};

use crate::api::{PASSWORD, Person, order, unique_key};
use crate::aws::{self, Aws};
use crate::stack::Stack;

/// What was prepared through the API.
pub struct World {
    authorization: String,
    administrator: String,
    email: String,
    products: Vec<String>,
    order: String,
    /// The item of the order's first event, in DynamoDB's own JSON.
    event: Value,
    /// The refresh token that is good now.
    refresh: Mutex<String>,
}

impl World {
    /// An administrator who filled the catalogue, and a user who ordered from it.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn prepare(stack: &Stack) -> Result<Self> {
        let mut administrator = Person::administrator(&stack.api_url).await?;
        let mut products = Vec::new();
        for number in 0..25 {
            products.push(administrator.create_product(number, 1_000_000).await?);
        }
        let mut user = Person::registered(&stack.api_url, "ada@example.com").await?;
        let mut order = String::new();
        // A page of orders for the lists to read.
        for _ in 0..25 {
            order = user.place_order(&three(&products)).await?;
        }
        let table = stack
            .environment()?
            .remove("DATA_TABLE")
            .context("no function is told the data table")?;
        let event = Aws::open(&stack.aws_url)
            .await?
            .item(&table, &format!("ORDER#{order}"), "EVENT#0000000001")
            .await?;
        let refresh = Mutex::new(user.refresh);
        let administrator = administrator.authorization;
        Ok(Self {
            authorization: user.authorization,
            administrator,
            email: user.email,
            products,
            order,
            event,
            refresh,
        })
    }

    /// Takes from an answer what the next event needs: each refresh token is good once.
    pub fn learn(&self, function: &str, answer: &Value) {
        let body: Value = answer["body"]
            .as_str()
            .and_then(|body| serde_json::from_str(body).ok())
            .unwrap_or_default();
        if function == "refresh-token"
            && let Some(token) = body["data"]["refreshToken"].as_str()
        {
            token.clone_into(&mut self.refresh.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// One event for a function, fresh where a repetition would be another case (`Idempotency-Key`,
    /// an event's id).
    ///
    /// # Errors
    /// When there is no sample event.
    pub fn event(&self, samples: &Path, function: &str) -> Result<Value> {
        // The baseline gets a small request.
        let name = if function == "hello" { "health" } else { function };
        let path = samples.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("there is no {}", path.display()))?;
        let mut event: Value = serde_json::from_str(&text)?;
        match function {
            "relay-events" => {
                event["Records"][0]["dynamodb"]["NewImage"] = self.event.clone();
                for key in ["pk", "sk"] {
                    event["Records"][0]["dynamodb"]["Keys"][key] = self.event[key].clone();
                }
            }
            "send-email" => event["Records"][0]["body"] = self.message().to_string().into(),
            _ => self.make_request(function, &mut event),
        }
        Ok(event)
    }

    fn make_request(&self, function: &str, event: &mut Value) {
        if event["headers"].get("authorization").is_some() {
            let who = if function == "list-audit-events" {
                &self.administrator
            } else {
                &self.authorization
            };
            event["headers"]["authorization"] = who.clone().into();
        }
        if event["headers"].get("idempotency-key").is_some() {
            event["headers"]["idempotency-key"] = unique_key().into();
        }
        if event["pathParameters"].get("id").is_some() {
            let id = if function.contains("product") {
                self.products.first()
            } else {
                Some(&self.order)
            };
            let id = Value::from(id.map(String::as_str));
            let sample = event["pathParameters"]["id"].as_str().unwrap_or_default();
            let path = event["rawPath"]
                .as_str()
                .unwrap_or_default()
                .replace(sample, id.as_str().unwrap_or_default());
            event["requestContext"]["http"]["path"] = path.clone().into();
            event["rawPath"] = path.into();
            event["pathParameters"]["id"] = id;
        }
        match function {
            "place-order" => event["body"] = order(&three(&self.products)).to_string().into(),
            "refresh-token" => {
                let token = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
                event["body"] = json!({ "refreshToken": token }).to_string().into();
            }
            "login" => {
                event["body"] =
                    json!({ "email": self.email, "password": PASSWORD }).to_string().into()
            }
            "list-orders" | "list-products" | "list-order-events" | "list-events"
            | "list-audit-events" => {
                event["rawQueryString"] = "".into();
                if let Some(event) = event.as_object_mut() {
                    event.remove("queryStringParameters");
                }
            }
            _ => {}
        }
    }

    /// The event as relayed, under an id of its own: a second mail for one event would not be sent.
    fn message(&self) -> Value {
        // The alphabet of type ids.
        const LETTERS: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut message = aws::plain_item(&self.event);
        if let Some(message) = message.as_object_mut() {
            message.remove("pk");
            message.remove("sk");
        }
        let mut id = message["id"].as_str().unwrap_or_default().to_owned();
        id.truncate(id.len().saturating_sub(8));
        id.extend((0..8).map(|_| char::from(LETTERS[fastrand::usize(..LETTERS.len())])));
        message["id"] = id.into();
        // In the table, it is compressed.
        let stored = self.event["data"]["B"].as_str().and_then(|text| STANDARD.decode(text).ok());
        let data = stored.and_then(|stored| document::decode(&stored).ok());
        let data = data.and_then(|data| serde_json::from_str(&data).ok());
        message["data"] = data.unwrap_or_default();
        message
    }
}

/// Three products, chosen at random each time.
pub(crate) fn three(products: &[String]) -> Vec<&str> {
    fastrand::choose_multiple(products.iter().map(String::as_str), 3)
}
