//! Signing in with `mode: cookie`, and attempts of other sites to use the cookies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use builder_tests::{ADMIN, Answer, PASSWORD, Request, Stack, User, Visitor, catalogue};
use reqwest::Method;
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const APP: &str = "https://app.example.com";
const REFUSED: &str = "cross-site-request-refused";

/// A browser that displays a page of the application.
struct Browser {
    visitor: Visitor,
    cookies: BTreeMap<String, String>,
    csrf: String,
}

fn stack() -> Arc<Stack> {
    Stack::own().parameter("CorsOrigins", APP).start()
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "mode": "cookie" })
}

impl Browser {
    async fn sign_in(stack: &Arc<Stack>, email: &str, password: &str) -> Self {
        let visitor = stack.visitor();
        let mut browser = Self { visitor, cookies: BTreeMap::new(), csrf: String::new() };
        let answer =
            browser.page(Method::POST, LOGIN).json(&credentials(email, password)).await.expect(200);
        browser.keep(&answer);
        browser
    }

    /// Stores the cookies and the CSRF token of a response.
    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers("set-cookie") {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let path = if name == "__Host-access" { "/" } else { "/api/v1/auth" };
            for attribute in ["Secure", "HttpOnly", "SameSite=Lax", &format!("Path={path}")] {
                assert!(
                    attributes.split("; ").any(|present| present == attribute),
                    "{attribute}: {line}"
                );
            }
            assert!(!attributes.contains("Domain"), "{line}");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let data = answer.data();
        assert_eq!(
            data.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["csrfToken", "expiresIn"],
            "scripts must not get an access or refresh token"
        );
        self.csrf = data["csrfToken"].as_str().unwrap().to_owned();
    }

    /// Returns a request of any page: the browser adds the cookies.
    fn request(&self, method: Method, path: &str) -> Request {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.visitor.request(method, path).header("cookie", cookies.join("; "))
    }

    /// Returns a request of a page of the application.
    fn page(&self, method: Method, path: &str) -> Request {
        self.request(method, path)
            .header("origin", APP)
            .header("sec-fetch-site", "same-site")
            .header("x-csrf-token", &self.csrf)
    }
}

#[tokio::test]
async fn cookies_authenticate_pages_of_the_application() {
    let stack = stack();
    let user = stack.user().await;
    let admin = Browser::sign_in(&stack, ADMIN.0, ADMIN.1).await;
    let browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    assert_eq!(
        browser.page(Method::GET, "/api/v1/me").await.expect(200).data()["email"],
        user.email
    );
    let product = admin
        .page(Method::POST, "/api/v1/products")
        .json(&catalogue::product())
        .await
        .expect(201)
        .text("id");
    let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
    browser.page(Method::POST, "/api/v1/orders").json(&order).await.expect(201);
    browser
        .page(Method::POST, "/api/v1/products")
        .json(&catalogue::product())
        .await
        .problem(403, "forbidden");
    // Programs use the same endpoints without cookies. A bearer token takes precedence over
    // cookies.
    user.order(&[(&product, 1)]).await.expect(201);
    let both = browser
        .request(Method::POST, "/api/v1/orders")
        .header("authorization", format!("Bearer {}", user.tokens.access));
    both.json(&order).await.expect(201);
    let preflight =
        stack.visitor().request(Method::OPTIONS, "/api/v1/orders").header("origin", APP);
    let preflight = preflight.header("access-control-request-method", "POST").await;
    assert_eq!(preflight.required("access-control-allow-credentials"), "true");
    assert!(preflight.required("access-control-allow-headers").contains("x-csrf-token"));
}

