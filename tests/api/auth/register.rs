//! `POST /api/v1/auth/register`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/register";

#[tokio::test]
async fn whoever_registers_gets_a_mail_with_a_link() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    let answer = visitor.register(&email).await.expect(202);
    assert!(answer.text("message").contains("mail"));

    let mail = stack.mail(&email, "verify").await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (email.as_str(), "Please verify your e-mail address"));
    let token = mail.token();
    for (form, text) in [("text", &mail.text), ("HTML", &mail.html)] {
        assert!(text.contains("choose your password"), "the {form} doesn't say what the link is for: {text}");
        assert!(text.contains(&format!("verify-email?token={token}")), "the {form} has no link: {text}");
    }
    assert!(mail.html.contains("<a href=") && !mail.text.contains('<'));
}

#[tokio::test]
async fn the_link_in_the_mail_leads_to_a_page() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email).await.expect(202);
    let mail = visitor.mail(&email, "verify").await;
    let link = mail.text.split_whitespace().find(|word| word.contains("token=")).unwrap();
    let path = link.strip_prefix(&stack.api_url).unwrap_or_else(|| panic!("{link} leads elsewhere"));
    visitor.get(path).await.expect(200);
}

#[tokio::test]
async fn every_violation_is_told_at_its_place() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "email": "nobody" }), vec!["/email"]),
        (json!({ "email": "ada@localhost" }), vec!["/email"]),
        (json!({ "email": format!("{}@example.com", "x".repeat(65)) }), vec!["/email"]),
        (json!({ "email": "ada@example.com\r\nBcc: eve@example.com" }), vec!["/email"]),
        (json!({ "email": 7 }), vec!["/email"]),
        (json!({ "email": Value::Null }), vec!["/email"]),
        (json!({}), vec!["/email"]),
        (json!({ "email": Visitor::fresh_email(), "role": "admin" }), vec!["/role"]),
        (json!([]), vec![""]),
    ] {
        visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

/// Whoever registers an address may be a stranger, who must not choose anything for its owner.
#[tokio::test]
async fn a_registration_takes_no_password_and_no_name() {
    let visitor = Stack::shared().visitor();
    let body = json!({ "email": Visitor::fresh_email(), "password": PASSWORD, "name": "Eve" });
    visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&["/name", "/password"]);
}

#[tokio::test]
async fn an_address_is_one_account_however_it_is_written() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email.to_uppercase()).await.expect(202);
    let token = stack.mail(&email, "verify").await.token();
    visitor.verify(&token).await.expect(200);
    visitor.login(&format!(" {email} "), PASSWORD).await.expect(200);
    visitor.login(&email.to_uppercase(), PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_known_address_answers_alike_and_its_owner_is_told_at_most_three_times_an_hour() {
    let stack = Stack::own().standing_still().settled().start();
    let (visitor, owner) = (stack.visitor(), stack.user().await);
    let unknown = visitor.register(&Visitor::fresh_email()).await.expect(202);
    // After the mail that the owner's own registration has sent.
    for _ in 0..3 {
        let known = visitor.register(&owner.email).await.expect(202);
        assert_eq!(known.body, unknown.body);
        for header in ["content-type", "cache-control", "location", "etag"] {
            assert_eq!(known.header(header), unknown.header(header), "{header}");
        }
    }
    stack.settle().await;
    let told =
        async || stack.mails(&owner.email).await.into_iter().filter(|mail| mail.subject.contains("already")).collect::<Vec<_>>();
    let mails = told().await;
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail.text.contains("already") && mail.html.contains("already")), "{mails:?}");

    // The account is as it was. Its owner, who forgot that there was one, can use the link.
    visitor.login(&owner.email, PASSWORD).await.expect(200);
    stack.clock.advance(Duration::from_secs(3599));
    let reset = json!({ "token": mails[1].token(), "password": "another horse, another battery" });
    visitor.post("/api/v1/auth/reset-password", &reset).await.expect(204);
    visitor.login(&owner.email, "another horse, another battery").await.expect(200);

    stack.clock.advance(Duration::from_secs(1));
    stack.visitor().register(&owner.email).await.expect(202);
    stack.settle().await;
    assert_eq!(told().await.len(), 3);
}
