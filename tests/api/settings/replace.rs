//! `PUT /api/v1/settings`

use builder_tests::Stack;
use serde_json::{Value, json};

use super::{PATH, filled, sparse};

#[tokio::test]
async fn settings_are_replaced_as_a_whole() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let first = admin.put(PATH, &filled()).if_match("\"0\"").await.expect(200);
    assert_eq!((first.data(), first.etag().as_str()), (filled(), "\"1\""));
    let read = admin.get(PATH).await.expect(200);
    assert_eq!((read.data(), read.etag()), (filled(), first.etag()));

    let second = admin.put(PATH, &sparse()).if_match(first.etag()).await.expect(200);
    assert_eq!(second.etag(), "\"2\"");
    assert_eq!(
        (&second.data()["company"]["name"], &second.data()["mail"]["replyTo"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(second.data(), admin.get(PATH).await.expect(200).data());
    // The settings can be sent as they were read.
    let same = admin.put(PATH, &second.data()).if_match("*").await.expect(200);
    assert_eq!(same.etag(), second.etag());
}

#[tokio::test]
async fn unchanged_settings_write_nothing() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    admin.put(PATH, &sparse()).if_match("\"0\"").await.expect(200);
    let first = admin.put(PATH, &filled()).if_match("*").await.expect(200);
    let mut typed = filled();
    typed["company"]["vatId"] = "de 123.456.789".into();
    let same = admin.put(PATH, &typed).if_match(first.etag()).await.expect(200);
    assert_eq!((same.etag(), same.data()), (first.etag(), filled()));
    assert_eq!(
        admin.get(format!("{PATH}/events")).await.expect(200).data().as_array().unwrap().len(),
        1,
        "sending the defaults must change nothing"
    );
}

#[tokio::test]
async fn changes_require_if_match() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    admin.put(PATH, &filled()).await.problem(428, "precondition-required");
    for stale in ["\"1\"", "\"rubbish\"", "\"00\"", ""] {
        admin.put(PATH, &filled()).if_match(stale).await.problem(412, "precondition-failed");
    }
    admin.put(PATH, &filled()).if_match("\"0\"").await.expect(200);
    admin.put(PATH, &sparse()).if_match("\"0\"").await.problem(412, "precondition-failed");
    assert_eq!(admin.get(PATH).await.expect(200).data(), filled());
}

#[tokio::test]
async fn one_of_concurrent_changes_succeeds() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    for version in ["\"0\"", "\"1\""] {
        let changes = (0..6u32).map(|number| {
            let mut body = filled();
            body["limits"]["orderExpiryHours"] =
                (number + 1 + version.len() as u32 * 10 * u32::from(version == "\"1\"")).into();
            let request = admin.put(PATH, &body).if_match(version);
            async move { request.await.status }
        });
        let mut statuses = futures::future::join_all(changes).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    }
    assert_eq!(
        admin.get(format!("{PATH}/events")).await.expect(200).data().as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn all_invalid_values_are_reported_at_once() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let long = "x".repeat(101);
    let wrong = json!({
        "company": {
            "name": "", "legalForm": "<b>", "addressLines": ["", "two\nlines", long], "city": " Berlin", "postalCode": "x".repeat(21),
            "country": "XX", "vatId": "DE1", "timeZone": "Berlin",
            "bankAccount": { "iban": "DE03120300000000202051", "bic": "x" }, "registrationNumber": long, "email": "nobody", "phone": "call me", "website": "javascript:alert(1)",
        },
        "currency": "XAU",
        "tax": { "defaultPercent": "101" },
        "invoices": { "prefix": "INV 1", "restartsYearly": true, "paymentTermDays": 366, "footer": "a\u{0}" },
        "branding": { "displayName": "", "color": "red" },
        "mail": { "fromName": "Shop\r\nBcc: eve@example.com", "replyTo": "Shop <shop@example.com>" },
        "limits": { "orderExpiryHours": 721 },
        "security": { "sessionDays": 366, "requireSecondFactorForAdmins": false, "disclosure": { "contacts": ["me"], "policy": "http://example.com", "languages": ["x"] } },
    });
    admin.put(PATH, &wrong).if_match("*").await.problem(422, "invalid-request").at(&[
        "/branding/color",
        "/branding/displayName",
        "/company/addressLines/0",
        "/company/addressLines/1",
        "/company/addressLines/2",
        "/company/bankAccount/bic",
        "/company/bankAccount/iban",
        "/company/city",
        "/company/country",
        "/company/email",
        "/company/legalForm",
        "/company/name",
        "/company/phone",
        "/company/postalCode",
        "/company/registrationNumber",
        "/company/timeZone",
        "/company/vatId",
        "/company/website",
        "/currency",
        "/invoices/footer",
        "/invoices/paymentTermDays",
        "/invoices/prefix",
        "/limits/orderExpiryHours",
        "/mail/fromName",
        "/mail/replyTo",
        "/security/disclosure/contacts/0",
        "/security/disclosure/languages/0",
        "/security/disclosure/policy",
        "/security/sessionDays",
        "/tax/defaultPercent",
    ]);
    assert_eq!(admin.get(PATH).await.expect(200).etag(), "\"0\"");
}

#[tokio::test]
async fn missing_unknown_and_mistyped_members_are_reported() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let pointers = ["/branding", "/company", "/currency", "/invoices", "/limits", "/mail", "/tax"];
    admin.put(PATH, &json!({})).if_match("*").await.problem(422, "invalid-request").at(&pointers);
    let mut body = filled();
    body["company"]["slogan"] = "we care".into();
    body["invoices"]["paymentTermDays"] = "30".into();
    body["limits"]["orderExpiryHours"] = 0.5.into();
    body["tax"]["pricesIncludeTax"] = true.into();
    let pointers = [
        "/company/slogan",
        "/invoices/paymentTermDays",
        "/limits/orderExpiryHours",
        "/tax/pricesIncludeTax",
    ];
    admin.put(PATH, &body).if_match("*").await.problem(422, "invalid-request").at(&pointers);
    let mut body = filled();
    body["company"]["addressLines"] = json!(["a", "b", "c", "d", "e"]);
    body["currency"] = Value::Null;
    admin
        .put(PATH, &body)
        .if_match("*")
        .await
        .problem(422, "invalid-request")
        .at(&["/company/addressLines", "/currency"]);
}

#[tokio::test]
async fn omitted_security_settings_are_kept() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    assert_eq!(admin.get(PATH).await.expect(200).data()["security"]["sessionDays"], 30);
    admin.put(PATH, &filled()).if_match("*").await.expect(200);
    let after = admin.put(PATH, &sparse()).if_match("*").await.expect(200).data();
    assert_eq!(after["security"], filled()["security"]);
}
