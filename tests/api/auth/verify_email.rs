//! `POST /api/v1/auth/verify-email` and `POST /api/v1/auth/verify-email/resend`

use std::time::Duration;

use builder_tests::{Stack, Visitor};
use serde_json::{Value, json};

const RESEND: &str = "/api/v1/auth/verify-email/resend";

#[tokio::test]
async fn verifying_makes_a_guest_a_user_from_the_next_request_on() {
    let stack = Stack::shared();
    let (guest, mail) = stack.guest().await;
    let before = guest.get("/api/v1/me").await.expect(200);
    assert_eq!((&before.data()["role"], &before.data()["emailVerified"]), (&json!("guest"), &json!(false)));
    guest.order(&[]).await.problem(403, "forbidden");

    let verified = guest.signed_out().verify(&mail.token()).await.expect(200);
    assert_eq!(verified.data(), json!({ "verified": true }));

    // The same token as before: what counts is the account, not what the token says.
    let after = guest.get("/api/v1/me").await.expect(200);
    assert_eq!((&after.data()["role"], &after.data()["emailVerified"]), (&json!("user"), &json!(true)));
    guest.order(&[]).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn a_token_works_once_and_following_the_link_again_does_no_harm() {
    let stack = Stack::shared();
    let (guest, mail) = stack.guest().await;
    let visitor = guest.signed_out();
    visitor.verify(&mail.token()).await.expect(200);
    let etag = guest.get("/api/v1/me").await.expect(200).etag();
    visitor.verify(&mail.token()).await.expect(200);
    assert_eq!(guest.get("/api/v1/me").await.expect(200).etag(), etag, "nothing has changed");
}

#[tokio::test]
async fn a_wrong_token_verifies_nobody() {
    let stack = Stack::shared();
    let (guest, mail) = stack.guest().await;
    let visitor = guest.signed_out();
    let token = mail.token();
    let mut changed = token.clone().into_bytes();
    let last = changed.len() - 2;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    for wrong in [String::from_utf8(changed).unwrap(), token[1..].to_owned(), format!("{token}A"), "x".to_owned()] {
        visitor.verify(&wrong).await.problem(422, "invalid-token");
    }
    assert_eq!(guest.get("/api/v1/me").await.expect(200).data()["emailVerified"], false);
    for (body, pointers) in [
        (json!({ "token": "" }), vec!["/token"]),
        (json!({ "token": "x".repeat(256) }), vec!["/token"]),
        (json!({ "token": 1 }), vec!["/token"]),
        (json!({ "token": token, "email": guest.email }), vec!["/email"]),
    ] {
        visitor.post("/api/v1/auth/verify-email", &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

#[tokio::test]
async fn a_token_expires_after_a_day_and_another_can_be_asked_for() {
    let stack = Stack::own().standing_still().settled().start();
    let (guest, first) = stack.guest().await;
    let visitor = stack.visitor();
    stack.clock.advance(Duration::from_secs(24 * 3600));
    visitor.verify(&first.token()).await.problem(422, "invalid-token");

    visitor.post(RESEND, &json!({ "email": guest.email })).await.expect(202);
    stack.settle().await;
    let mails = stack.mails(&guest.email).await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].subject, first.subject);
    visitor.verify(&mails[0].token()).await.expect(200);
}

#[tokio::test]
async fn asking_for_a_mail_answers_alike_and_sends_one_a_minute_at_most() {
    let stack = Stack::own().standing_still().settled().start();
    let ((guest, _), user, visitor) = (stack.guest().await, stack.user().await, stack.visitor());
    stack.settle().await;
    let stranger = Visitor::fresh_email();
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for email in [&guest.email, &user.email, &stranger] {
        bodies.push(visitor.post(RESEND, &json!({ "email": email })).await.expect(202).body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    stack.settle().await;
    assert_eq!(stack.mails(&guest.email).await.len(), 1, "the first was sent less than a minute ago");

    stack.clock.advance(Duration::from_secs(60));
    for email in [&guest.email, &guest.email, &user.email, &stranger] {
        visitor.post(RESEND, &json!({ "email": email })).await.expect(202);
    }
    stack.settle().await;
    assert_eq!(stack.mails(&guest.email).await.len(), 2);
    assert_eq!(stack.mails(&user.email).await.len(), 1, "there is nothing to verify");
    assert_eq!(stack.mails(&stranger).await.len(), 0);
}

#[tokio::test]
async fn every_mail_that_was_asked_for_can_be_followed() {
    let stack = Stack::own().standing_still().settled().start();
    let (guest, first) = stack.guest().await;
    stack.clock.advance(Duration::from_secs(61));
    stack.visitor().post(RESEND, &json!({ "email": guest.email })).await.expect(202);
    stack.settle().await;
    let second = stack.mails(&guest.email).await.remove(0);
    assert_ne!(first.token(), second.token());
    // Whoever asks for another mail can't void the one its owner is reading.
    stack.visitor().verify(&first.token()).await.expect(200);
    stack.visitor().verify(&second.token()).await.expect(200);
}

#[tokio::test]
async fn resending_wants_an_address() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "email": "nobody" }), vec!["/email"]),
        (json!({ "email": Value::Null }), vec!["/email"]),
        (json!({ "email": Visitor::fresh_email(), "name": "Ada" }), vec!["/name"]),
    ] {
        visitor.post(RESEND, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}
