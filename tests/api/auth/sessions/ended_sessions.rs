//! An ended session can't change anything, even if the request and the end are concurrent.

use std::collections::BTreeMap;

use builder_tests::{PASSWORD, Stack, User};
use serde_json::{Value, json};

/// The number of times that each change is concurrent with a sign-out.
const ROUNDS: usize = 8;
const CHANGES: [&str; 4] =
    ["create-api-key", "enrol-second-factor", "change-password", "update-me"];

async fn act(user: &User, change: &str) -> builder_tests::Answer {
    match change {
        "create-api-key" => {
            user.post("/api/v1/api-keys", &json!({ "name": "Late", "scopes": ["profile:read"] }))
                .await
        }
        "enrol-second-factor" => user.command("/api/v1/auth/second-factor").await,
        "change-password" => {
            let body = json!({ "currentPassword": PASSWORD, "newPassword": "another horse, another battery" });
            user.post("/api/v1/auth/change-password", &body).await
        }
        _ => user.patch("/api/v1/me", &json!({ "name": "Late" })).if_match("*").await,
    }
}

/// Returns the version of an account at an event of this type, if there is one.
fn version_of(events: &Value, kind: &str) -> Option<u64> {
    let event = events.as_array().unwrap().iter().find(|event| event["type"] == kind)?;
    Some(event["version"].as_u64().unwrap())
}

/// Runs the change and the sign-out concurrently. Both are events of the account, whose versions
/// show which was first.
#[tokio::test]
async fn an_ended_session_cannot_change_anything() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    let mut outcomes: BTreeMap<(&str, u16), usize> = BTreeMap::new();
    let mut late = 0;
    for change in CHANGES {
        for round in 0..ROUNDS {
            let user = stack.user().await;
            let elsewhere = user.signed_out().sign_in(&user.email, PASSWORD).await;
            let id = user.id().await;
            let signing_out = async {
                tokio::time::sleep(std::time::Duration::from_millis(round as u64 * 4)).await;
                elsewhere.delete("/api/v1/sessions").await
            };
            let (changed, _) = tokio::join!(act(&user, change), signing_out);
            *outcomes.entry((change, changed.status)).or_default() += 1;
            let events =
                admin.get(format!("/api/v1/users/{id}/events?limit=100")).await.expect(200).data();
            let kind = match change {
                "create-api-key" => "user.api_key_created",
                "enrol-second-factor" => "user.second_factor_enabled",
                "change-password" => "user.password_changed",
                _ => "user.updated",
            };
            let (done, ended) = (version_of(&events, kind), version_of(&events, "user.signed_out"));
            late += usize::from(done.zip(ended).is_some_and(|(done, ended)| done > ended));
            if changed.status == 401 {
                assert_eq!(done, None, "{change} was refused but applied");
            }
        }
    }
    println!(
        "{ROUNDS} rounds of each change during a sign-out: {outcomes:?}, {late} applied after the end"
    );
    assert_eq!(late, 0);

    // Once the sign-out is committed, none succeeds.
    let mut refused = 0;
    for change in CHANGES {
        let user = stack.user().await;
        user.command("/api/v1/auth/logout").await.expect(204);
        act(&user, change).await.problem(401, "unauthenticated");
        refused += 1;
    }
    println!("after the sign-out: {refused} of {} refused", CHANGES.len());
}
