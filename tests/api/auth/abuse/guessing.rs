//! Wrong passwords, one after the other and many at once.

use std::time::Duration;

use builder_tests::{Answer, PASSWORD, Stack, Visitor};
use serde_json::json;

const REFUSED: &str = "too-many-failures";

fn wait(answer: Answer) -> u64 {
    answer.problem(429, REFUSED).answer.required("retry-after").parse().unwrap()
}

#[tokio::test]
async fn an_address_that_guesses_waits_longer_and_longer_whatever_it_guesses_at() {
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
    // A sign-in of one's own takes back nothing but itself.
    visitor.sign_in(&user.email, PASSWORD).await;
    visitor
        .login(&Visitor::fresh_email(), "wrong password")
        .await
        .problem(401, "invalid-credentials");
    assert_eq!(wait(visitor.login(&Visitor::fresh_email(), PASSWORD).await), 86_400);
    // At a network where its owner has signed in, others' accounts have nothing to do with this
    // one.
    visitor.sign_in(&user.email, PASSWORD).await;
    // Elsewhere it is another story; and a day after the wait, here too.
    stack.visitor().sign_in(&user.email, PASSWORD).await;
    stack.clock.advance(Duration::from_secs(2 * 86_400));
    for _ in 0..4 {
        visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    }
    visitor.sign_in(&user.email, PASSWORD).await;
}

#[tokio::test]
async fn of_many_guesses_at_once_only_as_many_are_answered_as_one_after_the_other() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let visitor = stack.visitor();
    let emails: Vec<String> = (0..60).map(|_| Visitor::fresh_email()).collect();
    let answers = futures::future::join_all(
        emails.iter().map(|email| visitor.login(email, "wrong password")),
    )
    .await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    println!(
        "60 guesses at once: {} answered, {} refused, {} told to try again",
        count(401),
        count(429),
        count(503)
    );
    assert!(count(401) <= 7, "{} guesses were answered", count(401));
    assert_eq!(count(401) + count(429) + count(503), 60);
    assert!(count(429) > 40);
}

#[tokio::test]
async fn who_signs_in_at_many_devices_at_once_has_guessed_nothing_wrong() {
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
                // The machine hashes slower than they wait for one another.
                503 => busy += usize::from(!answer.required("retry-after").is_empty()),
                _ => drop(answer.expect(200)),
            }
        }
        rounds += 1;
        assert!(rounds <= 20, "{devices} of 20 devices are still not signed in");
    }
    println!("20 devices signed in at once, in {rounds} rounds; {busy} were told to try again");
    let sessions = user
        .get("/api/v1/sessions?limit=100")
        .await
        .expect(200)
        .data()
        .as_array()
        .map_or(0, Vec::len);
    assert_eq!(sessions, 21);
    // And wrong ones still count from the first.
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
async fn a_right_guess_beside_a_wrong_one_leaves_nothing_undecided() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let user = stack.user().await;
    // Whichever of the two is counted first.
    for _ in 0..3 {
        let visitor = stack.visitor();
        let wrong = async || visitor.login(&Visitor::fresh_email(), "wrong password").await;
        for _ in 0..5 {
            wrong().await.problem(401, "invalid-credentials");
        }
        let (right, sixth) = futures::join!(visitor.login(&user.email, PASSWORD), wrong());
        right.expect(200);
        sixth.problem(401, "invalid-credentials");
        // The right one was still counted when the sixth failed, or not any more.
        let seventh = wrong().await;
        if seventh.status == 401 {
            assert_eq!(wait(wrong().await), 60);
        } else {
            assert_eq!(wait(seventh), 60);
        }
    }
}

#[tokio::test]
async fn an_account_that_is_guessed_at_from_everywhere_lets_its_owner_in_at_a_known_device() {
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
                // The right password, from where nobody has signed in before.
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
        "whether there is an account or not"
    );

    stack.visitor().login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    wait(stack.visitor().login(&user.email, PASSWORD).await);
    let owner = user.signed_out();
    owner.sign_in(&user.email, PASSWORD).await;
    // Which ends the others' wait, too: the account's failures are forgotten.
    stack.visitor().sign_in(&user.email, PASSWORD).await;
}

#[tokio::test]
async fn the_old_password_is_not_to_be_guessed_with_a_stolen_token() {
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
