//! `POST /api/v1/me/email-change`, `POST /api/v1/auth/confirm-email-change`, `…/undo-email-change`

use std::sync::Arc;
use std::time::Duration;

use builder_tests::{Answer, PASSWORD, Stack, User, Visitor, fresh_key};
use serde_json::json;

use crate::auth::second_factor::enrol;

const ANOTHER: &str = "another horse, another battery";
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn ask(user: &User, email: &str) -> Answer {
    user.post("/api/v1/me/email-change", &json!({ "email": email })).await
}

async fn confirm(visitor: &Visitor, token: &str) -> Answer {
    visitor.post("/api/v1/auth/confirm-email-change", &json!({ "token": token })).await
}

async fn undo(visitor: &Visitor, token: &str) -> Answer {
    visitor.post("/api/v1/auth/undo-email-change", &json!({ "token": token })).await
}

async fn email_of(user: &User) -> String {
    user.get("/api/v1/me").await.expect(200).text("email")
}

/// Requests another address, and returns the token that was mailed to it.
async fn asked(user: &User, email: &str) -> String {
    ask(user, email).await.expect(202);
    user.signed_out().mail(email, "confirm your new e-mail address").await.token()
}

/// Changes the address, and returns the token that was mailed to the old one.
async fn changed(user: &User, old: &str, email: &str) -> String {
    let token = asked(user, email).await;
    confirm(&user.signed_out(), &token).await.expect(200);
    user.signed_out().mail(old, "Your e-mail address was changed").await.token()
}

/// Registers an unused address, and checks that a mail is sent to it.
async fn register_anew(stack: &Arc<Stack>, email: &str) {
    let visitor = stack.visitor();
    let links = async || {
        visitor.mails(email).await.iter().filter(|mail| mail.text.contains("token=vt_")).count()
    };
    let before = links().await;
    visitor.register(email).await.expect(202);
    stack.wait_until_idle().await;
    assert_eq!(links().await, before + 1, "expected a mail to {email}");
}

async fn somebody() -> (Arc<Stack>, User) {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    (stack, user)
}

#[tokio::test]
async fn a_confirmed_change_notifies_the_old_address() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let (visitor, old, new) = (user.signed_out(), user.email.clone(), Visitor::fresh_email());
    let elsewhere = visitor.sign_in(&old, PASSWORD).await;

    let token = asked(&user, &new).await;
    assert!(token.starts_with("ec_"));
    assert_eq!(email_of(&user).await, old, "nothing changes before the link is followed");
    assert_eq!(confirm(&visitor, &token).await.expect(200).data(), json!({ "email": new }));
    for session in [&user, &elsewhere] {
        assert_eq!(email_of(session).await, new);
    }
    let notice = visitor.mail(&old, "Your e-mail address was changed").await;
    assert!(
        notice.token().starts_with("eu_") && !notice.text.contains(&new),
        "the mail must not contain the new address"
    );

    visitor.login(&old, PASSWORD).await.problem(401, "invalid-credentials");
    visitor.sign_in(&new, PASSWORD).await.get("/api/v1/me").await.expect(200);
    confirm(&visitor, &token).await.problem(422, "invalid-token");
}

#[tokio::test]
async fn confirming_and_undoing_are_idempotent_with_a_key() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let (visitor, new) = (user.signed_out(), Visitor::fresh_email());
    let twice = async |path: &str, token: &str| {
        let (key, body) = (fresh_key(), json!({ "token": token }));
        let first = visitor.post(path, &body).key(&key).await.expect(200);
        let again = visitor.post(path, &body).key(&key).await.expect(200);
        assert!(again.replayed() && !first.replayed());
        assert_eq!(again.json(), first.json());
    };
    twice("/api/v1/auth/confirm-email-change", &asked(&user, &new).await).await;
    let undo = visitor.mail(&user.email, "Your e-mail address was changed").await.token();
    twice("/api/v1/auth/undo-email-change", &undo).await;
}

