//! `GET /.well-known/security.txt`

use std::time::Duration;

use builder_tests::Stack;
use jiff::Timestamp;
use serde_json::json;

const PATH: &str = "/.well-known/security.txt";

#[tokio::test]
async fn security_txt_contains_the_configured_contacts() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, visitor) = (stack.admin().await, stack.visitor());
    visitor.get(PATH).await.problem(404, "not-found");

    let mut settings = admin.get("/api/v1/settings").await.expect(200).data();
    settings["security"]["disclosure"] = json!({
        "contacts": ["mailto:security@example.com", "https://example.com/report"],
        "policy": "https://example.com/policy",
        "languages": ["en", "de-CH"],
    });
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    stack.clock.advance(Duration::from_secs(300));
    let answer = visitor.get(PATH).await.expect(200);
    assert_eq!(answer.required("content-type"), "text/plain; charset=utf-8");
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let lines: Vec<(&str, &str)> =
        text.lines().map(|line| line.split_once(": ").unwrap()).collect();
    let canonical = format!("{}{PATH}", stack.api_url);
    let fixed: Vec<_> = lines.iter().copied().filter(|(name, _)| *name != "Expires").collect();
    assert_eq!(
        fixed,
        [
            ("Contact", "mailto:security@example.com"),
            ("Contact", "https://example.com/report"),
            ("Canonical", canonical.as_str()),
            ("Policy", "https://example.com/policy"),
            ("Preferred-Languages", "en, de-CH"),
        ]
    );
    let expires: Vec<Timestamp> = lines
        .iter()
        .filter(|(name, _)| *name == "Expires")
        .map(|(_, value)| value.parse().unwrap())
        .collect();
    let days =
        expires[0].duration_since(builder_store::clock::Clock::now(&*stack.clock)).as_hours() / 24;
    assert!(
        expires.len() == 1 && (170..365).contains(&days),
        "RFC 9116: exactly one, less than a year away: {expires:?}"
    );

    // Without a contact, the file doesn't exist, whatever else is configured.
    settings["security"]["disclosure"] = json!({ "policy": "https://example.com/policy" });
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    stack.clock.advance(Duration::from_secs(300));
    visitor.get(PATH).await.problem(404, "not-found");
}
