//! The examples of requests in the API's description.

use std::collections::BTreeSet;

use builder_tests::{Stack, catalogue, described, fresh_key};
use serde_json::Value;

/// Returns the example of an ID of this kind.
fn example_id(prefix: &str) -> String {
    format!("{prefix}_01h455vb4pex5vsknk084sn02q")
}

#[tokio::test]
async fn request_examples_are_accepted() {
    let stack = Stack::own().unlimited().start();
    // Routes that add a way to sign in need a recent session.
    let (admin, user) = (stack.sign_in_admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 1000).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let known =
        [("products", "prd", product), ("orders", "ord", order), ("users", "usr", user.id().await)];
    let real = |text: String| {
        known.iter().fold(text, |text, (_, prefix, id)| text.replace(&example_id(prefix), id))
    };
    let paths = described().document()["paths"].as_object().unwrap();
    let mut accepted = BTreeSet::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let Some(body) = operation["requestBody"]["content"]["application/json"].get("example")
            else {
                continue;
            };
            let body: Value = serde_json::from_str(&real(body.to_string())).unwrap();
            let noun = path.split('/').nth(3).unwrap_or_default();
            let id = known
                .iter()
                .find(|(of, ..)| *of == noun)
                .map_or_else(|| example_id("pay"), |(.., id)| id.clone());
            let path = path.replace("{id}", &id).replace("{provider}", "google");
            let method = method.to_uppercase().parse().unwrap();
            // After signing out, a user can send no further example.
            let sender = if name == "logout" { &user } else { &admin };
            let answer =
                sender.request(method, &path).json(&body).key(fresh_key()).if_match("*").await;
            let code =
                if answer.status < 400 { Value::Null } else { answer.json()["code"].clone() };
            let wrong = ["invalid-request", "malformed-request", "unsupported-media-type"]
                .iter()
                .any(|wrong| code == **wrong);
            // The example contains another account than the one that sends it.
            let wrong = wrong && answer.json()["errors"][0]["pointer"] != "/currentPassword";
            answer.check(!wrong, &format!("the example of {name} is not valid"));
            if answer.status < 400 {
                accepted.insert(name);
            }
        }
    }
    // Others need a token, a code or a resource that no example can contain.
    for name in [
        "adjustStock",
        "createApiKey",
        "createProduct",
        "forgotPassword",
        "issueInvoice",
        "placeOrder",
        "register",
        "replaceLogo",
        "replaceSettings",
        "resendVerification",
        "updateMe",
        "updateProduct",
        "updateUser",
    ] {
        assert!(accepted.contains(name), "{name} is not among {accepted:?}");
    }
}
