//! `POST /api/v1/auth/login`

use std::time::{Duration, Instant};

use builder_tests::{PASSWORD, Stack, Tokens, Visitor, token};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/login";

#[tokio::test]
async fn signing_in_gives_a_pair_of_tokens() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let answer = user.signed_out().login(&user.email, PASSWORD).await.expect(200);
    assert_eq!((&answer.data()["tokenType"], &answer.data()["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = Tokens::of(&answer);
    assert!(tokens.refresh.starts_with("rt_"));

    let (header, claims) = token::read(&tokens.access);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    assert!(header["kid"].is_string());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(stack.api_url), &json!("builder-api")));
    assert_eq!((&claims["sub"], &claims["role"]), (&json!(user.id().await), &json!("user")));
    assert!(claims["sid"].as_str().unwrap().starts_with("ses_") && claims["epoch"].is_u64());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    let text = claims.to_string();
    assert!(!text.contains(&user.email) && !text.contains("Ada"), "a token says nothing personal: {text}");
    user.with_token(tokens.access).get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    let stack = Stack::shared();
    let (user, visitor) = (stack.user().await, stack.visitor());
    let alike = |body: &Value| (body["detail"].clone(), body["title"].clone(), body["errors"].clone());
    let wrong = visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    let unknown = visitor.login(&Visitor::fresh_email(), "wrong password").await.problem(401, "invalid-credentials");
    assert_eq!(alike(&wrong.body), alike(&unknown.body));
    for problem in [wrong, unknown] {
        assert!(problem.answer.required("www-authenticate").starts_with("Bearer"));
    }
    for similar in [&PASSWORD[1..], &format!("{PASSWORD} "), &PASSWORD.to_uppercase()] {
        visitor.login(&user.email, similar).await.problem(401, "invalid-credentials");
    }
}

#[tokio::test]
async fn every_violation_is_told_at_its_place() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "email": "nobody", "password": "" }), vec!["/email", "/password"]),
        (json!({ "email": "ada@example.com", "password": "x".repeat(1025) }), vec!["/password"]),
        (json!({ "email": ["ada@example.com"], "password": PASSWORD }), vec!["/email"]),
        (json!({ "email": "ada@example.com", "password": PASSWORD, "remember": true }), vec!["/remember"]),
    ] {
        visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

#[tokio::test]
async fn tokens_are_never_kept_for_a_repetition() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let body = json!({ "email": user.email, "password": PASSWORD });
    let visitor = user.signed_out();
    let first = visitor.post(PATH, &body).key("sign-in").await.expect(200);
    let second = visitor.post(PATH, &body).key("sign-in").await.expect(200);
    assert!(!second.replayed());
    assert_ne!(first.text("refreshToken"), second.text("refreshToken"));
}

/// The one test at the real cost. The answer for an address without an account must take as long as for one with.
#[tokio::test]
async fn at_the_cost_of_production_an_unknown_address_takes_as_long_as_a_known_one() {
    let stack = Stack::own().parameter("PasswordCost", "12").start();
    let mut fastest = [Duration::MAX; 2];
    let alike = |[known, unknown]: [Duration; 2]| (0.7..1.4).contains(&(known.as_secs_f64() / unknown.as_secs_f64()));
    // Other tests take their share of the processors, at times from one kind of address only.
    for round in 0..16 {
        if round >= 4 && alike(fastest) {
            break;
        }
        // Nobody has guessed from these addresses, or at these accounts, too often.
        let (known, visitor) = (Visitor::fresh_email(), stack.visitor());
        visitor.register(&known, "Ada").await.expect(202);
        for (email, fastest) in [known, Visitor::fresh_email()].iter().zip(&mut fastest) {
            let started = Instant::now();
            visitor.login(email, "wrong password").await.problem(401, "invalid-credentials");
            *fastest = started.elapsed().min(*fastest);
        }
    }
    let [known, unknown] = fastest.map(|time| time.as_secs_f64());
    println!("known address {known:.3} s, unknown {unknown:.3} s");
    assert!(known > 0.1, "bcrypt at cost 12 takes longer than {known} s");
    assert!(alike(fastest), "known {known} s, unknown {unknown} s");
}
