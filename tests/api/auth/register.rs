//! `POST /api/v1/auth/register`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/register";

fn body() -> Value {
    json!({ "email": Visitor::fresh_email(), "password": PASSWORD, "name": "Ada Lovelace" })
}

fn changed(member: &str, value: impl Into<Value>) -> Value {
    let mut body = body();
    body[member] = value.into();
    body
}

#[tokio::test]
async fn whoever_registers_gets_a_mail_with_a_link() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    let answer = visitor.register(&email, "Ada Lovelace").await.expect(202);
    assert!(answer.text("message").contains("mail"));

    let mail = stack.mail(&email, "verify").await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (email.as_str(), "Please verify your e-mail address"));
    let token = mail.token();
    for (form, text) in [("text", &mail.text), ("HTML", &mail.html)] {
        assert!(!text.contains("Ada Lovelace"), "the {form} carries what a stranger may have chosen: {text}");
        assert!(text.contains(&format!("verify-email?token={token}")), "the {form} has no link: {text}");
    }
    assert!(mail.html.contains("<a href=") && !mail.text.contains('<'));
}

#[tokio::test]
async fn the_link_in_the_mail_leads_to_a_page() {
    let stack = Stack::shared();
    let (guest, mail) = stack.guest().await;
    let link = mail.text.split_whitespace().find(|word| word.contains("token=")).unwrap();
    let path = link.strip_prefix(&stack.api_url).unwrap_or_else(|| panic!("{link} leads elsewhere"));
    guest.get(path).await.expect(200);
}

