//! `POST /api/v1/auth/forgot-password`, `…/reset-password`, `…/change-password`, and the required
//! strength of passwords.

use std::future::IntoFuture as _;
use std::time::Duration;

use builder_identity::password::Passwords;
use builder_tests::aws::DATA_TABLE;
use builder_tests::{Answer, PASSWORD, Stack, User, Visitor, fresh_key};
use serde_json::json;

const ANOTHER: &str = "another horse, another battery";

async fn forgot(visitor: &Visitor, email: &str) -> Answer {
    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await
}

async fn reset(visitor: &Visitor, token: &str, password: &str) -> Answer {
    visitor
        .post("/api/v1/auth/reset-password", &json!({ "token": token, "password": password }))
        .await
}

async fn change(user: &User, current: &str, new: &str) -> Answer {
    user.post(
        "/api/v1/auth/change-password",
        &json!({ "currentPassword": current, "newPassword": new }),
    )
    .await
}

#[tokio::test]
async fn a_reset_sets_a_password_and_ends_all_sessions() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let visitor = user.signed_out();
    forgot(&visitor, &user.email).await.expect(202);
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    assert!(token.starts_with("pt_"));
    let (key, body) = (fresh_key(), json!({ "token": token, "password": ANOTHER }));
    let request = || visitor.post("/api/v1/auth/reset-password", &body).key(&key);
    request().await.expect(204);
    assert!(request().await.expect(204).replayed());

    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    visitor.refresh(&user.tokens.refresh).await.problem(401, "invalid-refresh-token");
    visitor.login(&user.email, PASSWORD).await.problem(401, "invalid-credentials");
    visitor.sign_in(&user.email, ANOTHER).await.get("/api/v1/me").await.expect(200);
    visitor.mail(&user.email, "Your password was changed").await;
    reset(&visitor, &token, "a third horse and battery").await.problem(422, "invalid-token");
}

