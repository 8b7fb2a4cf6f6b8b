//! `POST /api/v1/auth/second-factor`, `…/confirm`, `…/disable`, `POST
//! /api/v1/auth/login/second-factor`, `DELETE /api/v1/users/{id}/second-factor`

mod required_factor;

use std::sync::Arc;
use std::time::Duration;

use builder_tests::aws::{DATA_TABLE, EPHEMERAL_TABLE};
use builder_tests::{ADMIN, Answer, Authenticator, PASSWORD, Stack, User, Visitor, fresh_key};
use serde_json::{Value, json};

async fn enrolled(user: &User) -> (Authenticator, Value) {
    let answer = user.command("/api/v1/auth/second-factor").await.expect(200);
    (Authenticator::of(&answer.text("secret")), answer.data())
}

/// Sets up a second factor, and uses its current code.
pub(super) async fn enrol(stack: &Stack, user: &User) -> Authenticator {
    let (app, _) = enrolled(user).await;
    confirm(user, &app.code(stack)).await.expect(200);
    app
}

async fn confirm(user: &User, code: &str) -> Answer {
    user.post("/api/v1/auth/second-factor/confirm", &json!({ "code": code })).await
}

async fn second(visitor: &Visitor, challenge: &str, code: &str) -> Answer {
    visitor
        .post("/api/v1/auth/login/second-factor", &json!({ "challenge": challenge, "code": code }))
        .await
}

/// Signs in with the right password, and returns the challenge.
async fn challenge(visitor: &Visitor, email: &str) -> String {
    let answer = visitor.login(email, PASSWORD).await.expect(200);
    assert!(
        answer.data().get("accessToken").is_none() && answer.data()["secondFactorRequired"] == true,
        "{}",
        answer.data()
    );
    answer.text("challenge")
}

/// Starts a stack with a frozen clock, and returns a user with a second factor and backup codes.
/// The previous code is used.
async fn somebody() -> (Arc<Stack>, User, Authenticator, Vec<String>) {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let (app, _) = enrolled(&user).await;
    let codes = confirm(&user, &app.code(&stack)).await.expect(200).data()["backupCodes"].clone();
    stack.clock.advance(Duration::from_secs(30));
    (stack, user, app, serde_json::from_value(codes).unwrap())
}

#[tokio::test]
async fn a_second_factor_applies_once_confirmed() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    confirm(&user, "123456").await.problem(409, "no-second-factor");
    let (_, first) = enrolled(&user).await;
    let (app, enrolment) = enrolled(&user).await;
    assert_ne!(first["secret"], enrolment["secret"], "the later one replaces the first");
    let uri = enrolment["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Builder:")
            && uri.contains(enrolment["secret"].as_str().unwrap()),
        "{uri}"
    );
    assert!(enrolment["qr"].as_str().unwrap().contains("<svg"));
    user.signed_out().sign_in(&user.email, PASSWORD).await;

    confirm(&user, "000000").await.problem(422, "wrong-code");
    let answer = confirm(&user, &app.code(&stack)).await.expect(200);
    assert_eq!(answer.data()["backupCodes"].as_array().unwrap().len(), 10);
    assert_eq!(user.get("/api/v1/me").await.expect(200).data()["secondFactor"], true);
    user.signed_out().mail(&user.email, "Two-factor sign-in is enabled").await;
    user.command("/api/v1/auth/second-factor").await.problem(409, "second-factor-enabled");
    confirm(&user, "123456").await.problem(409, "no-second-factor");

    let items =
        [stack.aws().items(DATA_TABLE).await, stack.aws().items(EPHEMERAL_TABLE).await].concat();
    let kept = format!("{items:?}");
    assert!(!kept.contains(enrolment["secret"].as_str().unwrap()), "the secret must be sealed");
    for code in answer.data()["backupCodes"].as_array().unwrap() {
        assert!(
            !kept.contains(&code.as_str().unwrap().replace('-', "")),
            "backup codes must be hashed"
        );
    }
}

