//! The job `bootstrap-admin`

use builder_tests::Stack;
use serde_json::json;

#[tokio::test]
async fn the_first_admin_is_made_once_and_may_do_everything() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let me = admin.get("/api/v1/me").await.expect(200).data();
    assert_eq!(me["role"], "admin");
    let second = stack.invoke("bootstrap-admin", json!({ "email": "eve@example.com", "password": "eve's own password" })).await;
    let error = second.unwrap_err().to_string();
    assert!(error.contains("only once") && !error.contains("password"), "{error}");
    stack.visitor().login("eve@example.com", "eve's own password").await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn a_wrong_payload_is_told_without_its_secrets() {
    let stack = Stack::shared();
    for payload in [
        json!({}),
        json!({ "email": "nobody", "password": "a password to hide" }),
        json!({ "email": "eve@example.com", "password": "hide-it" }),
        json!({ "email": "eve@example.com", "password": "a password to hide", "role": "admin" }),
        json!("a password to hide"),
    ] {
        let error = stack.invoke("bootstrap-admin", payload.clone()).await.unwrap_err().to_string();
        assert!(!error.contains("hide"), "{error}");
    }
}
