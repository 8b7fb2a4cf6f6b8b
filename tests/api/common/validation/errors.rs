//! Requests that can't be parsed, and the problems that clients get.

use builder_tests::{Stack, fresh_key, repository, routes};
use serde_json::{Value, json};

use crate::common::sample_path;

const UNKNOWN_ORDER: &str = "/api/v1/orders/ord_01h455vb4pex5vsknk084sn02q";

/// Returns the method and path of every route that accepts a JSON body.
fn with_body() -> Vec<(reqwest::Method, String)> {
    let document: Value = serde_json::from_str(
        &std::fs::read_to_string(repository().join("functions/system/openapi.json")).unwrap(),
    )
    .unwrap();
    let takes_body = |route: &builder_runtime::Route| {
        // Stripe defines the body of its webhooks.
        route.name != "stripe-hook"
            && document["paths"][route.path][route.method.as_str().to_lowercase()]["requestBody"]
                .is_object()
    };
    let found: Vec<_> = routes()
        .iter()
        .filter(|route| takes_body(route))
        .map(|route| (route.method.clone(), sample_path(route)))
        .collect();
    assert!(found.len() >= 10, "{found:?}");
    found
}

#[tokio::test]
async fn a_body_that_is_not_json_is_malformed() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    for (method, path) in with_body() {
        // Without a body, signing out uses the access token.
        let empty = (path != "/api/v1/auth/logout").then_some("");
        for body in ["{", "{\"a\": 1,}", "nonsense", "\u{feff}{}", "{}{}"].into_iter().chain(empty)
        {
            let request = admin.request(method.clone(), &path).if_match("*").key(fresh_key());
            request.body("application/json", body).await.problem(400, "malformed-request");
        }
        let bytes = admin
            .request(method, &path)
            .if_match("*")
            .key(fresh_key())
            .body("application/json", vec![0xff, 0xfe]);
        bytes.await.problem(400, "malformed-request");
    }
}

#[tokio::test]
async fn other_content_types_are_not_supported() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    for (method, path) in with_body() {
        for content_type in
            ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]
        {
            let request = admin
                .request(method.clone(), &path)
                .if_match("*")
                .key(fresh_key())
                .body(content_type, "{}");
            request.await.problem(415, "unsupported-media-type");
        }
        let request = admin
            .request(method, &path)
            .if_match("*")
            .key(fresh_key())
            .body("Application/JSON; charset=utf-8", "[]");
        request.await.problem(422, "invalid-request");
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_megabyte_is_too_large() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let body = |bytes: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(bytes - 8));
    for (method, path) in with_body() {
        let request = admin
            .request(method, &path)
            .if_match("*")
            .key(fresh_key())
            .body("application/json", body(1024 * 1024 + 1));
        request.await.problem(413, "content-too-large");
    }
    let just = admin
        .request(reqwest::Method::POST, "/api/v1/products")
        .body("application/json", body(1024 * 1024));
    just.await.problem(422, "invalid-request");
}

#[tokio::test]
async fn gateway_refusals_are_plain_json() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let answer = admin
        .request(reqwest::Method::POST, "/api/v1/products")
        .body("application/json", "x".repeat(6 * 1024 * 1024 + 1))
        .await;
    answer.check(answer.status == 413, "expected status 413");
    assert!(answer.json()["message"].is_string(), "{}", answer.body_text());
}

#[tokio::test]
async fn unknown_members_are_refused_with_pointers() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    for (method, path) in with_body() {
        let body = json!({ "surprise": 1, "other/one": { "a": 2 } });
        let problem = admin
            .request(method, &path)
            .if_match("*")
            .key(fresh_key())
            .json(&body)
            .await
            .problem(422, "invalid-request");
        for pointer in ["/surprise", "/other~1one"] {
            assert!(
                problem.pointers().iter().any(|present| present == pointer),
                "{path}: {}",
                problem.body
            );
        }
    }
    let nested = json!({ "items": [{ "productId": "prd_01h455vb4pex5vsknk084sn02q", "quantity": 1, "unitPrice": 1 }] });
    admin
        .post("/api/v1/orders", &nested)
        .await
        .problem(422, "invalid-request")
        .at(&["/items/0/unitPrice"]);
}

#[tokio::test]
async fn errors_of_every_kind_are_reported_at_once() {
    let user = Stack::shared().user().await;
    let items = json!([{ "productId": "nope", "quantity": 0 }, { "quantity": "two" }]);
    let pointers = [
        "/items/0/productId",
        "/items/0/quantity",
        "/items/1/productId",
        "/items/1/quantity",
        "/surprise",
    ];
    let mut reported = user
        .post("/api/v1/orders", &json!({ "items": items, "surprise": 1 }))
        .await
        .problem(422, "invalid-request")
        .pointers();
    reported.sort_unstable();
    assert_eq!(reported, pointers);
}

