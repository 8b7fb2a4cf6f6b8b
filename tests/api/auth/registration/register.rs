//! `POST /api/v1/auth/register`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/register";

#[tokio::test]
async fn registration_mails_a_verification_link() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    let answer = visitor.register(&email).await.expect(202);
    assert!(answer.text("message").contains("mail"));

    let mail = stack.mail(&email, "verify").await;
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        (email.as_str(), "Please verify your e-mail address")
    );
    let token = mail.token();
    for (form, text) in [("text", &mail.text), ("HTML", &mail.html)] {
        assert!(
            text.contains("choose your password"),
            "the {form} doesn't state the purpose of the link: {text}"
        );
        assert!(
            text.contains(&format!("verify-email?token={token}")),
            "the {form} has no link: {text}"
        );
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
    let path =
        link.strip_prefix(&stack.api_url).unwrap_or_else(|| panic!("{link} leads to another host"));
    visitor.get(path).await.expect(200);
}

#[tokio::test]
async fn every_error_has_its_pointer() {
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

/// The person who registers an address may be a stranger, who must not set anything for its owner.
#[tokio::test]
async fn registration_rejects_a_password_and_a_name() {
    let visitor = Stack::shared().visitor();
    let body = json!({ "email": Visitor::fresh_email(), "password": PASSWORD, "name": "Eve" });
    visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&["/name", "/password"]);
}

#[tokio::test]
async fn unverified_registrations_are_deleted_after_expiry() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let visitor = stack.visitor();
    let [unused, extended, followed] = [(); 3].map(|()| Visitor::fresh_email());
    visitor.join(&followed).await;
    visitor.register(&unused).await.expect(202);
    visitor.register(&extended).await.expect(202);
    let day = Duration::from_secs(24 * 3600);
    stack.clock.advance(day / 2);
    visitor
        .post("/api/v1/auth/verify-email/resend", &json!({ "email": extended }))
        .await
        .expect(202);

    let run = async || stack.invoke("delete-accounts", json!({})).await.unwrap()["deleted"].clone();
    let pending = async || {
        let listed = stack
            .sign_in_admin()
            .await
            .get("/api/v1/users?status=pending")
            .await
            .expect(200)
            .data();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["email"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((run().await, pending().await.len()), (0.into(), 2));
    stack.clock.advance(day / 2);
    assert_eq!((run().await, pending().await), (1.into(), vec![extended.clone()]));
    // The link that was mailed later is still valid.
    let links = visitor.mails(&extended).await;
    assert_eq!(links.len(), 2);
    stack.clock.advance(day / 2);
    assert_eq!((run().await, run().await, pending().await.len()), (1.into(), 0.into(), 0));
    for mail in links {
        visitor.verify(&mail.token()).await.problem(422, "invalid-token");
    }
    // The addresses are free again, and the verified account is unchanged. The first mail to the
    // address still exists.
    visitor.register(&unused).await.expect(202);
    stack.wait_until_idle().await;
    visitor.verify(&visitor.mails(&unused).await[0].token()).await.expect(200);
    visitor.sign_in(&followed, PASSWORD).await.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn addresses_are_case_insensitive() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email.to_uppercase()).await.expect(202);
    let token = stack.mail(&email, "verify").await.token();
    visitor.verify(&token).await.expect(200);
    visitor.login(&format!(" {email} "), PASSWORD).await.expect(200);
    visitor.login(&email.to_uppercase(), PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_known_address_gets_the_same_response_and_few_mails() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (visitor, owner) = (stack.visitor(), stack.user().await);
    let unknown = visitor.register(&Visitor::fresh_email()).await.expect(202);
    // In addition to the mail of the owner's own registration.
    for _ in 0..3 {
        let known = visitor.register(&owner.email).await.expect(202);
        assert_eq!(known.body, unknown.body);
        for header in ["content-type", "cache-control", "location", "etag"] {
            assert_eq!(known.header(header), unknown.header(header), "{header}");
        }
    }
    stack.wait_until_idle().await;
    let notices = async || {
        stack
            .mails(&owner.email)
            .await
            .into_iter()
            .filter(|mail| mail.subject.contains("already"))
            .collect::<Vec<_>>()
    };
    let mails = notices().await;
    assert_eq!(mails.len(), 2);
    assert!(
        mails.iter().all(|mail| mail.text.contains("already") && mail.html.contains("already")),
        "{mails:?}"
    );

    // The account is unchanged. Its owner, who may have forgotten it, can use the link.
    visitor.login(&owner.email, PASSWORD).await.expect(200);
    stack.clock.advance(Duration::from_secs(3599));
    let reset = json!({ "token": mails[1].token(), "password": "another horse, another battery" });
    visitor.post("/api/v1/auth/reset-password", &reset).await.expect(204);
    visitor.login(&owner.email, "another horse, another battery").await.expect(200);

    stack.clock.advance(Duration::from_secs(1));
    stack.visitor().register(&owner.email).await.expect(202);
    stack.wait_until_idle().await;
    assert_eq!(notices().await.len(), 3);
}

#[tokio::test]
async fn international_addresses_are_normalised() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    let (typed, stored) = ("Grete@MÜLLER.example", "grete@xn--mller-kva.example");
    visitor.register(typed).await.expect(202);
    let mail = visitor.mail(stored, "").await;
    visitor.verify(&mail.token()).await.expect(200);
    let user = visitor.sign_in(typed, PASSWORD).await;
    assert_eq!(user.get("/api/v1/me").await.expect(200).data()["email"], "grete@müller.example");
    for same in [stored, "grete@mu\u{308}ller.example", "GRETE@xn--mller-kva.EXAMPLE"] {
        let signed_in = visitor.sign_in(same, PASSWORD).await;
        assert_eq!(signed_in.id().await, user.id().await, "{same}");
    }
    let admin = stack.admin().await;
    for search in ["grete@müller.example", stored, "grete@"] {
        let path = format!("/api/v1/users?email={}", search.replace('ü', "%C3%BC"));
        assert_eq!(
            admin.get(path).await.expect(200).data()[0]["email"],
            "grete@müller.example",
            "{search}"
        );
    }
    for (address, expected) in [
        ("käthe@example.com", "only ASCII characters before the @"),
        ("grete@mül_ler.example", "full domain name"),
    ] {
        let body = serde_json::json!({ "email": address, "password": PASSWORD });
        let problem = visitor
            .post("/api/v1/auth/login", &body)
            .await
            .problem(422, "invalid-request")
            .at(&["/email"]);
        assert!(
            problem.body["errors"][0]["detail"].as_str().unwrap().contains(expected),
            "{}",
            problem.body
        );
    }
}