#[tokio::test]
async fn every_violation_is_told_at_its_place() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let long = |letters: usize| "x".repeat(letters);
    for (body, pointers) in [
        (json!({ "email": "nobody", "password": "short", "name": "" }), vec!["/email", "/name", "/password"]),
        (changed("email", "ada@localhost"), vec!["/email"]),
        (changed("email", format!("{}@example.com", long(65))), vec!["/email"]),
        (changed("email", "ada@example.com\r\nBcc: eve@example.com"), vec!["/email"]),
        (changed("email", 7), vec!["/email"]),
        (changed("email", Value::Null), vec!["/email"]),
        (changed("password", "1234567"), vec!["/password"]),
        (changed("password", long(257)), vec!["/password"]),
        (changed("name", "   "), vec!["/name"]),
        (changed("name", long(101)), vec!["/name"]),
        (changed("name", "<b>Ada</b>"), vec!["/name"]),
        (changed("name", "<a href=//evil.example>Ada</a>"), vec!["/name"]),
        (changed("name", "Ada\nBcc: eve"), vec!["/name"]),
        (changed("role", "admin"), vec!["/role"]),
        (json!([]), vec![""]),
    ] {
        visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

#[tokio::test]
async fn a_missing_member_is_named() {
    let visitor = Stack::shared().visitor();
    visitor
        .post(PATH, &json!({ "email": "ada@example.com", "name": "Ada" }))
        .await
        .problem(422, "invalid-request")
        .at(&["/password"]);
    visitor.post(PATH, &json!({ "surname": 1 })).await.problem(422, "invalid-request").at(&[
        "/email",
        "/name",
        "/password",
        "/surname",
    ]);
}

#[tokio::test]
async fn the_shortest_and_the_longest_that_is_allowed_is_accepted() {
    let visitor = Stack::shared().visitor();
    for body in [
        changed("password", "x7#Kq!m2"),
        changed("password", "Zwölf Boxkämpfer jagen Viktor ".repeat(9).chars().take(256).collect::<String>()),
        changed("name", "ä".repeat(100)),
        changed("name", "O'Brien & Söhne, 李"),
        changed("email", format!("{}+tag@sub.example.co.uk", fastrand::u64(..))),
    ] {
        visitor.post(PATH, &body).await.expect(202);
    }
}

#[tokio::test]
async fn an_address_is_one_account_however_it_is_written() {
    let stack = Stack::shared();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email.to_uppercase(), "Ada").await.expect(202);
    stack.mail(&email, "verify").await;
    visitor.login(&format!(" {email} "), PASSWORD).await.expect(200);
    visitor.login(&email.to_uppercase(), PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_known_address_answers_alike_and_its_owner_is_told_once_an_hour() {
    let stack = Stack::own().standing_still().settled().start();
    let (visitor, owner) = (stack.visitor(), stack.user().await);
    let unknown = visitor.register(&Visitor::fresh_email(), "Eve").await.expect(202);
    for _ in 0..3 {
        let other = json!({ "email": owner.email, "password": "another password", "name": "Eve" });
        let known = visitor.post(PATH, &other).await.expect(202);
        assert_eq!(known.body, unknown.body);
        for header in ["content-type", "cache-control", "location", "etag"] {
            assert_eq!(known.header(header), unknown.header(header), "{header}");
        }
    }
    stack.settle().await;
    let told: Vec<_> = stack.mails(&owner.email).await.into_iter().filter(|mail| mail.subject.contains("already")).collect();
    let [mail] = told.as_slice() else { panic!("told {} times", told.len()) };
    assert!(mail.text.contains("already") && mail.html.contains("already") && !mail.text.contains("token="), "{mail:?}");
    assert!(!mail.text.contains("Eve"), "who registers again has no say in the mail: {}", mail.text);

    // The account is as it was.
    visitor.login(&owner.email, "another password").await.problem(401, "invalid-credentials");
    visitor.login(&owner.email, PASSWORD).await.expect(200);

    stack.clock.advance(Duration::from_secs(3600));
    visitor.register(&owner.email, "Eve").await.expect(202);
    stack.settle().await;
    assert_eq!(stack.mails(&owner.email).await.iter().filter(|mail| mail.subject.contains("already")).count(), 2);
}

#[tokio::test]
async fn whose_link_is_followed_has_the_account_and_nobody_else() {
    let stack = Stack::own().standing_still().settled().start();
    // Somebody registers an address that isn't theirs, signs in as a guest, and waits.
    let (eve, hers) = stack.guest().await;
    let visitor = stack.visitor();
    let owner = json!({ "email": eve.email, "password": "the owner's password", "name": "The Owner" });
    visitor.post(PATH, &owner).await.expect(202);
    stack.settle().await;
    let mails = stack.mails(&eve.email).await;
    let own = mails.iter().find(|mail| mail.token() != hers.token()).expect("a link of one's own");
    visitor.login(&eve.email, "the owner's password").await.problem(401, "invalid-credentials");
    stack.clock.advance(Duration::from_secs(1));
    visitor.verify(&own.token()).await.expect(200);

    // Nothing of hers is good any more.
    eve.get("/api/v1/me").await.problem(401, "unauthenticated");
    visitor.refresh(&eve.tokens.refresh).await.problem(401, "invalid-refresh-token");
    visitor.login(&eve.email, PASSWORD).await.problem(401, "invalid-credentials");
    stack.clock.advance(Duration::from_secs(1));
    let owner = visitor.sign_in(&eve.email, "the owner's password").await;
    let me = owner.get("/api/v1/me").await.expect(200).data();
    assert_eq!((&me["name"], &me["role"]), (&json!("The Owner"), &json!("user")));
    visitor.refresh(&owner.tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn a_mail_sent_again_is_about_the_latest_registration() {
    let stack = Stack::own().standing_still().settled().start();
    let (eve, _) = stack.guest().await;
    let visitor = stack.visitor();
    visitor.post(PATH, &json!({ "email": eve.email, "password": "the owner's password", "name": "The Owner" })).await.expect(202);
    stack.settle().await;
    let known: Vec<String> = stack.mails(&eve.email).await.iter().map(|mail| mail.token()).collect();
    stack.clock.advance(Duration::from_secs(60));
    visitor.post("/api/v1/auth/verify-email/resend", &json!({ "email": eve.email })).await.expect(202);
    stack.settle().await;
    let again = stack.mails(&eve.email).await.iter().map(|mail| mail.token()).find(|token| !known.contains(token)).unwrap();
    visitor.verify(&again).await.expect(200);
    stack.clock.advance(Duration::from_secs(1));
    visitor.login(&eve.email, "the owner's password").await.expect(200);
}

#[tokio::test]
async fn an_international_address_is_one_address_however_it_is_typed_and_gets_its_mail() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    let (typed, stored) = ("Grete@MÜLLER.example", "grete@xn--mller-kva.example");
    visitor.register(typed, "Grete").await.expect(202);
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
        assert_eq!(admin.get(path).await.expect(200).data()[0]["email"], "grete@müller.example", "{search}");
    }
    for (address, said) in
        [("käthe@example.com", "only ASCII characters before the @"), ("grete@mül_ler.example", "full domain name")]
    {
        let body = serde_json::json!({ "email": address, "password": PASSWORD });
        let problem = visitor.post("/api/v1/auth/login", &body).await.problem(422, "invalid-request").at(&["/email"]);
        assert!(problem.body["errors"][0]["detail"].as_str().unwrap().contains(said), "{}", problem.body);
    }
}