#[tokio::test]
async fn unknown_query_parameters_are_refused_with_their_names() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for (query, pointers) in [
        ("surprise=1", vec!["?surprise"]),
        ("limit=5&page=2&offset=7", vec!["?offset", "?page"]),
        ("limit=5&limit=6", vec!["?limit"]),
    ] {
        for list in ["/api/v1/products", "/api/v1/orders", &format!("{UNKNOWN_ORDER}/events")] {
            user.get(format!("{list}?{query}")).await.problem(422, "invalid-request").at(&pointers);
        }
    }
    user.get("/api/v1/me?fields=name&x")
        .await
        .problem(422, "invalid-request")
        .at(&["?fields", "?x"]);
    user.order(&[]).await.problem(422, "invalid-request");
    user.post("/api/v1/orders?dryRun=true", &json!({ "items": [] }))
        .await
        .problem(422, "invalid-request")
        .at(&["/items", "?dryRun"]);
    user.get("/api/v1/orders?limit=0&status=lost&userId=me&page=2")
        .await
        .problem(422, "invalid-request")
        .at(&["?limit", "?page", "?status", "?userId"]);
}

/// Messages of parsers must not be returned to clients: every rejection of a value has a message of
/// the API that states what to write.
#[tokio::test]
async fn parser_messages_are_not_returned_to_clients() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let parsers = [
        "invalid type",
        "invalid value",
        "unknown variant",
        "unknown field",
        "missing field",
        "expected",
        "Unix",
        "parse",
        "digit",
        "trailing",
        "EOF",
        "at line",
    ];
    let queries = [
        (
            "/api/v1/audit-events",
            vec!["from", "to", "actor", "owner", "resource", "limit", "cursor", "type"],
        ),
        ("/api/v1/orders", vec!["limit", "cursor", "status", "userId"]),
        ("/api/v1/events", vec!["limit", "cursor", "types"]),
        ("/api/v1/products", vec!["limit", "cursor"]),
    ];
    let values = [
        "9999-12-31T23:59:59Z",
        "-1",
        "256",
        "1e3",
        "%00",
        "*",
        "x",
        "2026-02-30T00:00:00Z",
        "202-01-01T00:00:00Z",
        "99999999999999999999",
    ];
    let mut refused = 0;
    for (path, names) in &queries {
        for name in names {
            for value in values {
                let answer = admin.get(format!("{path}?{name}={value}")).await;
                if answer.status == 200 {
                    continue;
                }
                let problem = answer.problem(422, "invalid-request").at(&[&format!("?{name}")]);
                let detail = problem.body["errors"][0]["detail"].as_str().unwrap();
                assert!(
                    !parsers.iter().any(|word| detail.contains(word)),
                    "{name}={value}: {detail}"
                );
                refused += 1;
            }
        }
    }
    let bodies = [
        ("/api/v1/orders", vec!["items", "userId"]),
        ("/api/v1/products", vec!["sku", "name", "unitPrice", "taxPercent", "stock"]),
        ("/api/v1/api-keys", vec!["name", "scopes", "expiresAt"]),
    ];
    let values = [
        json!("9999-12-31T23:59:59Z"),
        json!("0000-00-00"),
        json!("*"),
        json!(1e300),
        json!(-1),
        json!(1.5),
        json!(true),
        json!([null]),
        json!({}),
        json!(""),
        json!({ "amount": 1.5, "currency": 3 }),
    ];
    for (path, names) in &bodies {
        for name in names {
            for value in &values {
                let answer = admin.post(path, &json!({ (*name): value })).await;
                let problem = answer.problem(422, "invalid-request");
                for error in problem.body["errors"].as_array().unwrap() {
                    let detail = error["detail"].as_str().unwrap();
                    assert!(
                        !parsers.iter().any(|word| detail.contains(word)),
                        "{name} = {value}: {detail}"
                    );
                }
                refused += 1;
            }
        }
    }
    println!("{refused} refusals, none with a parser's message");
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let visitor = Stack::shared().visitor();
    let body = r#"{"email":"ada@example.com","email":"eve@example.com"}"#;
    let request = visitor
        .request(reqwest::Method::POST, "/api/v1/auth/register")
        .body("application/json", body);
    let problem = request.await.problem(400, "malformed-request");
    assert!(problem.body["detail"].as_str().unwrap().contains("duplicate"), "{}", problem.body);
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let visitor = Stack::shared().visitor();
    let request = visitor.post("/api/v1/auth/login", &json!({})).header("content-encoding", "gzip");
    request.await.problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_route_without_a_body_refuses_one() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let path = format!("{UNKNOWN_ORDER}/cancel");
    admin
        .post(&path, &json!({ "reason": "changed my mind" }))
        .await
        .problem(422, "invalid-request")
        .at(&[""]);
    admin.command(&path).body("application/json", "{").await.problem(400, "malformed-request");
    // Some clients send an empty object instead of no body.
    admin.post(&path, &json!({})).await.problem(404, "not-found");
    admin.command(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn malformed_and_foreign_ids_are_not_found() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for id in [
        "1",
        "ord_",
        "prd_01h455vb4pex5vsknk084sn02q",
        "ORD_01H455VB4PEX5VSKNK084SN02Q",
        "ord_81h455vb4pex5vsknk084sn02q",
        "%00",
        "..%2f..",
        "ord_01h455vb4pex5vsknk084sn02q",
    ] {
        user.get(format!("/api/v1/orders/{id}")).await.problem(404, "not-found");
        user.get(format!("/api/v1/orders/{id}/events")).await.problem(404, "not-found");
        user.command(format!("/api/v1/orders/{id}/cancel")).await.problem(404, "not-found");
    }
}