#[tokio::test]
async fn reset_tokens_are_valid_for_an_hour_until_one_is_used() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let visitor = user.signed_out();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        forgot(&visitor, &user.email).await.expect(202);
        let wanted = tokens.len() + 1;
        visitor.mail(&user.email, "Reset your password").await;
        loop {
            let mails = visitor.mails(&user.email).await;
            let mails: Vec<_> =
                mails.iter().filter(|mail| mail.subject.contains("Reset your password")).collect();
            assert!(mails.len() <= wanted);
            if mails.len() == wanted {
                tokens.push(mails[0].token());
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stack.clock.advance(Duration::from_secs(31 * 60));
    }
    // 62 minutes after the first mail, 31 after the second.
    reset(&visitor, &tokens[0], ANOTHER).await.problem(422, "invalid-token");
    reset(&visitor, &tokens[1], ANOTHER).await.expect(204);
    visitor.sign_in(&user.email, ANOTHER).await;
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_response_but_no_mail() {
    let stack = Stack::shared();
    let (user, visitor, nobody) = (stack.user().await, stack.visitor(), Visitor::fresh_email());
    let known = forgot(&visitor, &user.email).await.expect(202);
    let unknown = forgot(&visitor, &nobody).await.expect(202);
    assert_eq!(known.json(), unknown.json());
    visitor.mail(&user.email, "Reset your password").await;
    assert_eq!(visitor.mails(&nobody).await, []);
    forgot(&visitor, "nobody").await.problem(422, "invalid-request").at(&["/email"]);
}

#[tokio::test]
async fn forgot_password_resends_a_pending_verification() {
    let stack = Stack::own().assert_idle().start();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    visitor.register(&email).await.expect(202);
    let first = visitor.mail(&email, "verify").await.token();
    forgot(&visitor, &email).await.expect(202);
    stack.wait_until_idle().await;
    let mails = visitor.mails(&email).await;
    assert_eq!(mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>(), [&mails[1].subject; 2]);
    let second =
        mails.iter().map(builder_tests::Mail::token).find(|token| *token != first).unwrap();
    reset(&visitor, &second, ANOTHER).await.problem(422, "invalid-token");
    visitor.verify_as(&second, ANOTHER, "Ada").await.expect(200);
    visitor.verify(&first).await.problem(409, "already-verified");
    visitor.sign_in(&email, ANOTHER).await;
}

#[tokio::test]
async fn only_the_reset_token_works_after_verification() {
    let stack = Stack::own().assert_idle().start();
    let (visitor, email) = (stack.visitor(), Visitor::fresh_email());
    for _ in 0..2 {
        visitor.register(&email).await.expect(202);
    }
    stack.wait_until_idle().await;
    let tokens: Vec<String> =
        visitor.mails(&email).await.iter().map(builder_tests::Mail::token).collect();
    visitor.verify(&tokens[0]).await.expect(200);
    forgot(&visitor, &email).await.expect(202);
    let token = visitor.mail(&email, "Reset your password").await.token();
    visitor.verify_as(&tokens[1], ANOTHER, "Eve").await.problem(409, "already-verified");
    reset(&visitor, &tokens[1], ANOTHER).await.problem(422, "invalid-token");
    reset(&visitor, &token, ANOTHER).await.expect(204);
    visitor.verify(&tokens[1]).await.problem(409, "already-verified");
    let me = visitor.sign_in(&email, ANOTHER).await.get("/api/v1/me").await.expect(200).data();
    assert_eq!(me["name"], "Ada Lovelace");
}

#[tokio::test]
async fn an_unknown_token_changes_nothing() {
    let stack = Stack::shared();
    let (user, visitor, email) = (stack.user().await, stack.visitor(), Visitor::fresh_email());
    visitor.register(&email).await.expect(202);
    let verification = visitor.mail(&email, "verify").await;
    let unknown = format!("pt_{}", "A".repeat(64));
    for token in ["x", &unknown, &verification.token()] {
        reset(&visitor, token, ANOTHER).await.problem(422, "invalid-token");
    }
    visitor.sign_in(&user.email, PASSWORD).await;
    visitor.verify(&verification.token()).await.expect(200);
}

#[tokio::test]
async fn concurrent_resets_with_one_token_succeed_once() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let visitor = user.signed_out();
    forgot(&visitor, &user.email).await.expect(202);
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    let passwords: Vec<String> =
        (0..8).map(|number| format!("horse number {number}, battery included")).collect();
    let answers = futures::future::join_all(
        passwords.iter().map(|password| reset(&visitor, &token, password)),
    )
    .await;
    let won: Vec<_> =
        answers.iter().zip(&passwords).filter(|(answer, _)| answer.status == 204).collect();
    assert_eq!(
        won.len(),
        1,
        "{:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
    visitor.sign_in(&user.email, won[0].1).await;
    println!("8 concurrent resets: 1 succeeded, {} refused", answers.len() - won.len());
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    change(&user, "not my password", ANOTHER)
        .await
        .problem(422, "invalid-request")
        .at(&["/currentPassword"]);
    change(&user, PASSWORD, "short").await.problem(422, "invalid-request").at(&["/newPassword"]);
    other.get("/api/v1/me").await.expect(200);

    change(&user, PASSWORD, ANOTHER).await.expect(204);
    user.get("/api/v1/me").await.expect(200);
    user.signed_out().refresh(&user.tokens.refresh).await.expect(200);
    other.get("/api/v1/me").await.problem(401, "unauthenticated");
    other.signed_out().refresh(&other.tokens.refresh).await.problem(401, "invalid-refresh-token");
    user.signed_out().login(&user.email, PASSWORD).await.problem(401, "invalid-credentials");
    user.signed_out().sign_in(&user.email, ANOTHER).await;
    user.signed_out().mail(&user.email, "Your password was changed").await;
}

#[tokio::test]
async fn weak_passwords_are_rejected_with_reasons() {
    let stack = Stack::shared();
    let (user, visitor) = (stack.user().await, stack.visitor());
    let email = Visitor::fresh_email();
    visitor.register(&email).await.expect(202);
    let token = visitor.mail(&email, "verify").await.token();
    for easy in [
        "password1",
        "qwertyuiop",
        "ada lovelace",
        "Summer2025!",
        "Builder2026!",
        "8u1ld3r-API-2026",
        "L0velace1815!",
        &email,
    ] {
        let problem = visitor
            .verify_as(&token, easy, "Ada Lovelace")
            .await
            .problem(422, "invalid-request")
            .at(&["/password"]);
        let reasons = problem.body["errors"][0]["detail"].as_str().unwrap();
        assert!(
            reasons.starts_with("is too easy to guess: its score is ") && reasons.len() > 70,
            "{reasons}"
        );
    }
    change(&user, PASSWORD, "password1")
        .await
        .problem(422, "invalid-request")
        .at(&["/newPassword"]);
}

#[tokio::test]
async fn sign_in_rehashes_a_password_of_another_cost() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let key =
        json!({ "pk": { "S": format!("USER#{}", user.id().await) }, "sk": { "S": "CREDENTIAL" } });
    let kept = async || {
        let input = json!({ "TableName": DATA_TABLE, "Key": key, "ConsistentRead": true });
        let item = stack.aws().call("dynamodb", "DynamoDB_20120810.GetItem", &input).await;
        item["Item"]["hash"]["S"].as_str().unwrap().to_owned()
    };
    // A hash with another cost, as from an earlier configuration.
    let hash = Passwords::new(5).unwrap().hash(&PASSWORD.into()).await.unwrap();
    let mut item = key.clone();
    item["hash"] = json!({ "S": hash.as_str() });
    stack
        .aws()
        .call(
            "dynamodb",
            "DynamoDB_20120810.PutItem",
            &json!({ "TableName": DATA_TABLE, "Item": item }),
        )
        .await;
    assert!(kept().await.starts_with("$2b$05$"));

    let visitor = user.signed_out();
    visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    assert!(kept().await.starts_with("$2b$05$"));
    visitor.sign_in(&user.email, PASSWORD).await;
    let again = kept().await;
    assert!(again.starts_with("$2b$04$"), "{again}");
    visitor.sign_in(&user.email, PASSWORD).await;
    assert_eq!(kept().await, again, "a hash with the current cost is kept");
}