#[tokio::test]
async fn undoing_a_change_revokes_the_attackers_access() {
    let (stack, owner) = somebody().await;
    let (old, stolen) = (owner.email.clone(), Visitor::fresh_email());
    // A thief who knows the password signs in elsewhere and takes over the account.
    let thief = stack.visitor().sign_in(&old, PASSWORD).await;
    let before = owner
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["orders:read"] }))
        .await
        .expect(201);
    stack.clock.advance(Duration::from_secs(1));
    let undo_token = changed(&thief, &old, &stolen).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": ANOTHER });
    thief.post("/api/v1/auth/change-password", &change).await.expect(204);
    let key = thief
        .post("/api/v1/api-keys", &json!({ "name": "Mine", "scopes": ["orders:read"] }))
        .await
        .expect(201);
    enrol(&stack, &thief).await;
    let outside = thief.signed_out();
    outside.post("/api/v1/auth/forgot-password", &json!({ "email": stolen })).await.expect(202);
    let reset = outside.mail(&stolen, "Reset your password").await.token();
    let another = asked(&thief, &Visitor::fresh_email()).await;

    let visitor = owner.signed_out();
    assert_eq!(undo(&visitor, &undo_token).await.expect(200).data(), json!({ "email": old }));
    // Nothing that the thief has is valid any more.
    thief.get("/api/v1/me").await.problem(401, "unauthenticated");
    outside.refresh(&thief.tokens.refresh).await.problem(401, "invalid-refresh-token");
    outside.with_token(key.text("key")).get("/api/v1/orders").await.problem(401, "unauthenticated");
    for (email, password) in
        [(&old, ANOTHER), (&old, PASSWORD), (&stolen, ANOTHER), (&stolen, PASSWORD)]
    {
        stack.visitor().login(email, password).await.problem(401, "invalid-credentials");
    }
    let wanted = json!({ "token": reset, "password": "a third horse, a third battery" });
    outside.post("/api/v1/auth/reset-password", &wanted).await.problem(422, "invalid-token");
    confirm(&outside, &another).await.problem(422, "invalid-token");
    undo(&visitor, &undo_token).await.problem(422, "invalid-token");

    // The owner chooses another password, and signs in without the thief's second factor.
    let token = visitor.mail(&old, "changed back").await.token();
    let chosen = json!({ "token": token, "password": "a third horse, a third battery" });
    visitor.post("/api/v1/auth/reset-password", &chosen).await.expect(204);
    let again = visitor.sign_in(&old, "a third horse, a third battery").await;
    assert_eq!(email_of(&again).await, old);
    again.with_token(before.text("key")).get("/api/v1/orders").await.expect(200);
    let keys = again.get("/api/v1/api-keys").await.expect(200).data();
    assert_eq!(keys.as_array().unwrap().len(), 1, "the owner's own key is kept");
}

#[tokio::test]
async fn undoing_the_first_of_two_changes_invalidates_the_second() {
    let (stack, owner) = somebody().await;
    let [one, two] = [Visitor::fresh_email(), Visitor::fresh_email()];
    let thief = stack.visitor().sign_in(&owner.email, PASSWORD).await;
    let first = changed(&thief, &owner.email, &one).await;
    stack.clock.advance(Duration::from_secs(60));
    let second = changed(&thief, &one, &two).await;
    let visitor = owner.signed_out();
    undo(&visitor, &first).await.expect(200);
    undo(&visitor, &second).await.problem(422, "invalid-token");
    // The addresses are free again, and don't give access to the account.
    for email in [&one, &two] {
        visitor.login(email, PASSWORD).await.problem(401, "invalid-credentials");
        register_anew(&stack, email).await;
    }
}

#[tokio::test]
async fn returning_to_the_old_address_invalidates_the_undo_link() {
    let (stack, user) = somebody().await;
    let (old, new, visitor) = (user.email.clone(), Visitor::fresh_email(), user.signed_out());
    let undo_token = changed(&user, &old, &new).await;
    stack.clock.advance(Duration::from_secs(60));
    let back = asked(&user, &old).await;
    confirm(&visitor, &back).await.expect(200);
    assert_eq!(email_of(&user).await, old);
    undo(&visitor, &undo_token).await.problem(422, "invalid-token");
    stack.wait_until_idle().await;
    assert!(
        !visitor.mails(&new).await.iter().any(|mail| mail.subject.contains("was changed")),
        "a return to the old address must not be reported as undoable"
    );
    register_anew(&stack, &new).await;
}

#[tokio::test]
async fn the_old_address_is_reserved_while_undo_is_possible() {
    let (stack, user) = somebody().await;
    let (old, new, visitor) = (user.email.clone(), Visitor::fresh_email(), stack.visitor());
    let undo_token = changed(&user, &old, &new).await;
    stack.wait_until_idle().await;
    let mails = visitor.mails(&old).await.len();
    let known = visitor.register(&new).await.expect(202);
    assert_eq!(visitor.register(&old).await.expect(202).json(), known.json());
    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": old })).await.expect(202);
    stack.wait_until_idle().await;
    assert_eq!(visitor.mails(&old).await.len(), mails);
    let other = stack.user().await;
    ask(&other, &old).await.expect(202);
    visitor.mail(&old, "Somebody wants to use your e-mail address").await;

    stack.clock.advance(7 * DAY);
    undo(&visitor, &undo_token).await.problem(422, "invalid-token");
    register_anew(&stack, &old).await;
    // The account can still be erased, which doesn't affect the old address.
    let admin = stack.sign_in_admin().await;
    let id = user.signed_out().sign_in(&new, PASSWORD).await.id().await;
    admin.delete(format!("/api/v1/users/{id}")).if_match("*").await.expect(204);
    register_anew(&stack, &new).await;
}

