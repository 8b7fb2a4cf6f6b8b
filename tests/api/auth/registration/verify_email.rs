//! `POST /api/v1/auth/verify-email` and `POST /api/v1/auth/verify-email/resend`

use std::time::Duration;

use builder_tests::{Mail, PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/verify-email";
const RESEND: &str = "/api/v1/auth/verify-email/resend";

/// Registers a new address; returns the visitor, the address and the token of the mailed link.
async fn registered(stack: &std::sync::Arc<Stack>) -> (Visitor, String, String) {
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email).await.expect(202);
    let token = visitor.mail(&email, "verify").await.token();
    (visitor, email, token)
}

#[tokio::test]
async fn verification_sets_name_and_password() {
    let stack = Stack::shared();
    let (visitor, email, token) = registered(&stack).await;
    visitor.login(&email, PASSWORD).await.problem(401, "invalid-credentials");
    let verified = visitor.verify_as(&token, PASSWORD, " Ada King ").await.expect(200);
    assert_eq!(verified.data(), json!({ "verified": true }));
    let user = visitor.sign_in(&email, PASSWORD).await;
    let me = user.get("/api/v1/me").await.expect(200).data();
    assert_eq!(
        (&me["email"], &me["name"], &me["role"]),
        (&json!(email), &json!("Ada King"), &json!("user"))
    );
}

#[tokio::test]
async fn a_verification_link_works_once() {
    let stack = Stack::shared();
    let (visitor, email, token) = registered(&stack).await;
    visitor.verify(&token).await.expect(200);
    let user = visitor.sign_in(&email, PASSWORD).await;
    let etag = user.get("/api/v1/me").await.expect(200).etag();
    let problem = visitor
        .verify_as(&token, "another horse, another battery", "Eve")
        .await
        .problem(409, "already-verified");
    assert!(problem.body["detail"].as_str().unwrap().contains("Sign in"), "{}", problem.body);
    assert_eq!(user.get("/api/v1/me").await.expect(200).etag(), etag, "nothing has changed");
    visitor
        .login(&email, "another horse, another battery")
        .await
        .problem(401, "invalid-credentials");
}

