//! The program that `cargo run` starts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

/// A running program and its output.
struct Program {
    child: Child,
    banner: String,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_builder-local"));
    command.args([
        "--api-port",
        "0",
        "--aws-port",
        "0",
        "--stripe-port",
        "0",
        "--log-level",
        "error",
        "--parameter",
        "PasswordCost=4",
    ]);
    command
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

impl Program {
    fn start(data_dir: &Path, arguments: &[&str]) -> Self {
        let arguments: Vec<&str> = ["--data-dir", data_dir.to_str().unwrap()]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let mut child = command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut banner = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !banner.contains("Ctrl-C stops") {
            assert!(lines.read_line(&mut banner).unwrap() > 0, "it ends: {banner}");
        }
        Self { child, banner }
    }

    /// Returns the word after this one in the banner.
    fn word(&self, before: &str) -> &str {
        let (_, rest) = self
            .banner
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before} in {}", self.banner));
        rest.split_whitespace().next().unwrap()
    }

    fn api(&self) -> &str {
        self.word("API")
    }

    fn client(&self, token: &str) -> Client {
        Client {
            http: reqwest::Client::new(),
            api: self.api().to_owned(),
            token: self.word(token).to_owned(),
        }
    }

    /// Invokes a job as its schedule does.
    async fn invoke(&self, job: &str) {
        let url = format!("{}/2015-03-31/functions/{job}/invocations", self.word("AWS"));
        let credential = "AWS4-HMAC-SHA256 \
             Credential=local/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, \
             Signature=00";
        let answer = reqwest::Client::new()
            .post(url)
            .header("authorization", credential)
            .body("{}")
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success() && !answer.headers().contains_key("x-amz-function-error"),
            "{job}: {answer:?}"
        );
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

struct Client {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Client {
    async fn get(&self, path: &str) -> Value {
        let answer = self
            .http
            .get(format!("{}{path}", self.api))
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body["data"].clone()
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        self.http.post(format!("{}{path}", self.api)).json(body).send().await.unwrap().status()
    }

