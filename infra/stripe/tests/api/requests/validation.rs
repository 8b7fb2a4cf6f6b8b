//! Validation of parameters.

use crate::common::{Local, text};

#[tokio::test]
async fn parameters_are_checked_before_anything_is_done() {
    let local = Local::start().await;
    let good = [("amount", "1000"), ("currency", "eur")];
    let long = "x".repeat(501);
    let cases: [(&str, Option<&str>, &str, Option<&str>); 15] = [
        ("amount", None, "amount", Some("parameter_missing")),
        ("currency", None, "currency", Some("parameter_missing")),
        ("amount", Some("ten"), "amount", Some("parameter_invalid_integer")),
        ("amount", Some(""), "amount", Some("parameter_invalid_empty")),
        ("amount", Some("0"), "amount", Some("parameter_invalid_integer")),
        ("amount", Some("49"), "amount", Some("amount_too_small")),
        ("amount", Some("100000000"), "amount", Some("amount_too_large")),
        ("currency", Some("xyz"), "currency", None),
        ("colour", Some("red"), "colour", Some("parameter_unknown")),
        (
            "automatic_payment_methods[colour]",
            Some("red"),
            "automatic_payment_methods[enabled]",
            Some("parameter_missing"),
        ),
        ("confirm", Some("yes"), "confirm", None),
        ("capture_method", Some("manual"), "capture_method", None),
        ("metadata[key]", Some(&long), "metadata[key]", None),
        (
            "payment_method_types[]",
            Some("sepa_debit"),
            "payment_method_types",
            Some("payment_intent_invalid_parameter"),
        ),
        ("payment_method", Some("pm_nobody"), "payment_method", Some("resource_missing")),
    ];
    for (name, value, param, code) in cases {
        let mut form: Vec<(&str, &str)> =
            good.into_iter().filter(|(other, _)| *other != name).collect();
        form.extend(value.map(|value| (name, value)));
        let error = local.post("/v1/payment_intents", &form).await.error(400);
        assert_eq!(error["type"], "invalid_request_error", "{form:?}");
        assert_eq!(error["param"], param, "{form:?}");
        assert_eq!(error["code"].as_str(), code, "{form:?}");
    }
    assert!(local.stripe.summary().payment_intents.is_empty());
}

#[tokio::test]
async fn currencies_have_their_own_decimals() {
    let local = Local::start().await;
    for (amount, currency, status) in [
        ("50", "jpy", 200),
        ("49", "jpy", 400),
        ("5120", "kwd", 200),
        ("5124", "kwd", 400),
        ("550", "isk", 400),
    ] {
        let reply =
            local.post("/v1/payment_intents", &[("amount", amount), ("currency", currency)]).await;
        assert_eq!(reply.status, status, "{amount} {currency}: {:#}", reply.body);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let local = Local::start().await;
    for (kind, path) in [
        ("payment_intent", "/v1/payment_intents/pi_x"),
        ("charge", "/v1/charges/pi_x"),
        ("refund", "/v1/refunds/pi_x"),
        ("event", "/v1/events/pi_x"),
        ("balance_transaction", "/v1/balance_transactions/pi_x"),
    ] {
        let error = local.get(path, &[]).await.error(404);
        assert_eq!(error["code"], "resource_missing");
        assert_eq!(error["message"], format!("No such {kind}: 'pi_x'"));
    }
    for path in [
        "/v1/payment_intents/pi_x",
        "/v1/payment_intents/pi_x/confirm",
        "/v1/payment_intents/pi_x/cancel",
    ] {
        assert_eq!(local.post(path, &[]).await.error(404)["code"], "resource_missing", "{path}");
    }
}

#[tokio::test]
async fn a_route_that_stripe_does_not_have_is_named() {
    let local = Local::start().await;
    for path in ["/v1/nothing", "/v1/payment_intents/pi_1/nothing", "/v2/payment_intents", "/"] {
        let error = local.get(path, &[]).await.error(404);
        assert!(
            text(&error, "/message")
                .starts_with(&format!("Unrecognized request URL (GET: {path}).")),
            "{error}"
        );
    }
    assert!(local.stripe.calls().is_empty());
}

#[tokio::test]
async fn metadata_is_limited() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let names: Vec<String> = (0..51).map(|number| format!("metadata[k{number}]")).collect();
    let form: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    assert_eq!(local.post(&path, &form).await.error(400)["param"], "metadata");
    assert_eq!(
        local.post(&path, &form[..50]).await.ok()["metadata"].as_object().unwrap().len(),
        50
    );
    let key = format!("metadata[{}]", "k".repeat(41));
    assert_eq!(local.post(&path, &[(&key, "v")]).await.error(400)["param"], key);
}