#[tokio::test]
async fn cross_site_requests_are_refused() {
    let stack = stack();
    let (user, other) = (stack.user().await, stack.user().await);
    let browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    let foreign = Browser::sign_in(&stack, &other.email, PASSWORD).await.csrf;
    let change =
        |request: Request| request.header("if-match", "*").json(&json!({ "name": "Mallory" }));
    let patch = || change(browser.page(Method::PATCH, "/api/v1/me"));
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "https://app.example.com.evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("x-csrf-token", ""),
        ("x-csrf-token", "guessed"),
        ("x-csrf-token", &foreign),
    ] {
        patch().header(name, value).await.problem(403, REFUSED);
    }
    let without_origin =
        browser.request(Method::PATCH, "/api/v1/me").header("x-csrf-token", &browser.csrf);
    change(without_origin).await.problem(403, REFUSED);
    let without_token = browser.request(Method::PATCH, "/api/v1/me").header("origin", APP);
    change(without_token).await.problem(403, REFUSED);
    let planted = format!(
        "__Host-access={}; __Host-access={}",
        user.tokens.access, browser.cookies["__Host-access"]
    );
    patch().header("cookie", planted).await.problem(401, "unauthenticated");
    let counted =
        patch().header("origin", "https://evil.example").await.problem(403, REFUSED).answer;
    assert_eq!(
        counted.required("ratelimit-policy"),
        "\"ip\";q=100;w=60",
        "it counts for the IP address, not for the user"
    );
    assert_eq!(
        browser.page(Method::GET, "/api/v1/me").await.expect(200).data()["name"],
        "Ada Lovelace",
        "nothing was changed"
    );
    assert_eq!(
        patch().await.expect(200).data()["name"],
        "Mallory",
        "the same request without foreign headers succeeds"
    );
}