#[tokio::test]
async fn sign_in_requires_a_code_that_works_once() {
    let (stack, user, app, _) = somebody().await;
    let visitor = user.signed_out();
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, "000000").await.problem(422, "wrong-code");
    let code = app.code(&stack);
    let answer = second(&visitor, &given, &code).await.expect(200);
    visitor.signed_in(&user.email, &answer).get("/api/v1/me").await.expect(200);
    second(&visitor, &given, &code).await.problem(422, "wrong-code");
    stack.clock.advance(Duration::from_secs(30));
    second(&visitor, &given, &app.code(&stack)).await.expect(200);

    // The challenge is valid for five minutes, and a forged one is refused.
    stack.clock.advance(Duration::from_secs(300));
    second(&visitor, &given, &app.code(&stack)).await.problem(401, "invalid-challenge");
    second(&visitor, "ch_nonsense", &app.code(&stack)).await.problem(401, "invalid-challenge");
    visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn concurrent_uses_of_one_code_succeed_once() {
    let (stack, user, app, codes) = somebody().await;
    let visitor = user.signed_out();
    for code in [app.code(&stack), codes[0].clone()] {
        let given = challenge(&visitor, &user.email).await;
        let answers =
            futures::future::join_all((0..8).map(|_| second(&visitor, &given, &code))).await;
        let got_in = answers.iter().filter(|answer| answer.status == 200).count();
        println!("8 concurrent uses of one code: {got_in} succeeded");
        assert_eq!(
            got_in,
            1,
            "{:?}",
            answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn a_backup_code_works_once() {
    let (_stack, user, _, codes) = somebody().await;
    let visitor = user.signed_out();
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, &codes[3].to_lowercase()).await.expect(200);
    second(&visitor, &given, &codes[3]).await.problem(422, "wrong-code");
    second(&visitor, &given, &codes[4].replace('-', " ")).await.expect(200);
}

#[tokio::test]
async fn ten_wrong_codes_pause_all_codes_for_15_minutes() {
    let (stack, user, app, codes) = somebody().await;
    let visitor = user.signed_out();
    let given = challenge(&visitor, &user.email).await;
    let wrong: Vec<String> = (0..30).map(|number| format!("{number:06}")).collect();
    let answers =
        futures::future::join_all(wrong.iter().map(|code| second(&visitor, &given, code))).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 422).count();
    println!("30 concurrent wrong codes: {looked_at} checked");
    assert!(
        looked_at <= 10,
        "{:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
    let mut more = looked_at;
    while more < 10 {
        second(&visitor, &given, "nonsense").await.problem(422, "wrong-code");
        more += 1;
    }
    for code in [app.code(&stack), codes[0].clone()] {
        let answer =
            second(&visitor, &given, &code).await.problem(429, "second-factor-paused").answer;
        assert_eq!(answer.required("retry-after"), "900");
    }
    stack.clock.advance(Duration::from_secs(900));
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, &app.code(&stack)).await.expect(200);
}

#[tokio::test]
async fn disabling_requires_a_code_or_an_admin() {
    let (stack, user, app, codes) = somebody().await;
    let visitor = user.signed_out();
    let disable = async |code: &str| {
        user.post("/api/v1/auth/second-factor/disable", &json!({ "code": code })).await
    };
    disable("000000").await.problem(422, "wrong-code");
    let (key, code) = (fresh_key(), json!({ "code": app.code(&stack) }));
    let request = || user.post("/api/v1/auth/second-factor/disable", &code).key(&key);
    request().await.expect(204);
    assert!(request().await.expect(204).replayed());
    visitor.sign_in(&user.email, PASSWORD).await;
    visitor.mail(&user.email, "Two-factor sign-in is disabled").await;
    disable(&codes[0]).await.problem(409, "no-second-factor");

    let (app, _) = enrolled(&user).await;
    confirm(&user, &app.code(&stack)).await.expect(200);
    let given = challenge(&visitor, &user.email).await;
    let (admin, path) = (stack.admin().await, format!("/api/v1/users/{}", user.id().await));
    assert_eq!(admin.get(&path).await.expect(200).data()["secondFactor"], true);
    user.delete(format!("{path}/second-factor")).await.problem(403, "forbidden");
    admin.delete(format!("{path}/second-factor")).await.expect(204);
    admin.delete(format!("{path}/second-factor")).await.problem(404, "not-found");
    visitor.sign_in(&user.email, PASSWORD).await;
    stack.clock.advance(Duration::from_secs(30));
    second(&visitor, &given, &app.code(&stack)).await.problem(401, "invalid-challenge");
    let events = admin.get(format!("{path}/events")).await.expect(200).data();
    assert_eq!(
        (&events[0]["type"], &events[0]["actor"]["id"]),
        (&json!("user.second_factor_disabled"), &json!(admin.id().await))
    );
}

#[tokio::test]
async fn changing_the_password_invalidates_challenges() {
    let (stack, user, app, _) = somebody().await;
    let visitor = user.signed_out();
    let given = challenge(&visitor, &user.email).await;
    let body =
        json!({ "currentPassword": PASSWORD, "newPassword": "another horse, another battery" });
    user.post("/api/v1/auth/change-password", &body).await.expect(204);
    second(&visitor, &given, &app.code(&stack)).await.problem(401, "invalid-challenge");
}

#[tokio::test]
async fn requests_of_strangers_do_not_invalidate_challenges() {
    let (stack, user, app, _) = somebody().await;
    let visitor = user.signed_out();
    let given = challenge(&visitor, &user.email).await;
    for path in ["register", "forgot-password", "verify-email/resend"] {
        stack
            .visitor()
            .post(format!("/api/v1/auth/{path}"), &json!({ "email": user.email }))
            .await
            .expect(202);
    }
    second(&visitor, &given, &app.code(&stack)).await.expect(200);
}

#[tokio::test]
async fn admins_cannot_remove_their_own_factor_without_a_code() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let path = format!("/api/v1/users/{}/second-factor", admin.id().await);
    admin.delete(path).await.problem(403, "forbidden");
}