    /// Waits until the response at this path satisfies the condition.
    async fn wait(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let seen = self.get(path).await;
            if is_so(&seen) {
                return seen;
            }
            assert!(start.elapsed() < Duration::from_secs(120), "{path}: {seen}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Returns the status of each order, the oldest first.
    async fn statuses(&self) -> Vec<String> {
        let orders = self.get("/orders?limit=100").await;
        let statuses = orders.as_array().unwrap().iter().rev();
        statuses.map(|order| order["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits for a mail whose subject contains this, and returns its text.
    async fn mail(&self, to: &str, subject: &str) -> String {
        let url = format!("{}/_local/emails?to={to}", self.api.trim_end_matches("/api/v1"));
        let start = Instant::now();
        loop {
            let mails: Value = self.http.get(&url).send().await.unwrap().json().await.unwrap();
            let mut mails_about = mails["data"].as_array().unwrap().iter();
            if let Some(mail) =
                mails_about.find(|mail| mail["subject"].as_str().unwrap().contains(subject))
            {
                return mail["text"].as_str().unwrap().to_owned();
            }
            assert!(start.elapsed() < Duration::from_secs(120), "no mail about {subject}: {mails}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Downloads the PDF of an invoice.
    async fn pdf(&self, invoice: &str) -> Vec<u8> {
        let place = self.get(&format!("/invoices/{invoice}/pdf")).await;
        let answer = self.http.get(place["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{place}");
        answer.bytes().await.unwrap().to_vec()
    }
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let base = tempfile::tempdir().unwrap();
    let data = base.path().join("data");
    (base, data)
}

#[tokio::test]
async fn demo_data_is_created_once() {
    let (_base, data) = place();
    for _ in 0..2 {
        let program = Program::start(&data, &["--demo"]);
        let (admin, buyer) = (program.client("admin="), program.client("buyer="));
        assert_eq!(admin.get("/products?limit=100").await.as_array().unwrap().len(), 10);
        assert_eq!(admin.get("/users?limit=100").await.as_array().unwrap().len(), 3);
        assert_eq!(buyer.statuses().await, ["processing", "completed", "cancelled", "pending"]);
        let all = admin.statuses().await;
        for (status, count) in
            [("pending", 3), ("processing", 1), ("completed", 2), ("cancelled", 1), ("failed", 1)]
        {
            assert_eq!(
                all.iter().filter(|seen| *seen == status).count(),
                count,
                "{status} of {all:?}"
            );
        }
        let invoices =
            admin.wait("/invoices?limit=100", |seen| seen.as_array().unwrap().len() == 5).await;
        let invoices = invoices.as_array().unwrap();
        let of_buyer = buyer.get("/invoices").await;
        let paid = of_buyer[0]["id"].as_str().unwrap();
        let seen = buyer.wait(&format!("/invoices/{paid}"), |seen| seen["file"].is_object()).await;
        assert_eq!(seen["file"]["electronic"], true, "{invoices:?}");
        assert!(buyer.pdf(paid).await.starts_with(b"%PDF-"));
        program.stop();
    }
}

#[tokio::test]
async fn the_clock_option_applies_to_links_orders_and_invoices() {
    let (_base, data) = place();
    let program = Program::start(&data, &["--demo"]);
    let buyer = program.client("buyer=");
    let invoice = buyer.get("/invoices").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        buyer.post("/auth/forgot-password", &json!({ "email": "ada@example.com" })).await,
        202
    );
    let mail = buyer.mail("ada@example.com", "password").await;
    let token = mail.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned();
    program.stop();

    // // An order expires after a day, a link and a token after an hour.
    let program = Program::start(&data, &["--clock", "+25h", "--demo"]);
    assert!(program.banner.contains("25 hours ahead"), "{}", program.banner);
    let (admin, buyer) = (program.client("admin="), program.client("buyer="));
    let reset = json!({ "token": token, "password": PASSWORD });
    assert_eq!(buyer.post("/auth/reset-password", &reset).await, 422);
    let expired = |orders: &Value| {
        orders.as_array().unwrap().iter().filter(|order| order["status"] == "pending").count() == 1
    };
    program.invoke("expire-orders").await;
    // // The invoiced order does not expire.
    admin.wait("/orders?limit=100", expired).await;
    // // Signed URLs use the same time as the endpoint.
    assert!(buyer.pdf(&invoice).await.starts_with(b"%PDF-"));
    program.stop();

    // // Time doesn't go back.
    let program = Program::start(&data, &[]);
    assert!(program.banner.contains("25 hours ahead"), "{}", program.banner);
    program.stop();

    // // Due in 14 days; the reminder follows 7 days later.
    let program = Program::start(&data, &["--clock", "+22d", "--demo"]);
    program.invoke("remind-overdue").await;
    program.client("buyer=").mail("grace@example.com", "Reminder").await;
    program.stop();
}

#[tokio::test]
async fn the_limits_option_enables_rate_limits() {
    let (_base, data) = place();
    for (arguments, refused) in [(&[][..], false), (&["--limits"], true)] {
        let program = Program::start(&data, arguments);
        let (client, url) = (
            reqwest::Client::new(),
            format!("{}/docs/", program.api().trim_end_matches("/api/v1")),
        );
        let mut statuses = Vec::new();
        for _ in 0..130 {
            statuses.push(client.get(&url).send().await.unwrap().status());
        }
        assert_eq!(
            statuses.contains(&StatusCode::TOO_MANY_REQUESTS),
            refused,
            "{arguments:?} {statuses:?}"
        );
        program.stop();
    }
}

#[test]
fn the_exit_code_of_doctor_shows_whether_a_stack_can_start() {
    let (base, data) = place();
    let healthy = output(&["--data-dir", data.to_str().unwrap(), "doctor"]);
    let told = String::from_utf8(healthy.stdout).unwrap();
    assert!(healthy.status.success(), "{told}");
    for what in [
        "template",
        "API port",
        "AWS port",
        "Stripe port",
        "data",
        "disk",
        "cargo-lambda",
        "sam",
        "node",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
    std::fs::write(base.path().join("file"), "").unwrap();
    let wrong = output(&["--data-dir", base.path().to_str().unwrap(), "doctor"]);
    let told = String::from_utf8(wrong.stdout).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(told.contains("PROBLEM") && told.contains("--data-dir"), "{told}");
}

#[test]
fn a_failed_start_prints_one_line_and_deletes_nothing() {
    let base = tempfile::tempdir().unwrap();
    std::fs::write(base.path().join("letter"), "mine").unwrap();
    for arguments in [&["--fresh"][..], &[], &["--fresh", "--demo"], &["--fresh", "--clock", "+1h"]]
    {
        let arguments: Vec<&str> = ["--data-dir", base.path().to_str().unwrap()]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let refused = output(&arguments);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), told.lines().count()), (Some(1), 1), "{told}");
        assert!(told.contains("was not created by a stack"), "{told}");
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 1, "{told}");
    }
}
