//! `GET /openapi.json`

use builder_tests::Stack;
use serde_json::Value;

#[tokio::test]
async fn the_description_is_there_for_everybody() {
    let answer = Stack::shared().visitor().get("/openapi.json").await.expect(200);
    assert_eq!(answer.required("content-type"), "application/json");
    assert!(answer.required("cache-control").contains("max-age"));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/orders"]["post"].is_object());
}

/// Answers have the members that the description says they have.
#[tokio::test]
async fn what_is_described_is_what_is_answered() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let document = user.get("/openapi.json").await.expect(200).json();
    let product = builder_tests::catalogue::stocked(&admin, 5).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    for (template, path) in [
        ("/api/v1/me", "/api/v1/me".to_owned()),
        ("/api/v1/products/{id}", format!("/api/v1/products/{product}")),
        ("/api/v1/products", "/api/v1/products?limit=1".to_owned()),
        ("/api/v1/orders/{id}", format!("/api/v1/orders/{order}")),
        ("/api/v1/orders", "/api/v1/orders".to_owned()),
        ("/api/v1/orders/{id}/events", format!("/api/v1/orders/{order}/events")),
        ("/health", "/health".to_owned()),
    ] {
        let answer = user.get(path).await.expect(200).json();
        let schema = &document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        conforms(&document, schema, &answer, template);
    }
}

/// Objects have all members that are required and none that aren't described; arrays hold what they are said to.
fn conforms(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{place}: {reference}"));
        return conforms(document, target, value, place);
    }
    match value {
        Value::Object(members) if schema["properties"].is_object() => {
            let described = schema["properties"].as_object().unwrap();
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(members.contains_key(required.as_str().unwrap()), "{place}: {required} is missing in {value}");
            }
            for (name, member) in members {
                let schema = described.get(name).unwrap_or_else(|| panic!("{place}: {name} is not described"));
                conforms(document, schema, member, &format!("{place}/{name}"));
            }
        }
        Value::Array(items) if schema["items"].is_object() => {
            items.iter().for_each(|item| conforms(document, &schema["items"], item, &format!("{place}[]")));
        }
        _ => {}
    }
}
