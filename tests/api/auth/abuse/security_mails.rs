//! Security mails to the owner of an account, and failed sign-ins in the audit trail.

use std::sync::Arc;
use std::time::Duration;

use builder_tests::{PASSWORD, Stack, User, Visitor};
use serde_json::{Value, json};

use crate::auth::second_factor::enrol;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Returns the account's events of this type, newest first, as an admin sees them.
async fn events_of(admin: &User, id: &str, kind: &str) -> Vec<Value> {
    let path = format!("/api/v1/users/{id}/events?limit=100");
    let events = admin.get(path).await.expect(200).data();
    events.as_array().unwrap().iter().filter(|event| event["type"] == kind).cloned().collect()
}

async fn subjects(user: &User, part: &str) -> usize {
    user.signed_out()
        .mails(&user.email)
        .await
        .iter()
        .filter(|mail| mail.subject.contains(part))
        .count()
}

/// Returns a visitor in a new /24 network: consecutive visitors have consecutive IP addresses.
fn far_away(stack: &Arc<Stack>) -> Visitor {
    let [.., last] = [(); 256].map(|()| stack.visitor());
    last
}

#[tokio::test]
async fn each_new_network_is_reported_once_except_the_first() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "from a new network").await, 0, "the first network");
    user.signed_out().sign_in(&user.email, PASSWORD).await;

    let elsewhere = far_away(&stack);
    elsewhere.sign_in(&user.email, PASSWORD).await;
    let mail = elsewhere.mail(&user.email, "from a new network").await;
    assert!(mail.text.contains(".0/24") && !mail.text.contains("token="), "{}", mail.text);
    elsewhere.sign_in(&user.email, PASSWORD).await;
    // Known networks are remembered for longer than sessions are kept.
    stack.clock.advance(20 * DAY);
    user.signed_out().sign_in(&user.email, PASSWORD).await;
    elsewhere.sign_in(&user.email, PASSWORD).await;
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "from a new network").await, 1);
    far_away(&stack).sign_in(&user.email, PASSWORD).await;
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "from a new network").await, 2);
    let admin = stack.sign_in_admin().await;
    let id = user.signed_out().sign_in(&user.email, PASSWORD).await.id().await;
    let noted = events_of(&admin, &id, "user.signed_in_from_new_network").await;
    let networks: Vec<_> =
        noted.iter().map(|event| event["data"]["network"].as_str().unwrap()).collect();
    assert!(
        networks.len() == 2 && networks.iter().all(|network| network.ends_with(".0/24")),
        "{networks:?}"
    );
}

#[tokio::test]
async fn reuse_of_a_refresh_token_is_reported_once() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let visitor = user.signed_out();
    visitor.refresh(&user.tokens.refresh).await.expect(200);
    stack.clock.advance(Duration::from_secs(11));
    for _ in 0..3 {
        visitor.refresh(&user.tokens.refresh).await.problem(401, "invalid-refresh-token");
    }
    visitor.mail(&user.email, "A session of your account was ended").await;
    // Signing out sends no mail.
    let other = visitor.sign_in(&user.email, PASSWORD).await;
    other.command("/api/v1/auth/logout").await.expect(204);
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "A session of your account was ended").await, 1);
}

#[tokio::test]
async fn ten_wrong_codes_after_the_password_are_reported() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    enrol(&stack, &user).await;
    let visitor = user.signed_out();
    let challenge = visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge");
    let wrong = async |challenge: &str, number: u32| {
        let body = json!({ "challenge": challenge, "code": format!("{number:06}") });
        visitor.post("/api/v1/auth/login/second-factor", &body).await
    };
    for number in 0..9 {
        wrong(&challenge, number).await.problem(422, "wrong-code");
    }
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "Wrong codes were entered").await, 0);
    wrong(&challenge, 9).await.problem(422, "wrong-code");
    let mail = visitor.mail(&user.email, "Wrong codes were entered").await;
    assert!(mail.text.contains(".0/24"), "{}", mail.text);
    // Attempts while codes are paused are not reported again.
    let challenge = visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge");
    wrong(&challenge, 10).await.problem(429, "second-factor-paused");
    stack.wait_until_idle().await;
    assert_eq!(subjects(&user, "Wrong codes were entered").await, 1);
}

#[tokio::test]
async fn failed_sign_ins_are_recorded_in_few_events() {
    let stack = Stack::own().frozen_clock().unlimited().start();
    let user = stack.user().await;
    let id = user.id().await;
    let mut failed = 0;
    while failed < 21 {
        // From many networks, so that the limit of the account applies.
        let answer = stack.visitor().login(&user.email, "wrong password").await;
        match answer.status {
            401 => failed += 1,
            429 => stack.clock.advance(Duration::from_secs(900)),
            other => panic!("{other}"),
        }
    }
    let noted = events_of(&stack.sign_in_admin().await, &id, "user.sign_in_failed").await;
    let counts: Vec<_> =
        noted.iter().map(|event| event["data"]["failures"].as_u64().unwrap()).collect();
    assert_eq!(counts, [20, 10, 5], "21 wrong passwords");
    let network = noted[0]["data"]["network"].as_str().unwrap();
    assert!(network.starts_with("127.") && network.ends_with(".0/24"), "{network}");
    assert_eq!(noted[0]["actor"]["type"], "anonymous");
    // The owner can still sign in, and an address without an account gets the same answers.
    stack.clock.advance(Duration::from_secs(900));
    user.signed_out().sign_in(&user.email, PASSWORD).await;
}
