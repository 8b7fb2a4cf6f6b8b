//! The job `bootstrap-admin`

use builder_tests::Stack;
use serde_json::json;

#[tokio::test]
async fn the_first_admin_is_created_once() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let me = admin.get("/api/v1/me").await.expect(200).data();
    assert_eq!(me["role"], "admin");
    let second = stack
        .invoke(
            "bootstrap-admin",
            json!({ "email": "eve@example.com", "password": "eve's own password" }),
        )
        .await;
    let error = second.unwrap_err().to_string();
    assert!(error.contains("already been created") && !error.contains("password"), "{error}");
    stack
        .visitor()
        .login("eve@example.com", "eve's own password")
        .await
        .problem(401, "invalid-credentials");
}

/// Shell input is stored in the history, so the operator only enters an address, and its owner sets
/// the password.
#[tokio::test]
async fn the_first_admin_sets_the_password_by_mail() {
    let stack = Stack::own().without_admin().start();
    stack.invoke("bootstrap-admin", json!({ "email": "root@example.com" })).await.unwrap();
    let again = stack
        .invoke("bootstrap-admin", json!({ "email": "root@example.com" }))
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("already been created"), "{again}");
    let visitor = stack.visitor();
    let token = visitor.mail("root@example.com", "Reset your password").await.token();
    let password = "a long passphrase of nobody else";
    visitor
        .post("/api/v1/auth/reset-password", &json!({ "token": token, "password": password }))
        .await
        .expect(204);
    let admin = visitor.sign_in("root@example.com", password).await;
    assert_eq!(admin.get("/api/v1/me").await.expect(200).data()["role"], "admin");
}

#[tokio::test]
async fn errors_do_not_repeat_secrets_of_the_payload() {
    let stack = Stack::shared();
    for payload in [
        json!({}),
        json!({ "password": "a password to hide" }),
        json!({ "email": "nobody", "password": "a password to hide" }),
        json!({ "email": "eve@example.com", "password": "hide-it" }),
        json!({ "email": "eve@example.com", "password": "hidehidehide" }),
        json!({ "email": "hide.builder@example.com", "password": "Hide-Builder-2026" }),
        json!({ "email": "eve@example.com", "password": "a password to hide", "role": "admin" }),
        json!("a password to hide"),
    ] {
        let error = stack.invoke("bootstrap-admin", payload.clone()).await.unwrap_err().to_string();
        assert!(!error.contains("hide"), "{error}");
    }
}
