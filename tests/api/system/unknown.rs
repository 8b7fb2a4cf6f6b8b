//! Requests that match no route.

use builder_tests::{Stack, routes};
use reqwest::Method;
use serde_json::json;

use crate::common::sample_path;

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let stack = Stack::shared();
    let (visitor, user) = (stack.visitor(), stack.user().await);
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/orders",
        "/api/v1/orders/",
        "/api/v1/me/x",
        "/favicon.ico",
        "/Health",
        "/api/v1//orders",
        "/..%2fetc",
    ] {
        visitor.get(path).await.problem(404, "not-found");
        user.request(Method::POST, path).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_wrong_method_returns_the_allowed_ones() {
    let stack = Stack::own().unlimited().start();
    let visitor = stack.visitor();
    let all = routes();
    let mut walked = 0;
    for route in all.iter().filter(|route| route.path != "$default") {
        let keys: Vec<String> = all
            .iter()
            .filter(|other| other.path == route.path)
            .flat_map(|other| other.keys())
            .collect();
        let mut right: Vec<&str> =
            keys.iter().filter_map(|key| key.split_once(' ')).map(|(method, _)| method).collect();
        right.sort_unstable();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if right.contains(&method.as_str()) {
                continue;
            }
            // The wrong method is reported, whatever else is sent.
            let request =
                visitor.request(method, sample_path(route)).json(&json!({ "name": "Ada" }));
            let problem = request.await.problem(405, "method-not-allowed");
            let mut allowed: Vec<&str> = problem.answer.required("allow").split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, right, "{route:?}");
            walked += 1;
        }
    }
    assert!(walked > 60, "only {walked}");
}