#[tokio::test]
async fn concurrent_verifications_create_one_account() {
    let stack = Stack::shared();
    let (visitor, email, token) = registered(&stack).await;
    let passwords: Vec<String> =
        (0..8).map(|number| format!("horse number {number}, battery included")).collect();
    let answers = futures::future::join_all(
        passwords.iter().map(|password| visitor.verify_as(&token, password, "Ada")),
    )
    .await;
    let won: Vec<_> =
        answers.iter().zip(&passwords).filter(|(answer, _)| answer.status == 200).collect();
    let refused = answers.iter().filter(|answer| answer.status == 409).count();
    println!(
        "8 concurrent requests with one link: {} created the account, {refused} were refused",
        won.len()
    );
    assert_eq!((won.len(), refused), (1, 7));
    visitor.sign_in(&email, won[0].1).await;
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let stack = Stack::shared();
    let (visitor, email, token) = registered(&stack).await;
    let mut changed = token.clone().into_bytes();
    let last = changed.len() - 2;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    for wrong in [
        String::from_utf8(changed).unwrap(),
        token[1..].to_owned(),
        format!("{token}A"),
        "x".to_owned(),
    ] {
        visitor.verify(&wrong).await.problem(422, "invalid-token");
    }
    visitor.login(&email, PASSWORD).await.problem(401, "invalid-credentials");
    visitor.verify(&token).await.expect(200);
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let stack = Stack::shared();
    let (visitor, email, token) = registered(&stack).await;
    let long = |letters: usize| "x".repeat(letters);
    let body = |token: &str, password: &str, name: &str| json!({ "token": token, "password": password, "name": name });
    for (body, pointers) in [
        (body("", "short", ""), vec!["/name", "/password", "/token"]),
        (body(&long(256), PASSWORD, "Ada"), vec!["/token"]),
        (body(&token, "1234567", "Ada"), vec!["/password"]),
        (body(&token, &long(257), "Ada"), vec!["/password"]),
        (body(&token, PASSWORD, "   "), vec!["/name"]),
        (body(&token, PASSWORD, &long(101)), vec!["/name"]),
        (body(&token, PASSWORD, "<a href=//evil.example>Ada</a>"), vec!["/name"]),
        (body(&token, PASSWORD, "Ada\nBcc: eve"), vec!["/name"]),
        (json!({ "token": 1, "password": PASSWORD, "name": "Ada" }), vec!["/token"]),
        (json!({ "token": token }), vec!["/name", "/password"]),
        (
            json!({ "token": token, "password": PASSWORD, "name": "Ada", "email": email }),
            vec!["/email"],
        ),
        (
            json!({ "token": token, "password": PASSWORD, "name": "Ada", "role": "admin" }),
            vec!["/role"],
        ),
        (json!([]), vec![""]),
    ] {
        visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
    // None of these requests has used the link.
    visitor.verify(&token).await.expect(200);
}

#[tokio::test]
async fn passwords_and_names_at_their_limits_are_accepted() {
    let stack = Stack::shared();
    let long = "Zwölf Boxkämpfer jagen Viktor ".repeat(9).chars().take(256).collect::<String>();
    for (password, name) in [
        ("x7#Kq!m2v", "Ada"),
        (&*long, "Ada"),
        (PASSWORD, &*"ä".repeat(100)),
        (PASSWORD, "O'Brien & Söhne, 李"),
    ] {
        let (visitor, email, token) = registered(&stack).await;
        visitor.verify_as(&token, password, name).await.expect(200);
        let me = visitor.sign_in(&email, password).await.get("/api/v1/me").await.expect(200).data();
        assert_eq!(me["name"], name);
    }
}

#[tokio::test]
async fn a_token_expires_after_a_day_and_can_be_resent() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (visitor, email, first) = registered(&stack).await;
    stack.clock.advance(Duration::from_secs(24 * 3600));
    visitor.verify(&first).await.problem(422, "invalid-token");

    visitor.post(RESEND, &json!({ "email": email })).await.expect(202);
    stack.wait_until_idle().await;
    let mails = stack.mails(&email).await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].subject, mails[1].subject);
    visitor.verify(&mails[0].token()).await.expect(200);
}

#[tokio::test]
async fn resending_reveals_nothing_and_sends_three_mails_an_hour() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (visitor, pending, _) = registered(&stack).await;
    let (user, unknown) = (stack.user().await, Visitor::fresh_email());
    stack.wait_until_idle().await;
    let before = stack.mails(&user.email).await.len();
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for _ in 0..4 {
        for email in [&pending, &user.email, &unknown] {
            bodies.push(visitor.post(RESEND, &json!({ "email": email })).await.expect(202).body);
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    stack.wait_until_idle().await;
    assert_eq!(stack.mails(&pending).await.len(), 3);
    assert_eq!(stack.mails(&user.email).await.len(), before, "there is nothing to verify");
    assert_eq!(stack.mails(&unknown).await.len(), 0);

    stack.clock.advance(Duration::from_secs(3600));
    visitor.post(RESEND, &json!({ "email": pending })).await.expect(202);
    stack.wait_until_idle().await;
    assert_eq!(stack.mails(&pending).await.len(), 4);
}

#[tokio::test]
async fn resending_does_not_invalidate_earlier_links() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    for used in [0, 1] {
        let (visitor, email, first) = registered(&stack).await;
        stack.visitor().post(RESEND, &json!({ "email": email })).await.expect(202);
        stack.wait_until_idle().await;
        let mails = stack.mails(&email).await;
        let second = mails.iter().map(Mail::token).find(|token| *token != first).unwrap();
        let tokens = [first, second];
        visitor.verify(&tokens[used]).await.expect(200);
        visitor.verify(&tokens[1 - used]).await.problem(409, "already-verified");
    }
}

#[tokio::test]
async fn resending_requires_an_address() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "email": "nobody" }), vec!["/email"]),
        (json!({ "email": Value::Null }), vec!["/email"]),
        (json!({ "email": Visitor::fresh_email(), "name": "Ada" }), vec!["/name"]),
    ] {
        visitor.post(RESEND, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}