#[tokio::test]
async fn cross_site_requests_are_rate_limited() {
    let stack = stack();
    let user = stack.user().await;
    let browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    let mut statuses = BTreeMap::new();
    for _ in 0..130 {
        let request = browser
            .page(Method::DELETE, "/api/v1/sessions")
            .header("origin", "https://evil.example");
        let answer = request.await;
        assert!(answer.header("ratelimit").is_some(), "{answer:?}");
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    println!("130 cross-site requests: {statuses:?}");
    assert!(statuses[&429] >= 30 && statuses.len() == 2, "{statuses:?}");
    browser.page(Method::GET, "/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn cross_site_sign_in_and_wrong_token_kinds_are_refused() {
    let stack = stack();
    let user = stack.user().await;
    let visitor = stack.visitor();
    for origin in [Some("https://evil.example"), None] {
        let login = visitor.post(LOGIN, &credentials(&user.email, PASSWORD));
        let login = if let Some(origin) = origin { login.header("origin", origin) } else { login };
        let problem = login.await.problem(403, REFUSED);
        assert_eq!(problem.answer.headers("set-cookie").len(), 0, "login fixation");
    }
    let browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    let bearer = format!("Bearer {}", browser.cookies["__Host-access"]);
    visitor.get("/api/v1/me").header("authorization", bearer).await.problem(401, "unauthenticated");
    let cookie = format!("__Host-access={}", user.tokens.access);
    visitor.get("/api/v1/me").header("cookie", cookie).await.problem(401, "unauthenticated");
    let wrong =
        visitor.post(LOGIN, &json!({ "email": user.email, "password": PASSWORD, "mode": "both" }));
    assert_eq!(wrong.await.problem(422, "invalid-request").pointers(), ["/mode"]);
}

#[tokio::test]
async fn only_application_pages_can_refresh_cookies() {
    let stack = stack();
    let user = stack.user().await;
    let mut browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    let body = json!({ "mode": "cookie" });
    let refresh = |browser: &Browser| {
        browser.request(Method::POST, REFRESH).header("origin", APP).json(&body)
    };
    refresh(&browser).header("origin", "https://evil.example").await.problem(403, REFUSED);
    let (first, csrf) = (browser.cookies.clone(), browser.csrf.clone());
    let answer = refresh(&browser).await.expect(200);
    browser.keep(&answer);
    assert_ne!(first["__Secure-refresh"], browser.cookies["__Secure-refresh"]);
    assert_eq!(csrf, browser.csrf, "the token stays valid in other tabs");
    browser.page(Method::GET, "/api/v1/me").await.expect(200);

    let rejected = refresh(&browser)
        .json(&json!({ "mode": "cookie", "refreshToken": "rt_" }))
        .await
        .problem(422, "invalid-request");
    assert_eq!(rejected.pointers(), ["/refreshToken"]);
    let rejected = refresh(&browser).json(&json!({})).await.problem(422, "invalid-request");
    assert_eq!(rejected.pointers(), ["/refreshToken"]);
    stack
        .visitor()
        .post(REFRESH, &body)
        .header("origin", APP)
        .await
        .problem(401, "invalid-refresh-token");

    stack.clock.advance(Duration::from_secs(11));
    let stolen = Browser { visitor: stack.visitor(), cookies: first, csrf };
    refresh(&stolen).await.problem(401, "invalid-refresh-token");
    browser.page(Method::GET, "/api/v1/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn signing_out_clears_and_revokes_the_cookies() {
    let stack = stack();
    let user: User = stack.user().await;
    let browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    browser
        .request(Method::POST, "/api/v1/auth/logout")
        .header("origin", "https://evil.example")
        .await
        .problem(403, REFUSED);
    let answer = browser.page(Method::POST, "/api/v1/auth/logout").await.expect(204);
    let forgotten = answer.headers("set-cookie");
    assert!(
        forgotten.len() == 2 && forgotten.iter().all(|line| line.contains("=; Max-Age=0; ")),
        "{forgotten:?}"
    );
    browser.page(Method::GET, "/api/v1/me").await.problem(401, "unauthenticated");
}

fn forgets(answer: &Answer) -> bool {
    let lines = answer.headers("set-cookie");
    lines.len() == 2 && lines.iter().all(|line| line.contains("=; Max-Age=0; "))
}

#[tokio::test]
async fn the_refresh_cookie_alone_can_sign_out() {
    let stack = stack();
    let user: User = stack.user().await;
    let mut browser = Browser::sign_in(&stack, &user.email, PASSWORD).await;
    browser.cookies.remove("__Host-access");
    let logout = || browser.request(Method::POST, "/api/v1/auth/logout");
    // Other sites can't sign a user out.
    logout().header("origin", "https://evil.example").await.problem(403, REFUSED);
    logout()
        .header("origin", APP)
        .header("sec-fetch-site", "cross-site")
        .await
        .problem(403, REFUSED);
    logout().await.problem(403, REFUSED);
    let refresh = || {
        browser
            .request(Method::POST, REFRESH)
            .header("origin", APP)
            .json(&json!({ "mode": "cookie" }))
    };
    let kept = refresh().await.expect(200);
    browser.keep(&kept);
    browser.cookies.remove("__Host-access");

    assert!(forgets(
        &browser
            .request(Method::POST, "/api/v1/auth/logout")
            .header("origin", APP)
            .await
            .expect(204)
    ));
    let refused = browser
        .request(Method::POST, REFRESH)
        .header("origin", APP)
        .json(&json!({ "mode": "cookie" }))
        .await;
    assert!(
        forgets(&refused.problem(401, "invalid-refresh-token").answer),
        "a refused refresh clears the cookies"
    );
}

#[tokio::test]
async fn cookies_are_cleared_only_for_application_pages() {
    let stack = stack();
    let visitor = stack.visitor();
    assert!(forgets(
        &visitor.command("/api/v1/auth/logout").header("origin", APP).await.expect(204)
    ));
    for answer in [
        visitor.command("/api/v1/auth/logout").await.expect(204),
        visitor
            .command("/api/v1/auth/logout")
            .header("origin", "https://evil.example")
            .await
            .expect(204),
    ] {
        assert_eq!(
            answer.headers("set-cookie").len(),
            0,
            "a form of another site must not clear cookies"
        );
    }
}
