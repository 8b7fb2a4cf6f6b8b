//! The functions' AWS calls, and the capacity units that DynamoDB charges for them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::Value;

/// The calls of a function.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Calls {
    /// How often each operation was called. `UpdateItem (refused)` returned an error; AWS charges
    /// for such a write without reporting it.
    pub operations: BTreeMap<String, u64>,
    /// The read units that DynamoDB reported.
    pub read_units: f64,
    /// The write units, including those of indexes.
    pub write_units: f64,
}

/// Formats calls as `BatchGetItem, 2 GetItem`; a dash for none.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operations.is_empty() {
            return f.write_str("–");
        }
        for (number, (operation, times)) in self.operations.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            match times {
                1 => write!(f, "{comma}{operation}")?,
                times => write!(f, "{comma}{times} {operation}")?,
            }
        }
        Ok(())
    }
}

/// Counts calls by function. Copies share the counters.
#[derive(Debug, Default, Clone)]
pub struct Meter(Arc<Mutex<BTreeMap<String, Calls>>>);

impl Meter {
    /// Returns the calls of `function` since the last such query.
    #[must_use]
    pub fn take(&self, function: &str) -> Calls {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(function).unwrap_or_default()
    }

    /// Returns the calls of every function since the last such query, by function.
    #[must_use]
    pub fn take_all(&self) -> BTreeMap<String, Calls> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Executes a call of `function` by `send`, and counts it. Calls of DynamoDB are changed to
    /// return the consumed capacity.
    ///
    /// # Errors
    /// Those of `send`.
    pub async fn count<E, F>(
        &self,
        function: &str,
        mut request: Request<Bytes>,
        send: impl FnOnce(Request<Bytes>) -> F,
    ) -> Result<Response<Bytes>, E>
    where
        F: Future<Output = Result<Response<Bytes>, E>>,
    {
        let operation = operation(&request);
        let of_dynamodb = asks_for_units(&mut request);
        let answer = send(request).await?;
        let units = if of_dynamodb { units(answer.body()) } else { 0.0 };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = all.entry(function.to_owned()).or_default();
        *if is_read(&operation) { &mut calls.read_units } else { &mut calls.write_units } += units;
        let operation =
            if answer.status().is_success() { operation } else { format!("{operation} (refused)") };
        *calls.operations.entry(operation).or_default() += 1;
        Ok(answer)
    }
}

/// Makes a request of DynamoDB ask for the consumed capacity. The local endpoint only reads the
/// access key and checks no signature, so the body may be changed.
fn asks_for_units(request: &mut Request<Bytes>) -> bool {
    if !request
        .headers()
        .get("x-amz-target")
        .is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB_2"))
    {
        return false;
    }
    let Ok(Value::Object(mut input)) = serde_json::from_slice(request.body()) else { return false };
    input.insert("ReturnConsumedCapacity".to_owned(), "TOTAL".into());
    let body = Bytes::from(Value::Object(input).to_string());
    request.headers_mut().insert(header::CONTENT_LENGTH, body.len().into());
    *request.body_mut() = body;
    true
}

/// Returns the units in a response, for one table or a list of them.
fn units(answer: &[u8]) -> f64 {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let of_table = |table: &Value| table["CapacityUnits"].as_f64();
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(of_table).sum(),
        table => of_table(table).unwrap_or_default(),
    }
}

/// Returns whether an operation of DynamoDB consumes read units.
fn is_read(operation: &str) -> bool {
    ["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"].contains(&operation)
}

/// Returns `GetItem`, from the header of the JSON protocols; for SES and S3, method and path.
fn operation(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if let Some((_, operation)) = target.and_then(|target| target.rsplit_once('.')) {
        return operation.to_owned();
    }
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let named = match *request.method() {
        Method::POST if path == "/v2/email/outbound-emails" => "SendEmail",
        Method::PUT => "PutObject",
        Method::GET if query.contains("list-type=2") => "ListObjectsV2",
        Method::GET => "GetObject",
        _ => return format!("{} {path}", request.method()),
    };
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn request(target: &str, body: &'static str) -> Request<Bytes> {
        Request::post("/")
            .header("x-amz-target", target)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    }

    async fn count(
        meter: &Meter,
        request: Request<Bytes>,
        status: u16,
        answer: &'static str,
    ) -> Value {
        let mut sent = Value::Null;
        let send = async |request: Request<Bytes>| {
            sent = serde_json::from_slice(request.body()).unwrap();
            Ok::<_, Infallible>(
                Response::builder()
                    .status(status)
                    .body(Bytes::from_static(answer.as_bytes()))
                    .unwrap(),
            )
        };
        meter.count("get-order", request, send).await.unwrap();
        sent
    }

    #[tokio::test]
    async fn calls_are_counted_with_what_they_consume() {
        let meter = Meter::default();
        let read = request("DynamoDB_20120810.GetItem", r#"{"TableName":"data"}"#);
        let sent = count(&meter, read, 200, r#"{"ConsumedCapacity":{"CapacityUnits":1.5}}"#).await;
        assert_eq!(
            sent,
            serde_json::json!({ "TableName": "data", "ReturnConsumedCapacity": "TOTAL" })
        );
        let write = request("DynamoDB_20120810.TransactWriteItems", "{}");
        count(
            &meter,
            write,
            200,
            r#"{"ConsumedCapacity":[{"CapacityUnits":4},{"CapacityUnits":2}]}"#,
        )
        .await;
        count(&meter, request("DynamoDB_20120810.UpdateItem", "{}"), 400, "{}").await;
        let sent =
            count(&meter, request("AmazonSQS.SendMessage", r#"{"QueueUrl":"q"}"#), 200, "{}").await;
        assert_eq!(sent, serde_json::json!({ "QueueUrl": "q" }), "only DynamoDB tells");
        assert_eq!(meter.take("place-order"), Calls::default());
        let calls = meter.take("get-order");
        assert_eq!(
            calls.to_string(),
            "GetItem, SendMessage, TransactWriteItems, UpdateItem (refused)"
        );
        assert_eq!((calls.read_units, calls.write_units), (1.5, 6.0));
        assert_eq!(meter.take("get-order").to_string(), "–");
    }
}