/// A sign-in with the old password during a reset is either refused or ended by the reset.
#[tokio::test]
async fn sign_ins_during_a_reset_do_not_survive_it() {
    let stack = Stack::own().unlimited().start();
    let user = stack.user().await;
    let visitor = user.signed_out();
    forgot(&visitor, &user.email).await.expect(202);
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    // Repeated sign-ins from a known network, until one is refused.
    let first = tokio::sync::Notify::new();
    let signing_in = async {
        let mut tokens = Vec::new();
        loop {
            let answer = visitor.login(&user.email, PASSWORD).await;
            match answer.status {
                200 => {
                    tokens.push(builder_tests::Tokens::of(&answer));
                    first.notify_one();
                }
                401 => return tokens,
                _ => {}
            }
        }
    };
    let reset = async {
        first.notified().await;
        loop {
            // Sign-ins don't change the account, but may conflict with the reset for a moment.
            let answer = reset(&visitor, &token, ANOTHER).await;
            if answer.status == 204 {
                return;
            }
        }
    };
    let (tokens, ()) = tokio::join!(signing_in, reset);
    for tokens in &tokens {
        visitor.with_token(&tokens.access).get("/api/v1/me").await.problem(401, "unauthenticated");
        visitor.refresh(&tokens.refresh).await.problem(401, "invalid-refresh-token");
    }
    println!(
        "{} sign-ins before and during the reset: all of their sessions have ended",
        tokens.len()
    );
    assert!(!tokens.is_empty());
    visitor.sign_in(&user.email, ANOTHER).await.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_reset_does_not_restore_a_removed_role() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let path = format!("/api/v1/users/{}", user.id().await);
    admin.patch(&path, &json!({ "role": "guest" })).if_match("*").await.expect(200);
    let visitor = user.signed_out();
    forgot(&visitor, &user.email).await.expect(202);
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    reset(&visitor, &token, ANOTHER).await.expect(204);
    assert_eq!(admin.get(&path).await.expect(200).data()["role"], "guest");
}

