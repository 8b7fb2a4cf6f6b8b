//! A deployment behind a content delivery network: only requests through it are answered, and only
//! its header is trusted for the client's address.

use std::sync::Arc;
use std::time::Duration;

use builder_local::template;
use builder_tests::{PASSWORD, Stack, User, Visitor, repository, routes};
use sha2::{Digest, Sha256};

use super::sample_path;

pub(super) const CURRENT: &str = "edge_current-0123456789abcdefghijklmnopqrstuvwxyz";
const PREVIOUS: &str = "edge_previous-0123456789abcdefghijklmnopqrstuvwxyz";
/// A public route that is counted.
const COUNTED: &str = "/.well-known/jwks.json";

/// Returns the value of the parameter `OriginLock` that accepts these secrets.
pub(super) fn lock(secrets: &[&str]) -> String {
    secrets.iter().map(|secret| hex::encode(Sha256::digest(secret))).collect::<Vec<_>>().join(",")
}

/// Starts a stack behind an edge, with a frozen clock.
fn locked() -> Arc<Stack> {
    Stack::own().frozen_clock().parameter("OriginLock", &lock(&[CURRENT, PREVIOUS])).start()
}

/// Returns a client that sends requests as an edge server at `connection`, for a client at the
/// address `viewer`.
fn through(connection: &Visitor, secret: &str, viewer: &str) -> Visitor {
    connection.with_headers([("x-origin-verify", secret), ("cloudfront-viewer-address", viewer)])
}

#[tokio::test]
async fn every_route_refuses_requests_that_bypass_the_edge() {
    let stack = locked();
    let stranger = stack.visitor();
    let mut walked = 0;
    for route in routes() {
        let path =
            if route.path == "$default" { "/nowhere".to_owned() } else { sample_path(&route) };
        for secret in [
            None,
            Some("wrong"),
            Some(""),
            Some(&CURRENT[..CURRENT.len() - 1]),
            Some(&lock(&[CURRENT])),
        ] {
            let request = stranger.request(route.method.clone(), &path).if_match("*").key("a-key");
            let request = if let Some(secret) = secret {
                request.header("x-origin-verify", secret)
            } else {
                request
            };
            // The rest of the request is not checked, and the request is not counted.
            let answer =
                request.body("text/plain", "{").await.problem(403, "direct-access-refused").answer;
            assert!(
                answer.header("ratelimit").is_none() && answer.header("x-request-id").is_some(),
                "{route:?}"
            );
        }
        walked += 1;
    }
    assert!(walked > 20, "only {walked} routes");
    // A valid token makes no difference.
    let user = User::new(through(&stranger, CURRENT, "192.0.2.1:1")).await;
    stranger
        .with_token(&user.tokens.access)
        .get("/api/v1/me")
        .await
        .problem(403, "direct-access-refused");
    user.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn only_the_current_and_previous_secrets_are_accepted() {
    let stack = locked();
    for secret in [CURRENT, PREVIOUS] {
        let client = through(&stack.visitor(), secret, "192.0.2.1:1");
        client.get("/health").await.expect(200);
        client.get("/nowhere").await.problem(404, "not-found");
        client.get("/api/v1/me").await.problem(401, "unauthenticated");
    }
    let later = Stack::own().parameter("OriginLock", &lock(&[CURRENT])).start();
    through(&later.visitor(), CURRENT, "192.0.2.1:1").get("/health").await.expect(200);
    through(&later.visitor(), PREVIOUS, "192.0.2.1:1")
        .get("/health")
        .await
        .problem(403, "direct-access-refused");
}

#[tokio::test]
async fn the_edge_template_sends_the_required_header() {
    let document = template::document(&repository().join("infra/edge.yaml")).unwrap();
    let distribution = &document["Resources"]["Distribution"]["Properties"]["DistributionConfig"];
    let sent = distribution["Origins"][0]["OriginCustomHeaders"].as_array().unwrap();
    assert_eq!(sent.len(), 1);
    let either = sent[0]["HeaderValue"]["Fn::If"].as_array().unwrap();
    for value in &either[1..] {
        // Logs mask values with this prefix.
        assert!(
            value["Fn::Sub"]
                .as_str()
                .unwrap()
                .starts_with("edge_{{resolve:secretsmanager:${OriginSecret}:SecretString"),
            "{value}"
        );
    }
    let client =
        locked().visitor().with_headers([(sent[0]["HeaderName"].as_str().unwrap(), CURRENT)]);
    client.get("/health").await.expect(200);
}

#[tokio::test]
async fn without_an_edge_a_forged_client_address_is_ignored() {
    let stack = Stack::own().frozen_clock().start();
    let (client, neighbour) = (stack.visitor(), stack.visitor());
    for (spent, viewer) in ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"].into_iter().enumerate() {
        let answer = through(&client, CURRENT, viewer).get(COUNTED).await.expect(200);
        assert_eq!(
            answer.remaining(),
            99 - spent as u64,
            "the client must be counted under its real address"
        );
    }
    assert_eq!(
        through(&neighbour, CURRENT, "192.0.2.1:1").get(COUNTED).await.expect(200).remaining(),
        99
    );
    let user = User::new(through(&client, CURRENT, "192.0.2.1:1")).await;
    let sessions = user.get("/api/v1/sessions").await.expect(200).data();
    assert!(sessions[0]["address"].as_str().unwrap().starts_with("127."), "{sessions}");
}

