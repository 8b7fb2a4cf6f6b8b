//! Access rights of all routes, so that none can be forgotten.

mod guards;
mod ownership;
mod revocation;

use std::collections::BTreeSet;

use builder_identity::role::Role;
use builder_runtime::Access;
use builder_tests::{Stack, User, routes};

use super::sample_path;

/// Routes that anybody may call. This list may only shrink; a new entry needs a reason that a
/// reviewer accepts.
const PUBLIC: [&str; 24] = [
    "confirm-email-change", // carries a token of its own
    "docs",                 // the API's documentation
    "docs-asset",           // its files
    "finish-oidc",          // who signs in isn't signed in
    "forgot-password",      // who forgot the password can't sign in
    "health",               // asked by load balancers
    "jwks",                 // public keys
    "list-oidc-providers",  // shown to who isn't signed in
    "login",                // who signs in isn't signed in
    "login-second-factor",  // carries the right that the first step gave
    "logout",    // whose access token has expired still signs out, with the refresh token
    "not-found", // unknown paths
    "openapi",   // the API's description
    "problem",   // what a problem means
    "ready",     // asked by deployments
    "refresh-token", // carries a token of its own
    "register",  // who registers has no account
    "resend-verification", // who lost the mail can't do much else
    "reset-password", // carries a token of its own
    "security-txt", // how a vulnerability is reported
    "start-oidc", // who signs in isn't signed in
    "stripe-hook", // carries Stripe's signature
    "undo-email-change", // carries a token of its own
    "verify-email", // carries a token of its own
];

#[test]
fn the_public_routes_are_these() {
    let public: BTreeSet<_> = routes()
        .iter()
        .filter(|route| !matches!(route.access, Access::Permit(_)))
        .map(|route| route.name)
        .collect();
    assert_eq!(public, BTreeSet::from(PUBLIC));
}

#[tokio::test]
async fn every_other_route_refuses_a_stranger() {
    let stack = Stack::own().unlimited().start();
    let visitor = stack.visitor();
    let mut walked = 0;
    for route in routes().iter().filter(|route| !PUBLIC.contains(&route.name)) {
        for body in [None, Some("{")] {
            let request = visitor
                .request(route.method.clone(), sample_path(route))
                .if_match("*")
                .key("a-key");
            // Nothing of the request is validated before the caller is known.
            let request =
                if let Some(body) = body { request.body("text/plain", body) } else { request };
            let problem = request.await.problem(401, "unauthenticated");
            assert_eq!(
                problem.answer.required("www-authenticate"),
                r#"Bearer realm="builder-api""#,
                "{route:?}"
            );
        }
        walked += 1;
    }
    assert!(walked >= 13, "only {walked} routes");
}

#[tokio::test]
async fn every_route_refuses_roles_that_may_not() {
    let stack = Stack::shared();
    let (guest, user) = (stack.guest().await, stack.user().await);
    let mut refused = 0;
    for route in routes() {
        let Access::Permit(permission) = route.access else { continue };
        let people: [(Role, &User); 2] = [(Role::Guest, &guest), (Role::User, &user)];
        for (role, person) in people {
            if !role.permits(permission) {
                let request =
                    person.request(route.method.clone(), sample_path(&route)).if_match("*");
                let problem = request.body("text/plain", "{").await.problem(403, "forbidden");
                assert!(
                    problem.body["detail"].as_str().unwrap().contains(permission.scope()),
                    "{route:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused >= 10, "only {refused} refusals");
    assert_eq!(
        guest.get("/api/v1/products").await.expect(200).status,
        200,
        "a guest reads the catalogue"
    );
    assert_eq!(
        guest.get("/api/v1/orders").await.expect(200).data(),
        serde_json::json!([]),
        "and its own orders"
    );
}
