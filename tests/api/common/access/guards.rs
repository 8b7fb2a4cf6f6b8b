//! The cached guard of a caller can expire before any request. Every route creates it again.

use builder_runtime::Access;
use builder_tests::aws::EPHEMERAL_TABLE;
use builder_tests::{Aws, Stack, routes};
use serde_json::{Value, json};

use crate::common::sample_path;

async fn guards(aws: &Aws) -> Vec<Value> {
    let mut items = aws.items(EPHEMERAL_TABLE).await;
    items.retain(|item| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("GUARD#usr_")));
    items
}

#[tokio::test]
async fn every_route_recreates_a_missing_guard() {
    let stack = Stack::own().unlimited().start();
    let (admin, aws) = (stack.sign_in_admin().await, stack.aws());
    let mut walked = 0;
    for route in routes() {
        if !matches!(route.access, Access::Permit(_)) {
            continue;
        }
        for guard in guards(&aws).await {
            aws.delete_item(EPHEMERAL_TABLE, &json!({ "pk": guard["pk"], "sk": guard["sk"] }))
                .await;
        }
        let request =
            admin.request(route.method.clone(), sample_path(&route)).if_match("*").key("a-key");
        // Errors in the body are detected after the guard has accepted the caller.
        let answer = request.body("text/plain", "{").await;
        let let_in = answer.status < 500 && answer.status != 401;
        answer.check(let_in, &format!("{} must accept the caller", route.name));
        assert_eq!(guards(&aws).await.len(), 1, "{} must create the guard", route.name);
        walked += 1;
    }
    println!("{walked} routes created the guard");
    assert!(walked >= 50, "only {walked}");
}
