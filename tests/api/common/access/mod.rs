//! Access rights of all routes, so that no route is left out.

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
    "confirm-email-change", // contains its own token
    "docs",                 // the API's documentation
    "docs-asset",           // its files
    "finish-oidc",          // used before sign-in
    "forgot-password",      // used without a password
    "health",               // called by load balancers
    "jwks",                 // public keys
    "list-oidc-providers",  // shown before sign-in
    "login",                // used before sign-in
    "login-second-factor",  // contains the challenge of the first step
    "logout",               // accepts the refresh token after the access token has expired
    "not-found",            // unknown paths
    "openapi",              // the API's description
    "problem",              // documentation of problems
    "ready",                // called by deployments
    "refresh-token",        // contains its own token
    "register",             // used before an account exists
    "resend-verification",  // used before an account exists
    "reset-password",       // contains its own token
    "security-txt",         // contacts for vulnerability reports
    "start-oidc",           // used before sign-in
    "stripe-hook",          // contains Stripe's signature
    "undo-email-change",    // contains its own token
    "verify-email",         // contains its own token
];

#[test]
fn the_public_routes_are_listed() {
    let public: BTreeSet<_> = routes()
        .iter()
        .filter(|route| !matches!(route.access, Access::Permit(_)))
        .map(|route| route.name)
        .collect();
    assert_eq!(public, BTreeSet::from(PUBLIC));
}

#[tokio::test]
async fn all_other_routes_refuse_anonymous_requests() {
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
async fn every_route_refuses_roles_without_permission() {
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
        "a guest can read the catalogue"
    );
    assert_eq!(
        guest.get("/api/v1/orders").await.expect(200).data(),
        serde_json::json!([]),
        "and its own orders"
    );
}
