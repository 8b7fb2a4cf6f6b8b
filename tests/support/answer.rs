//! A response, with its request: a failed expectation prints the whole exchange.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: HeaderMap,
    request: String,
    path: String,
}

impl Answer {
    pub(crate) fn new(
        request: String,
        path: String,
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Self {
        Self { status, body, headers, request, path }
    }

    /// Expects this status, and the headers that every response of ours has.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        self.check(self.status == status, &format!("expected status {status}"));
        if !self.path.starts_with("/_local") {
            for name in [
                "x-request-id",
                "cache-control",
                "x-content-type-options",
                "strict-transport-security",
                "content-security-policy",
            ] {
                self.check(self.header(name).is_some(), &format!("expected the header {name}"));
            }
        }
        self
    }

    /// Expects a problem with this status and code, in the format of RFC 9457.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Problem {
        let answer = self.expect(status);
        let content_type = answer.header("content-type");
        answer.check(content_type == Some("application/problem+json"), "expected a problem");
        let body = answer.json();
        let path = answer.path.split('?').next().unwrap_or_default();
        for (member, wanted) in [
            ("code", Value::from(code)),
            ("type", Value::from(format!("/problems/{code}"))),
            ("status", Value::from(status)),
            ("instance", Value::from(path)),
            ("requestId", Value::from(answer.header("x-request-id").unwrap_or_default())),
        ] {
            answer.check(body[member] == wanted, &format!("expected {member} {wanted}"));
        }
        for member in ["title", "detail"] {
            answer.check(
                body[member].as_str().is_some_and(|text| !text.is_empty()),
                &format!("expected a {member}"),
            );
        }
        Problem { answer, body }
    }

    /// Returns a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns all headers by their names.
    #[must_use]
    pub fn all_headers(&self) -> std::collections::BTreeMap<String, Vec<String>> {
        let name_and_values = |name: &reqwest::header::HeaderName| {
            (name.to_string(), self.headers(name.as_str()).into_iter().map(str::to_owned).collect())
        };
        self.headers.keys().map(name_and_values).collect()
    }

    /// Returns all headers with a name.
    #[must_use]
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// Returns a required header.
    #[track_caller]
    #[must_use]
    pub fn required(&self, name: &str) -> &str {
        self.check(self.header(name).is_some(), &format!("expected the header {name}"));
        self.header(name).unwrap_or_default()
    }

    /// Returns the required `ETag`.
    #[track_caller]
    #[must_use]
    pub fn etag(&self) -> String {
        self.required("etag").to_owned()
    }

    /// Returns whether it is the saved response to an earlier request.
    #[must_use]
    pub fn replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// Returns the body as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        self.check(parsed.is_ok(), "expected JSON");
        parsed.unwrap_or_default()
    }

    /// Returns the member `data` of the body.
    #[track_caller]
    #[must_use]
    pub fn data(&self) -> Value {
        let body = self.json();
        self.check(body.get("data").is_some(), "expected the member data");
        body["data"].clone()
    }

    /// Returns a string in `data`.
    #[track_caller]
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        let data = self.data();
        self.check(data[member].is_string(), &format!("expected the text {member}"));
        data[member].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the body as text.
    #[must_use]
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns how many requests are left, according to the `RateLimit` header.
    #[track_caller]
    #[must_use]
    pub fn remaining(&self) -> u64 {
        let left = self
            .required("ratelimit")
            .split(';')
            .find_map(|part| part.strip_prefix("r=")?.parse().ok());
        self.check(left.is_some(), "expected RateLimit with r=");
        left.unwrap_or_default()
    }

    /// Fails the test and prints the whole exchange unless the condition holds.
    #[track_caller]
    pub fn check(&self, holds: bool, expected: &str) {
        assert!(holds, "{expected}\n\n>>> {}\n<<< {}\n", self.request, self.describe());
    }

    fn describe(&self) -> String {
        let mut text = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
        let body: String = self.body_text().chars().take(4_000).collect();
        text.push_str(&format!("\n{body}"));
        text
    }
}

/// A response that is a problem.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The response.
    pub answer: Answer,
    /// Its body.
    pub body: Value,
}

impl Problem {
    /// Returns the pointers to the invalid values, sorted.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let mut pointers: Vec<String> = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
            .collect();
        pointers.sort();
        pointers
    }

    /// Expects errors at exactly these pointers, each with a text.
    #[track_caller]
    pub fn at(self, pointers: &[&str]) -> Self {
        let mut wanted: Vec<String> =
            pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
        wanted.sort();
        self.answer.check(self.pointers() == wanted, &format!("expected errors at {wanted:?}"));
        let told =
            |error: &Value| error["detail"].as_str().is_some_and(|detail| !detail.is_empty());
        self.answer.check(
            self.body["errors"].as_array().is_none_or(|errors| errors.iter().all(told)),
            "expected details",
        );
        self
    }
}
