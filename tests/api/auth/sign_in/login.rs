//! `POST /api/v1/auth/login`

use builder_tests::{PASSWORD, Stack, Tokens, Visitor, token};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/auth/login";

#[tokio::test]
async fn signing_in_returns_a_pair_of_tokens() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let answer = user.signed_out().login(&user.email, PASSWORD).await.expect(200);
    assert_eq!(
        (&answer.data()["tokenType"], &answer.data()["expiresIn"]),
        (&json!("Bearer"), &json!(3600))
    );
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
    assert!(
        !text.contains(&user.email) && !text.contains("Ada"),
        "a token must not contain personal data: {text}"
    );
    user.with_token(tokens.access).get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_and_unknown_address_look_the_same() {
    let stack = Stack::shared();
    let (user, visitor) = (stack.user().await, stack.visitor());
    let alike =
        |body: &Value| (body["detail"].clone(), body["title"].clone(), body["errors"].clone());
    let wrong =
        visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    let unknown = visitor
        .login(&Visitor::fresh_email(), "wrong password")
        .await
        .problem(401, "invalid-credentials");
    assert_eq!(alike(&wrong.body), alike(&unknown.body));
    for problem in [wrong, unknown] {
        assert!(problem.answer.required("www-authenticate").starts_with("Bearer"));
    }
    for similar in [&PASSWORD[1..], &format!("{PASSWORD} "), &PASSWORD.to_uppercase()] {
        visitor.login(&user.email, similar).await.problem(401, "invalid-credentials");
    }
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "email": "nobody", "password": "" }), vec!["/email", "/password"]),
        (json!({ "email": "ada@example.com", "password": "x".repeat(1025) }), vec!["/password"]),
        (json!({ "email": ["ada@example.com"], "password": PASSWORD }), vec!["/email"]),
        (
            json!({ "email": "ada@example.com", "password": PASSWORD, "remember": true }),
            vec!["/remember"],
        ),
    ] {
        visitor.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

#[tokio::test]
async fn sign_in_responses_are_never_replayed() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let body = json!({ "email": user.email, "password": PASSWORD });
    let visitor = user.signed_out();
    let first = visitor.post(PATH, &body).key("sign-in").await.expect(200);
    let second = visitor.post(PATH, &body).key("sign-in").await.expect(200);
    assert!(!second.replayed());
    assert_ne!(first.text("refreshToken"), second.text("refreshToken"));
}