#[tokio::test]
async fn backup_codes_are_counted_and_renewed_with_a_code() {
    const PATH: &str = "/api/v1/auth/second-factor/backup-codes";
    let (stack, user, app, codes) = somebody().await;
    let visitor = user.signed_out();
    let state = async || user.get("/api/v1/auth/second-factor").await.expect(200).data();
    assert_eq!(state().await, json!({ "enabled": true, "backupCodesLeft": 10 }));
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, &codes[0]).await.expect(200);
    assert_eq!(state().await["backupCodesLeft"], 9);

    for wrong in ["000000", &codes[0]] {
        user.post(PATH, &json!({ "code": wrong })).await.problem(422, "wrong-code");
    }
    user.post(PATH, &json!({ "code": "1" })).await.problem(422, "invalid-request").at(&["/code"]);
    assert_eq!(state().await["backupCodesLeft"], 9);
    let renewed = user.post(PATH, &json!({ "code": app.code(&stack) })).await.expect(200).data()["backupCodes"].clone();
    let renewed: Vec<String> = serde_json::from_value(renewed).unwrap();
    assert_eq!(
        (renewed.len(), state().await),
        (10, json!({ "enabled": true, "backupCodesLeft": 10 }))
    );
    visitor.mail(&user.email, "Your backup codes were replaced").await;

    let given = challenge(&visitor, &user.email).await;
    for old in &codes {
        assert!(!renewed.contains(old));
        second(&visitor, &given, old).await.problem(422, "wrong-code");
    }
    stack.clock.advance(Duration::from_secs(900));
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, &renewed[9]).await.expect(200);
    // A backup code can renew them, too.
    user.post(PATH, &json!({ "code": renewed[0] })).await.expect(200);
    let given = challenge(&visitor, &user.email).await;
    second(&visitor, &given, &renewed[1]).await.problem(422, "wrong-code");
}

#[tokio::test]
async fn without_a_second_factor_there_are_no_backup_codes() {
    let user = Stack::shared().user().await;
    let state = user.get("/api/v1/auth/second-factor").await.expect(200).data();
    assert_eq!(state, json!({ "enabled": false, "backupCodesLeft": null }));
    // A second factor that isn't confirmed doesn't count.
    enrolled(&user).await;
    assert_eq!(user.get("/api/v1/auth/second-factor").await.expect(200).data()["enabled"], false);
    user.post("/api/v1/auth/second-factor/backup-codes", &json!({ "code": "123456" }))
        .await
        .problem(409, "no-second-factor");
}

#[tokio::test]
async fn concurrent_renewals_with_one_code_succeed_once() {
    let (stack, user, app, _) = somebody().await;
    let code = json!({ "code": app.code(&stack) });
    let renew = || async { user.post("/api/v1/auth/second-factor/backup-codes", &code).await };
    let answers = futures::future::join_all((0..8).map(|_| renew())).await;
    let renewed = answers.iter().filter(|answer| answer.status == 200).count();
    println!("8 concurrent renewals with one code: {renewed} succeeded");
    assert_eq!(renewed, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

/// There may be no other admin who could remove it.
#[tokio::test]
async fn an_operator_removes_the_second_factor_of_an_admin() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    enrol(&stack, &admin).await;
    enrol(&stack, &user).await;
    let visitor = stack.visitor();
    let answer = visitor.login(ADMIN.0, ADMIN.1).await.expect(200);
    assert_eq!(answer.data()["secondFactorRequired"], true);

    let remove = |email: &str| json!({ "email": email, "removeSecondFactor": true });
    for (payload, refused) in [
        (remove(&user.email), "no admin with this address"),
        (remove("root@example.com"), "no admin with this address"),
        (
            json!({ "email": ADMIN.0, "removeSecondFactor": true, "password": "a long passphrase" }),
            "can't be combined with password",
        ),
    ] {
        let error = stack.invoke("bootstrap-admin", payload).await.unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
    stack.invoke("bootstrap-admin", remove(ADMIN.0)).await.unwrap();
    let admin = visitor.sign_in(ADMIN.0, ADMIN.1).await;
    assert_eq!(admin.get("/api/v1/me").await.expect(200).data()["secondFactor"], false);
    visitor.mail(ADMIN.0, "Two-factor sign-in is disabled").await;
    let again = stack.invoke("bootstrap-admin", remove(ADMIN.0)).await.unwrap_err().to_string();
    assert!(again.contains("has no second factor"), "{again}");
    stack.wait_until_idle().await;
    stack.invoke("seal-audit", json!({})).await.unwrap();
}
