//! A whole stack on the repository's own templates and functions.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use builder_local::meter::{Calls, Meter};
use builder_local::{Options, Stack};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn options() -> Options {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Options {
        parameters: BTreeMap::from([("PasswordCost".to_owned(), "4".to_owned())]),
        ..Options::in_memory(root, builder_run::functions)
    }
}

/// Sends a request to the API and returns its status, headers and body.
async fn send(
    stack: &Stack,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String, String) {
    let address = stack.api_url().trim_start_matches("http://").to_owned();
    send_to(&address, &address, method, path, headers, body).await
}

/// Sends a request with the host name `host`, wherever that name resolves to.
async fn send_to(
    address: &str,
    host: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: \
         {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn register(stack: &Stack, email: &str) -> u16 {
    let body = json!({ "email": email }).to_string();
    send(stack, "POST", "/api/v1/auth/register", "content-type: application/json\r\n", &body)
        .await
        .0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_mails_and_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { data_dir: Some(directory.path().join("data")), ..options() };
    let stack = Stack::start(options.clone()).await.unwrap();
    assert_eq!(register(&stack, "ann@example.com").await, 202);
    stack.wait_idle(Duration::from_secs(10)).await.unwrap();
    assert_eq!(stack.mail("ann@example.com").await.unwrap().len(), 1);

    let second = Stack::start(options.clone()).await.err().map(|error| error.to_string()).unwrap();
    assert!(second.contains("in use by another stack"), "{second}");
    stack.stop().await;

    let stack = Stack::start(options.clone()).await.unwrap();
    stack.wait_idle(Duration::from_secs(10)).await.unwrap();
    // // Neither lost nor sent twice.
    let (status, _, mails) =
        send(&stack, "GET", "/_local/emails?to=ann%40example.com", "", "").await;
    let mails: Value = serde_json::from_str(&mails).unwrap();
    assert_eq!((status, mails["data"].as_array().map(Vec::len)), (200, Some(1)));
    assert!(mails["data"][0]["text"].as_str().unwrap().contains("/_local/verify-email?token="));
    stack.stop().await;

    let stack = Stack::start(Options { fresh: true, ..options }).await.unwrap();
    assert!(stack.mail("ann@example.com").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_responds_itself_where_api_gateway_does() {
    let mut options = options();
    options.parameters.extend([
        ("CorsOrigins".to_owned(), "https://app.example".to_owned()),
        ("ThrottleRate".to_owned(), "1".to_owned()),
        ("ThrottleBurst".to_owned(), "3".to_owned()),
    ]);
    let stack = Stack::start(options).await.unwrap();
    let preflight = "origin: https://app.example\r\naccess-control-request-method: POST\r\n";
    let (status, head, _) = send(&stack, "OPTIONS", "/api/v1/orders", preflight, "").await;
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-origin: https://app.example"), "{head}");

    let (status, head, _) =
        send(&stack, "GET", "/health", "origin: https://app.example\r\n", "").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("access-control-expose-headers: ") && head.contains("apigw-requestid: "),
        "{head}"
    );

    let (status, _, body) =
        send(&stack, "POST", "/api/v1/auth/login", "", &"x".repeat(6 * 1024 * 1024 + 1)).await;
    assert_eq!((status, body.as_str()), (413, r#"{"message":"Request Entity Too Large"}"#));

    let mut statuses = Vec::new();
    for _ in 0..5 {
        let (status, _, body) = send(&stack, "GET", "/health", "", "").await;
        assert!(status == 200 || body == r#"{"message":"Too Many Requests"}"#, "{status} {body}");
        statuses.push(status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_has_its_own_throttle() {
    let stack = Stack::start(options()).await.unwrap();
    let post = async |path: &str| {
        let (status, head, body) =
            send(&stack, "POST", path, "content-type: application/json\r\n", "{}").await;
        if status == 429 && body == r#"{"message":"Too Many Requests"}"# {
            assert!(
                head.contains("content-type: application/json") && !head.contains("ratelimit"),
                "{head}"
            );
            return None;
        }
        Some(status)
    };
    for (path, burst) in [
        ("/api/v1/auth/login", 100),
        ("/api/v1/auth/login/second-factor", 100),
        ("/api/v1/auth/reset-password", 100),
        ("/api/v1/auth/verify-email", 100),
        ("/api/v1/auth/register", 20),
        ("/api/v1/auth/forgot-password", 20),
        ("/api/v1/auth/verify-email/resend", 20),
    ] {
        for _ in 0..burst {
            assert!(post(path).await.is_some(), "{path}");
        }
        // // The bucket is refilled while it is drained, but much more slowly.
        let mut more = 0;
        while post(path).await.is_some() {
            more += 1;
            assert!(more < 10 * burst, "{path} has no throttle of its own");
        }
    }
    // // The other routes have the stage's throttle.
    for _ in 0..5 {
        assert!(post("/api/v1/auth/refresh").await.is_some());
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_with_another_host_name_cannot_read_data() {
    let stack = Stack::start(options()).await.unwrap();
    let (api, aws) = (stack.api_url(), stack.aws_url().to_owned());
    let (api, aws) = (api.trim_start_matches("http://"), aws.trim_start_matches("http://"));
    let list = "authorization: AWS4-HMAC-SHA256 \
         Credential=local/20260101/us-east-1/dynamodb/aws4_request, Signature=x\r\nx-amz-target: \
         DynamoDB_20120810.ListTables\r\n";
    for (host, status) in
        [("evil.example:3000", 403), ("localhost:3000", 200), ("host.docker.internal", 200)]
    {
        let (page, _, told) = send_to(api, host, "GET", "/_local/emails", "", "").await;
        assert_eq!(page, status, "{host}: {told}");
        let (tables, _, told) = send_to(aws, host, "POST", "/", list, "{}").await;
        assert_eq!(tables, status, "{host}: {told}");
        assert_eq!(told.contains("only accepts requests to"), status == 403, "{told}");
        // // Only the API's tokens protect it, whatever the host name.
        assert_eq!(send_to(api, host, "GET", "/health", "", "").await.0, 200);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_are_isolated() {
    let (first, second) = tokio::join!(Stack::start(options()), Stack::start(options()));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(register(&first, "ann@example.com").await, 202);
    let (one, two) = tokio::join!(
        first.wait_idle(Duration::from_secs(10)),
        second.wait_idle(Duration::from_secs(10))
    );
    one.and(two).unwrap();
    assert_eq!(first.mail("ann@example.com").await.unwrap().len(), 1);
    assert!(second.mail("ann@example.com").await.unwrap().is_empty());
    tokio::join!(first.stop(), second.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_is_created_once() {
    let admin = Some(("root@example.com".to_owned(), "correct horse battery staple".to_owned()));
    let stack = Stack::start(Options { admin, ..options() }).await.unwrap();
    assert_eq!(
        stack.administrator().map(|created| created.email.as_str()),
        Some("root@example.com")
    );
    let again = stack.invoke(
        "bootstrap-admin",
        json!({ "email": "x@example.com", "password": "correct horse battery staple" }),
    );
    assert!(again.await.is_err());
    stack.stop().await;
}

#[tokio::test]
async fn a_missing_variable_is_reported_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let template = "
Resources:
  Health: {Type: AWS::Serverless::Function, Properties: {CodeUri: target/lambda/health}}
";
    std::fs::write(directory.path().join("template.yaml"), template).unwrap();
    let error = Stack::start(Options::in_memory(directory.path(), builder_run::functions))
        .await
        .err()
        .map(|error| format!("{error:#}"))
        .unwrap();
    assert!(
        error.starts_with("template.yaml: Resources.Health: the function health can't start"),
        "{error}"
    );
    assert!(error.contains("LOG_LEVEL is missing"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meter_counts_what_each_function_calls() {
    let meter = Meter::default();
    let stack = Stack::start(Options { meter: Some(meter.clone()), ..options() }).await.unwrap();
    drop(meter.take("register"));
    assert_eq!(register(&stack, "ann@example.com").await, 202);
    stack.wait_idle(Duration::from_secs(10)).await.unwrap();
    let (registered, mailed) = (meter.take("register"), meter.take("send-email"));
    assert_eq!(registered.operations.get("TransactWriteItems"), Some(&1), "{registered}");
    assert!(registered.write_units > 2.0, "{registered:?}");
    assert_eq!(mailed.operations.get("SendEmail"), Some(&1), "{mailed}");
    // // The poller receives messages with the function's role, but is not the function.
    assert_eq!(mailed.operations.get("ReceiveMessage"), None, "{mailed}");
    assert_eq!(meter.take("register"), Calls::default());
    stack.stop().await;
}