#[tokio::test]
async fn company_names_do_not_strengthen_a_password() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mut settings = admin.get("/api/v1/settings").await.expect(200).data();
    settings["company"]["name"] = "Zwirbel Quastenflosser".into();
    settings["branding"]["displayName"] = "Krabumm & Söhne".into();
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    stack.clock.advance(Duration::from_secs(300));
    for easy in ["Quastenflosser1!", "zwirbel-quastenflosser", "Krabumm2026!", "kr4bumm&söhne"] {
        let problem = change(&user, PASSWORD, easy)
            .await
            .problem(422, "invalid-request")
            .at(&["/newPassword"]);
        let reasons = problem.body["errors"][0]["detail"].as_str().unwrap();
        assert!(
            reasons.contains("the names of the service and the company don't add"),
            "{easy}: {reasons}"
        );
    }
    change(&user, PASSWORD, "Krabumm verkauft sieben grüne Schirme").await.expect(204);
}

#[tokio::test]
async fn passwords_are_normalised() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let visitor = user.signed_out();
    // E with acute, composed and decomposed; the ohm sign and omega; a space and a no-break space.
    let (one, other) = (
        "\u{c9}t\u{e9} \u{3a9} sous les marronniers",
        "E\u{301}te\u{301}\u{a0}\u{2126} sous les\u{a0}marronniers",
    );
    change(&user, PASSWORD, one).await.expect(204);
    for typed in [one, other] {
        visitor.sign_in(&user.email, typed).await;
    }
    change(&user, other, "another horse, another battery").await.expect(204);
    forgot(&visitor, &user.email).await.expect(202);
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    reset(&visitor, &token, other).await.expect(204);
    visitor.sign_in(&user.email, one).await;
    visitor.login(&user.email, &one.to_lowercase()).await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn control_characters_in_passwords_are_rejected() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for control in [
        "correct horse\u{0}battery staple",
        "correct horse\tbattery staple",
        "correct horse battery staple\n",
    ] {
        let problem = change(&user, PASSWORD, control)
            .await
            .problem(422, "invalid-request")
            .at(&["/newPassword"]);
        assert_eq!(problem.body["errors"][0]["detail"], "must not contain control characters");
    }
}

/// It contains every character that can substitute a letter, the most expensive case for the
/// strength estimate.
#[tokio::test]
async fn the_longest_password_of_punctuation_is_accepted() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let worst: String = "4@8({[<36913!1|70$5+7%2".chars().cycle().take(256).collect();
    change(&user, PASSWORD, &worst).await.expect(204);
    user.signed_out().sign_in(&user.email, &worst).await;
}

#[tokio::test]
async fn replayed_changes_do_not_count_as_failures() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let body = json!({ "currentPassword": PASSWORD, "newPassword": ANOTHER });
    let key = builder_tests::fresh_key();
    let repeat = || user.post("/api/v1/auth/change-password", &body).key(&key);
    // First concurrently, like a client that retries after losing the response.
    for answer in futures::future::join_all((0..6).map(|_| repeat().into_future())).await {
        answer.expect(204);
    }
    for _ in 0..12 {
        assert!(repeat().await.expect(204).replayed());
    }
    user.signed_out().login(&user.email, ANOTHER).await.expect(200);
    stack.visitor().login(&user.email, ANOTHER).await.expect(200);
}
