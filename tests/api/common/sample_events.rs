//! Every function processes its sample event, as `cargo lambda invoke <name> --data-file
//! events/<name>.json` sends it.

use builder_tests::{Stack, functions, repository};
use serde_json::Value;

#[tokio::test]
async fn every_function_processes_its_sample_event() {
    let stack = Stack::own().start();
    for function in functions() {
        let name = function.name();
        let text =
            std::fs::read_to_string(repository().join(format!("events/{name}.json"))).unwrap();
        let result = stack.invoke(name, serde_json::from_str(&text).unwrap()).await;
        match (function.route(), result) {
            (Some(route), Ok(answer)) => {
                let status = answer["statusCode"].as_u64().unwrap();
                assert!((200..500).contains(&status), "{route:?}: {answer}");
                assert!(answer["headers"]["x-request-id"].is_string(), "{route:?}: {answer}");
                let body = answer["body"].as_str().unwrap();
                let kind = answer["headers"]["content-type"].as_str().unwrap_or_default();
                assert!(
                    !kind.contains("json") || serde_json::from_str::<Value>(body).is_ok(),
                    "{route:?}: {body}"
                );
            }
            // There is an admin already. The order and the invoice don't exist, so the mail, the
            // invoice and the file fail and their messages would be delivered again.
            (None, Err(error)) => {
                let failed = "all 1 messages of the batch failed";
                let missed =
                    ["send-email", "issue-invoices", "write-document"].map(|name| (name, failed));
                let mut expected =
                    missed.into_iter().chain([("bootstrap-admin", "already been created")]);
                assert!(
                    expected.any(|(of, text)| of == name && error.to_string().contains(text)),
                    "{name}: {error}"
                );
            }
            (None, Ok(_)) => {}
            (Some(route), Err(error)) => {
                panic!("{route:?}: a route must return a problem instead of failing: {error}")
            }
        }
    }
}
