//! Wrong passwords, sequential and concurrent.

use std::time::Duration;

use builder_tests::{Answer, PASSWORD, Stack, Visitor};
use serde_json::json;

const REFUSED: &str = "too-many-failures";

fn wait(answer: Answer) -> u64 {
    answer.problem(429, REFUSED).answer.required("retry-after").parse().unwrap()
}

#[tokio::test]
async fn failures_from_one_ip_address_increase_its_waiting_time() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let user = stack.user().await;
    let visitor = stack.visitor();
    let mut failures = 0;
    for (rung, seconds) in [(7, 60), (10, 600), (15, 900), (20, 3600), (25, 86_400), (26, 86_400)] {
        while failures < rung {
            visitor
                .login(&Visitor::fresh_email(), "wrong password")
                .await
                .problem(401, "invalid-credentials");
            failures += 1;
        }
        assert_eq!(
            wait(visitor.login(&user.email, PASSWORD).await),
            seconds,
            "after {failures} failures, even with the right password"
        );
        stack.clock.advance(Duration::from_secs(seconds - 1));
        assert_eq!(wait(visitor.login(&user.email, PASSWORD).await), 1);
        stack.clock.advance(Duration::from_secs(1));
    }
    // A successful sign-in doesn't reset the failures of its IP address.
    visitor.sign_in(&user.email, PASSWORD).await;
    visitor
        .login(&Visitor::fresh_email(), "wrong password")
        .await
        .problem(401, "invalid-credentials");
    assert_eq!(wait(visitor.login(&Visitor::fresh_email(), PASSWORD).await), 86_400);
    // In a network in which the owner has signed in before, failures for other accounts don't
    // affect the owner's.
    visitor.sign_in(&user.email, PASSWORD).await;
    // Other networks aren't affected. A day after the wait, this one isn't either.
    stack.visitor().sign_in(&user.email, PASSWORD).await;
    stack.clock.advance(Duration::from_secs(2 * 86_400));
    for _ in 0..4 {
        visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    }
    visitor.sign_in(&user.email, PASSWORD).await;
}

#[tokio::test]
async fn concurrent_guesses_do_not_exceed_the_limit() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let visitor = stack.visitor();
    let emails: Vec<String> = (0..60).map(|_| Visitor::fresh_email()).collect();
    let answers = futures::future::join_all(
        emails.iter().map(|email| visitor.login(email, "wrong password")),
    )
    .await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    println!(
        "60 concurrent guesses: {} answered, {} refused, {} asked to try again",
        count(401),
        count(429),
        count(503)
    );
    assert!(count(401) <= 7, "{} guesses were answered", count(401));
    assert_eq!(count(401) + count(429) + count(503), 60);
    assert!(count(429) > 40);
}

#[tokio::test]
async fn concurrent_sign_ins_do_not_count_as_failures() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let user = stack.user().await;
    let (mut devices, mut rounds, mut busy) = (20, 0, 0);
    while devices > 0 {
        let visitors: Vec<Visitor> = (0..devices).map(|_| stack.visitor()).collect();
        let answers = futures::future::join_all(
            visitors.iter().map(|visitor| visitor.login(&user.email, PASSWORD)),
        )
        .await;
        for answer in answers {
            match answer.status {
                200 => devices -= 1,
                // The machine hashes more slowly than the requests wait for each other.
                503 => busy += usize::from(!answer.required("retry-after").is_empty()),
                _ => drop(answer.expect(200)),
            }
        }
        rounds += 1;
        assert!(rounds <= 20, "{devices} of 20 devices are still not signed in");
    }
    println!(
        "20 devices signed in concurrently, in {rounds} rounds; {busy} were asked to try again"
    );
    let sessions = user
        .get("/api/v1/sessions?limit=100")
        .await
        .expect(200)
        .data()
        .as_array()
        .map_or(0, Vec::len);
    assert_eq!(sessions, 21);
    // Wrong passwords still count from the first one.
    for _ in 0..5 {
        stack
            .visitor()
            .login(&user.email, "wrong password")
            .await
            .problem(401, "invalid-credentials");
    }
    assert_eq!(wait(stack.visitor().login(&user.email, PASSWORD).await), 1);
}

#[tokio::test]
async fn concurrent_success_and_failure_are_counted_correctly() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let user = stack.user().await;
    // The result must not depend on which of the two is counted first.
    for _ in 0..3 {
        let visitor = stack.visitor();
        let wrong = async || visitor.login(&Visitor::fresh_email(), "wrong password").await;
        for _ in 0..5 {
            wrong().await.problem(401, "invalid-credentials");
        }
        let (right, sixth) = futures::join!(visitor.login(&user.email, PASSWORD), wrong());
        right.expect(200);
        sixth.problem(401, "invalid-credentials");
        // The right attempt may or may not still have been counted when the sixth failed.
        let seventh = wrong().await;
        if seventh.status == 401 {
            assert_eq!(wait(wrong().await), 60);
        } else {
            assert_eq!(wait(seventh), 60);
        }
    }
}

#[tokio::test]
async fn a_distributed_attack_does_not_lock_out_known_devices() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let mut waited = Vec::new();
    for email in [&user.email, &Visitor::fresh_email()] {
        let mut waits = Vec::new();
        for failure in 1..=9 {
            stack
                .visitor()
                .login(email, "wrong password")
                .await
                .problem(401, "invalid-credentials");
            if failure >= 5 {
                // The right password, from a new network.
                let seconds = wait(stack.visitor().login(email, PASSWORD).await);
                waits.push(seconds);
                stack.clock.advance(Duration::from_secs(seconds));
            }
        }
        waited.push(waits);
    }
    assert_eq!(
        waited,
        [vec![1, 2, 4, 8, 16], vec![1, 2, 4, 8, 16]],
        "the waits are the same with and without an account"
    );

    stack.visitor().login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    wait(stack.visitor().login(&user.email, PASSWORD).await);
    let owner = user.signed_out();
    owner.sign_in(&user.email, PASSWORD).await;
    // This resets the account's failures, so other networks don't wait any longer either.
    stack.visitor().sign_in(&user.email, PASSWORD).await;
}

#[tokio::test]
async fn guesses_of_the_current_password_are_limited() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let body = |current: &str| json!({ "currentPassword": current, "newPassword": "another horse, another battery" });
    for _ in 0..7 {
        let problem = user
            .post("/api/v1/auth/change-password", &body("wrong password"))
            .await
            .problem(422, "invalid-request");
        problem.at(&["/currentPassword"]);
    }
    assert_eq!(wait(user.post("/api/v1/auth/change-password", &body(PASSWORD)).await), 60);
    stack.clock.advance(Duration::from_secs(60));
    user.post("/api/v1/auth/change-password", &body(PASSWORD)).await.expect(204);
}
