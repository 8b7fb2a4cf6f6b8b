//! The effect of many strangers, over hours, on the owner of an address that they know.

use std::sync::Arc;
use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Visitor};
use futures::future::join_all;
use serde_json::json;

const HOURS: usize = 12;
const STRANGERS: usize = 12;
/// The maximum number of mails per hour that strangers can cause to an address.
const MOST_MAILS: usize = 3;

/// Requests every kind of mail and guesses a password, as a stranger from a new network.
async fn ask_and_guess(stack: &Arc<Stack>, owner: &str, pending: &str) {
    let visitor = stack.visitor();
    for email in [owner, pending] {
        let address = json!({ "email": email });
        for path in ["register", "forgot-password", "verify-email/resend"] {
            visitor.post(format!("/api/v1/auth/{path}"), &address).await.expect(202);
        }
        let status = visitor.login(email, "wrong password").await.status;
        assert!(matches!(status, 401 | 429), "{status}");
    }
}

#[tokio::test]
async fn strangers_cannot_lock_out_the_owner_or_flood_the_mailbox() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let (mut owner, email) = (user.signed_out(), user.email.clone());
    let (registering, pending) = (stack.visitor(), Visitor::fresh_email());
    registering.register(&pending).await.expect(202);
    stack.wait_until_idle().await;

    let (mut password, mut sent, mut to_pending) = (PASSWORD.to_owned(), 0, 0);
    for hour in 0..HOURS {
        let before = [owner.mails(&email).await.len(), owner.mails(&pending).await.len()];
        join_all((0..STRANGERS).map(|_| ask_and_guess(&stack, &email, &pending))).await;
        stack.wait_until_idle().await;
        let mails = [
            owner.mails(&email).await.len() - before[0],
            owner.mails(&pending).await.len() - before[1],
        ];
        assert!(mails.iter().all(|mails| *mails <= MOST_MAILS), "{mails:?} mails in hour {hour}");
        (sent, to_pending) = (sent + mails[0], to_pending + mails[1]);

        // Meanwhile, the owner signs in, requests a link and sets another password.
        owner.sign_in(&email, &password).await;
        owner.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.expect(202);
        stack.wait_until_idle().await;
        let token = owner.mails(&email).await[0].token();
        password = format!("{PASSWORD} {hour}");
        owner
            .post("/api/v1/auth/reset-password", &json!({ "token": token, "password": password }))
            .await
            .expect(204);
        owner = owner.sign_in(&email, &password).await.signed_out();
        // The mail that notifies the owner of this change must not be counted with those that
        // strangers caused.
        stack.wait_until_idle().await;
        stack.clock.advance(Duration::from_secs(3600));
    }
    // The owner of the mailbox can still complete the registration.
    let latest = registering.mails(&pending).await[0].token();
    registering.verify(&latest).await.expect(200);
    registering.sign_in(&pending, PASSWORD).await;
    println!(
        "{STRANGERS} strangers for {HOURS} hours: {sent} mails to the owner and {to_pending} to \
         the registration; {HOURS} resets and {} sign-ins of the owner",
        2 * HOURS
    );
    assert!(sent > 0 && to_pending > 0);
}