#[tokio::test]
async fn a_taken_address_gets_the_same_response_and_a_notice() {
    let (stack, user) = somebody().await;
    let other = stack.user().await;
    let (visitor, free) = (stack.visitor(), Visitor::fresh_email());
    let of_free = ask(&user, &free).await.expect(202);
    let of_taken = ask(&user, &other.email).await.expect(202);
    assert_eq!(of_free.json(), of_taken.json());
    let mail = visitor.mail(&other.email, "Somebody wants to use your e-mail address").await;
    assert!(!mail.text.contains("token=") && !mail.text.contains(&user.email), "{}", mail.text);
    stack.wait_until_idle().await;
    let confirming = visitor
        .mails(&other.email)
        .await
        .into_iter()
        .filter(|mail| mail.text.contains("token=ec_"))
        .count();
    assert_eq!((confirming, email_of(&other).await), (0, other.email.clone()));

    // At most three mails per hour are sent to the address, regardless of the number of requests.
    for _ in 0..4 {
        ask(&stack.user().await, &other.email).await.expect(202);
    }
    stack.wait_until_idle().await;
    let notices = visitor
        .mails(&other.email)
        .await
        .into_iter()
        .filter(|mail| mail.subject.contains("wants to use"))
        .count();
    assert_eq!(notices, 3);
}

#[tokio::test]
async fn only_a_verified_account_blocks_an_address_change() {
    let (stack, user) = somebody().await;
    let (visitor, [one, two]) = (stack.visitor(), [Visitor::fresh_email(), Visitor::fresh_email()]);
    // A pending registration whose link isn't followed.
    visitor.register(&one).await.expect(202);
    let registration = visitor.mail(&one, "verify").await.token();
    let token = asked(&user, &one).await;
    confirm(&visitor, &token).await.expect(200);
    assert_eq!(email_of(&user).await, one);
    visitor.verify(&registration).await.problem(422, "invalid-token");

    let token = asked(&user, &two).await;
    visitor.register(&two).await.expect(202);
    let registration = visitor.mail(&two, "verify").await.token();
    visitor.verify(&registration).await.expect(200);
    confirm(&visitor, &token).await.problem(409, "address-taken");
    assert_eq!(email_of(&user).await, one);
}

#[tokio::test]
async fn the_latest_request_is_valid_for_a_day_with_three_an_hour() {
    let (stack, user) = somebody().await;
    let visitor = user.signed_out();
    let emails: Vec<String> = (0..4).map(|_| Visitor::fresh_email()).collect();
    let first = asked(&user, &emails[0]).await;
    let second = asked(&user, &emails[1]).await;
    confirm(&visitor, &first).await.problem(422, "invalid-token");
    ask(&user, &user.email).await.problem(409, "email-unchanged");
    ask(&user, "nobody").await.problem(422, "invalid-request").at(&["/email"]);
    asked(&user, &emails[2]).await;
    confirm(&visitor, &second).await.problem(422, "invalid-token");
    let refused = ask(&user, &emails[3]).await.problem(429, "too-many-mails").answer;
    assert_eq!(refused.required("retry-after"), "3600");

    stack.clock.advance(Duration::from_secs(3600));
    let user = visitor.sign_in(&user.email, PASSWORD).await;
    let expired = asked(&user, &emails[3]).await;
    stack.clock.advance(DAY);
    confirm(&visitor, &expired).await.problem(422, "invalid-token");
}

#[tokio::test]
async fn changing_the_address_requires_a_recent_session() {
    let (stack, user) = somebody().await;
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["profile:read"] }))
        .await
        .expect(201);
    let with_key = user.with_token(key.text("key"));
    with_key
        .post("/api/v1/me/email-change", &json!({ "email": "eve@example.com" }))
        .await
        .problem(403, "forbidden");
    stack.clock.advance(Duration::from_secs(601));
    ask(&user, &Visitor::fresh_email()).await.problem(403, "sign-in-again");
}

#[tokio::test]
async fn concurrent_confirmations_and_undos_succeed_once() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let (visitor, new) = (user.signed_out(), Visitor::fresh_email());
    let token = asked(&user, &new).await;
    let answers = futures::future::join_all((0..8).map(|_| confirm(&visitor, &token))).await;
    let confirmed = answers.iter().filter(|answer| answer.status == 200).count();
    let undo_token = visitor.mail(&user.email, "Your e-mail address was changed").await.token();
    let answers = futures::future::join_all((0..8).map(|_| undo(&visitor, &undo_token))).await;
    let undone = answers.iter().filter(|answer| answer.status == 200).count();
    println!("8 concurrent requests each: {confirmed} confirmed, {undone} undone");
    assert_eq!((confirmed, undone), (1, 1));
}

/// In either order, the account is erased afterwards and both addresses can be registered.
#[tokio::test]
async fn a_concurrent_erasure_frees_both_addresses() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let (admin, visitor) = (stack.admin().await, stack.visitor());
    let mut confirmed = 0;
    for _ in 0..6 {
        let user = stack.user().await;
        let (id, new) = (user.id().await, Visitor::fresh_email());
        let token = asked(&user, &new).await;
        let erase = async {
            while admin.delete(format!("/api/v1/users/{id}")).if_match("*").await.status != 204 {}
        };
        let (answer, ()) = tokio::join!(confirm(&visitor, &token), erase);
        confirmed += u32::from(answer.status == 200);
        for email in [&user.email, &new] {
            register_anew(&stack, email).await;
        }
    }
    println!("6 changes during an erasure: {confirmed} came first");
}
