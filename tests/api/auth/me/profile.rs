//! Profile data for invoices and deliveries: `GET` and `PATCH /api/v1/me`, `GET /api/v1/users/{id}`

use builder_tests::aws::DATA_TABLE;
use builder_tests::{Stack, User};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me";
const MEMBERS: [&str; 5] = ["company", "vatId", "phone", "billingAddress", "shippingAddress"];

fn everything() -> Value {
    json!({
        "company": "Analytical Engines", "vatId": "GB123456789", "phone": "+44 20 1234567",
        "billingAddress": {
            "name": "Ada Lovelace", "lines": ["12 St James's Square", "2nd floor"], "city": "London", "postalCode": "SW1Y 4JH",
            "region": null, "country": "GB",
        },
        "shippingAddress": {
            "name": "Ada King", "lines": ["Horsley Towers"], "city": "East Horsley", "postalCode": null, "region": "Surrey", "country": "GB",
        },
    })
}

/// Returns the profile's members of an account.
fn profile(of: &Value) -> Value {
    MEMBERS
        .iter()
        .map(|name| ((*name).to_owned(), of[name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn patch(user: &User, body: Value) -> Value {
    profile(&user.patch(PATH, &body).if_match("*").await.expect(200).data())
}

#[tokio::test]
async fn omitted_members_stay_and_null_clears_them() {
    let user = Stack::shared().user().await;
    let nothing = json!({ "company": null, "vatId": null, "phone": null, "billingAddress": null, "shippingAddress": null });
    assert_eq!(profile(&user.get(PATH).await.expect(200).data()), nothing);
    assert_eq!(patch(&user, everything()).await, everything());
    assert_eq!(profile(&user.get(PATH).await.expect(200).data()), everything());

    let mut wanted = everything();
    wanted["phone"] = Value::Null;
    wanted["company"] = "Difference Engines".into();
    assert_eq!(
        patch(&user, json!({ "phone": null, "company": "Difference Engines" })).await,
        wanted
    );
    // An address is replaced as a whole: previous members aren't kept.
    let address =
        json!({ "name": "Ada", "lines": ["1 High Street"], "city": "Ockham", "country": "GB" });
    wanted["billingAddress"] = json!({
        "name": "Ada", "lines": ["1 High Street"], "city": "Ockham", "postalCode": null, "region": null, "country": "GB",
    });
    assert_eq!(
        patch(&user, json!({ "billingAddress": address, "name": "Ada King" })).await,
        wanted
    );
    let me = user.get(PATH).await.expect(200);
    assert_eq!((&me.data()["name"], profile(&me.data())), (&json!("Ada King"), wanted));
    let same = user
        .patch(
            PATH,
            &json!({ "billingAddress": address, "company": "Difference Engines", "phone": null }),
        )
        .if_match(me.etag());
    assert_eq!(same.await.expect(200).etag(), me.etag(), "nothing has changed");
    assert_eq!(user.patch(PATH, &json!({})).if_match("*").await.expect(200).etag(), me.etag());
    assert_eq!(patch(&user, nothing.clone()).await, nothing);
}

#[tokio::test]
async fn separators_in_vat_numbers_are_removed() {
    let user = Stack::shared().user().await;
    assert_eq!(patch(&user, json!({ "vatId": "de 123.456-789" })).await["vatId"], "DE123456789");
}

#[tokio::test]
async fn all_errors_are_reported_at_once() {
    let user = Stack::shared().user().await;
    let wrong = json!({
        "name": "", "company": "<b>", "vatId": "DE1", "phone": "none",
        "billingAddress": { "name": " ", "lines": [], "city": "", "postalCode": "x".repeat(21), "region": "a\nb", "country": "UK" },
        "shippingAddress": { "name": "Ada", "lines": ["a", "", "c"], "city": "x".repeat(101), "country": "gb" },
    });
    user.patch(PATH, &wrong).if_match("*").await.problem(422, "invalid-request").at(&[
        "/billingAddress/city",
        "/billingAddress/country",
        "/billingAddress/lines",
        "/billingAddress/name",
        "/billingAddress/postalCode",
        "/billingAddress/region",
        "/company",
        "/name",
        "/phone",
        "/shippingAddress/city",
        "/shippingAddress/country",
        "/shippingAddress/lines/1",
        "/vatId",
    ]);
    let unreadable = json!({
        "name": null, "company": 1, "billingAddress": { "name": "Ada", "street": "1 High Street" }, "shippingAddress": "at home",
    });
    user.patch(PATH, &unreadable).if_match("*").await.problem(422, "invalid-request").at(&[
        "/billingAddress/city",
        "/billingAddress/country",
        "/billingAddress/lines",
        "/billingAddress/street",
        "/company",
        "/name",
        "/shippingAddress",
    ]);
}

#[tokio::test]
async fn profiles_are_visible_to_admins_and_sealed_in_events() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    patch(&user, everything()).await;
    patch(&user, json!({ "phone": null })).await;
    let id = user.id().await;
    let mut wanted = everything();
    wanted["phone"] = Value::Null;
    assert_eq!(profile(&admin.get(format!("/api/v1/users/{id}")).await.expect(200).data()), wanted);
    let events = admin.get(format!("/api/v1/users/{id}/events?limit=2")).await.expect(200).data();
    assert_eq!(events[1]["type"], "user.profile_changed");
    assert_eq!(events[0]["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "phone"]);

    let items = stack.aws().items(DATA_TABLE).await;
    let stored: Vec<String> = items
        .iter()
        .filter(|item| item["pk"]["S"] == format!("USER#{id}"))
        .map(ToString::to_string)
        .collect();
    let holding = |text: &str| stored.iter().filter(|item| item.contains(text)).count();
    assert_eq!(holding("user.profile_changed"), 2);
    for personal in ["Analytical", "GB123456789", "+44 20", "St James", "Horsley", "Surrey"] {
        let events =
            stored.iter().filter(|item| item.contains("EVENT#") && item.contains(personal));
        assert_eq!(events.count(), 0, "{personal} is sealed in events");
    }
    assert_eq!(holding("Analytical Engines"), 1, "and readable in the account");
}
