//! `POST /api/v1/products`

use builder_tests::{Stack, catalogue};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/products";

#[tokio::test]
async fn a_created_product_has_a_location() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let wanted = catalogue::with(catalogue::product(), json!({ "stock": 25 }));
    let created = admin.post(PATH, &wanted).await.expect(201);
    let product = created.data();
    for member in ["sku", "name", "description", "unitPrice", "taxPercent", "stock"] {
        assert_eq!(product[member], wanted[member], "{member}");
    }
    assert!(product["id"].as_str().unwrap().starts_with("prd_"));
    assert_eq!(
        (&product["status"], &product["createdAt"]),
        (&json!("active"), &product["updatedAt"])
    );
    assert_eq!(created.required("location"), super::path(product["id"].as_str().unwrap()));

    let read = user.get(created.required("location")).await.expect(200);
    assert_eq!((read.data(), read.etag()), (product, created.etag()));
}

#[tokio::test]
async fn stock_and_description_are_optional() {
    let admin = Stack::shared().admin().await;
    let mut bare = catalogue::product();
    for member in ["stock", "description"] {
        bare.as_object_mut().unwrap().remove(member);
    }
    let product = admin.post(PATH, &bare).await.expect(201).data();
    assert_eq!((&product["stock"], &product["description"]), (&Value::Null, &json!("")));
    let none = catalogue::with(catalogue::product(), json!({ "stock": 0 }));
    assert_eq!(admin.post(PATH, &none).await.expect(201).data()["stock"], 0);
}

#[tokio::test]
async fn values_at_their_limits_are_accepted() {
    let admin = Stack::shared().admin().await;
    for (changes, member, stored) in [
        (
            json!({ "unitPrice": { "amount": 0, "currency": "JPY" } }),
            "unitPrice",
            json!({ "amount": 0, "currency": "JPY" }),
        ),
        (
            json!({ "unitPrice": { "amount": 100_000_000_000_i64, "currency": "KWD" } }),
            "unitPrice",
            json!({ "amount": 100_000_000_000_i64, "currency": "KWD" }),
        ),
        (json!({ "taxPercent": "0" }), "taxPercent", json!("0")),
        (json!({ "taxPercent": "100.0000" }), "taxPercent", json!("100")),
        (json!({ "taxPercent": "7.50" }), "taxPercent", json!("7.5")),
        (json!({ "taxPercent": "1.0001" }), "taxPercent", json!("1.0001")),
        (json!({ "name": "ä".repeat(200) }), "name", json!("ä".repeat(200))),
        (json!({ "description": "ß".repeat(2000) }), "description", json!("ß".repeat(2000))),
        (json!({ "stock": 1_000_000_000 }), "stock", json!(1_000_000_000)),
    ] {
        let product = admin
            .post(PATH, &catalogue::with(catalogue::product(), changes))
            .await
            .expect(201)
            .data();
        assert_eq!(product[member], stored);
    }
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let admin = Stack::shared().admin().await;
    let price = |amount: Value, currency: &str| json!({ "unitPrice": { "amount": amount, "currency": currency } });
    for (changes, pointers) in [
        (
            json!({ "sku": "", "name": "", "taxPercent": "x", "unitPrice": { "amount": -1, "currency": "EURO" } }),
            vec!["/name", "/sku", "/taxPercent", "/unitPrice/amount", "/unitPrice/currency"],
        ),
        (json!({ "sku": "two words" }), vec!["/sku"]),
        (json!({ "sku": "x".repeat(65) }), vec!["/sku"]),
        (json!({ "sku": "Ä" }), vec!["/sku"]),
        (json!({ "name": "x".repeat(201) }), vec!["/name"]),
        (json!({ "name": "two\nlines" }), vec!["/name"]),
        (json!({ "name": null }), vec!["/name"]),
        (json!({ "description": "x".repeat(2001) }), vec!["/description"]),
        (price(json!(100_000_000_001_i64), "EUR"), vec!["/unitPrice/amount"]),
        (price(json!(12.99), "EUR"), vec!["/unitPrice/amount"]),
        (price(json!("1299"), "EUR"), vec!["/unitPrice/amount"]),
        (price(json!(1299), "eur"), vec!["/unitPrice/currency"]),
        (price(json!(1299), "XAU"), vec!["/unitPrice/currency"]),
        (
            json!({ "unitPrice": { "amount": 1, "currency": "EUR", "tax": 1 } }),
            vec!["/unitPrice/tax"],
        ),
        (json!({ "unitPrice": 1299 }), vec!["/unitPrice"]),
        (json!({ "taxPercent": 19 }), vec!["/taxPercent"]),
        (json!({ "taxPercent": "100.1" }), vec!["/taxPercent"]),
        (json!({ "taxPercent": "-1" }), vec!["/taxPercent"]),
        (json!({ "taxPercent": "7,5" }), vec!["/taxPercent"]),
        (json!({ "taxPercent": "1.00001" }), vec!["/taxPercent"]),
        (json!({ "taxPercent": "0.19" }), vec!["/taxPercent"]),
        (json!({ "taxRate": "19" }), vec!["/taxRate"]),
        (json!({ "stock": -1 }), vec!["/stock"]),
        (json!({ "stock": 1_000_000_001 }), vec!["/stock"]),
        (json!({ "stock": 1.5 }), vec!["/stock"]),
        (json!({ "status": "archived", "id": "prd_x" }), vec!["/id", "/status"]),
    ] {
        admin
            .post(PATH, &catalogue::with(catalogue::product(), changes))
            .await
            .problem(422, "invalid-request")
            .at(&pointers);
    }
}

#[tokio::test]
async fn a_fraction_as_tax_percent_is_rejected_with_the_correct_value() {
    let admin = Stack::shared().admin().await;
    let product = catalogue::with(catalogue::product(), json!({ "taxPercent": "0.19" }));
    let problem = admin.post(PATH, &product).await.problem(422, "invalid-request").answer.json();
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("give the rate in percent, such as \"19\" for 19 %"), "{detail}");
}

#[tokio::test]
async fn a_sku_stays_reserved_after_archiving() {
    let admin = Stack::shared().admin().await;
    let product = catalogue::product();
    let created = admin.post(PATH, &product).await.expect(201);
    admin.post(PATH, &product).await.problem(409, "sku-taken").at(&["/sku"]);
    admin.delete(created.required("location")).if_match(created.etag()).await.expect(204);
    admin.post(PATH, &product).await.problem(409, "sku-taken").at(&["/sku"]);
}

#[tokio::test]
async fn only_admins_can_create_products() {
    let stack = Stack::shared();
    let (guest, user) = (stack.guest().await, stack.user().await);
    for person in [guest, user] {
        person.post(PATH, &catalogue::product()).await.problem(403, "forbidden");
    }
}