#[tokio::test]
async fn clients_behind_one_edge_server_have_separate_limits() {
    let stack = locked();
    let (one, other) = (stack.visitor(), stack.visitor());
    let remaining = async |server: &Visitor, viewer: &str| {
        through(server, CURRENT, viewer).get(COUNTED).await.expect(200).remaining()
    };
    assert_eq!(remaining(&one, "192.0.2.1:1000").await, 99);
    assert_eq!(remaining(&one, "192.0.2.2:1000").await, 99, "another client, the same server");
    assert_eq!(remaining(&other, "192.0.2.1:2000").await, 98, "the same client, another server");
    // An IPv6 subscriber has a whole /64. The last group here is the port.
    assert_eq!(remaining(&one, "2001:db8:1:2::c4a:42838").await, 99);
    assert_eq!(remaining(&other, "2001:db8:1:2:3:4:5:6:443").await, 98);
    assert_eq!(remaining(&one, "2001:db8:1:3::c4a:9985").await, 99);
    // Without a valid client address, the edge server itself is counted.
    assert_eq!(remaining(&one, "nobody").await, 99);
    assert_eq!(
        one.with_headers([("x-origin-verify", CURRENT)]).get(COUNTED).await.expect(200).remaining(),
        98
    );
}

#[tokio::test]
async fn requests_that_bypass_the_edge_are_not_counted() {
    let stack = locked();
    let (stranger, server) = (stack.visitor(), stack.visitor());
    for _ in 0..150 {
        through(&stranger, "wrong", "192.0.2.1:1")
            .get(COUNTED)
            .await
            .problem(403, "direct-access-refused");
    }
    assert_eq!(
        through(&server, CURRENT, "192.0.2.1:1").get(COUNTED).await.expect(200).remaining(),
        99
    );
    assert_eq!(
        through(&stranger, CURRENT, "nobody").get(COUNTED).await.expect(200).remaining(),
        99
    );
}

#[tokio::test]
async fn failed_sign_ins_count_for_the_client_not_the_edge() {
    let stack = locked();
    let (one, other) = (stack.visitor(), stack.visitor());
    let user = User::new(through(&one, CURRENT, "192.0.2.9:1")).await;
    for port in 1..=7 {
        let server = if port % 2 == 0 { &one } else { &other };
        let guesser = through(server, CURRENT, &format!("192.0.2.1:{port}"));
        guesser
            .login(&Visitor::fresh_email(), "wrong password")
            .await
            .problem(401, "invalid-credentials");
    }
    for server in [&one, &other] {
        through(server, CURRENT, "192.0.2.1:99")
            .login(&user.email, PASSWORD)
            .await
            .problem(429, "too-many-failures");
    }
    // Other clients of the same server aren't affected, and the session contains the client's real
    // address.
    stack.clock.advance(Duration::from_secs(1));
    let bystander = through(&other, CURRENT, "192.0.2.2:1").sign_in(&user.email, PASSWORD).await;
    let sessions = bystander.get("/api/v1/sessions").await.expect(200).data();
    let addresses: Vec<_> = sessions
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["192.0.2.2", "192.0.2.9"]);
    stack.clock.advance(Duration::from_secs(60));
    through(&one, CURRENT, "192.0.2.1:100").sign_in(&user.email, PASSWORD).await;
}

#[tokio::test]
async fn preflights_are_answered_without_the_origin_secret() {
    let stack = Stack::own()
        .parameter("OriginLock", &lock(&[CURRENT]))
        .parameter("CorsOrigins", "https://app.example")
        .start();
    let preflight = stack.visitor().request(reqwest::Method::OPTIONS, "/api/v1/orders");
    let preflight = preflight
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST");
    let answer = preflight.await;
    let allowed = answer.header("access-control-allow-origin");
    answer.check(
        answer.status == 204 && allowed == Some("https://app.example"),
        "expected the gateway's own response",
    );
    // The request after it needs the secret, and the browser may read the refusal.
    let answer =
        stack.visitor().get("/api/v1/orders").header("origin", "https://app.example").await;
    let refused = answer.problem(403, "direct-access-refused").answer;
    assert_eq!(refused.required("access-control-allow-origin"), "https://app.example");
}
