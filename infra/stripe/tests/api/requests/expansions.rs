//! `expand[]`.

use serde_json::json;

use crate::common::{Local, text};

#[tokio::test]
async fn objects_stand_where_their_identifiers_would() {
    let local = Local::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
        ("expand[]", "latest_charge.balance_transaction"),
        ("expand[]", "payment_method"),
    ];
    let paid = local.post("/v1/payment_intents", &form).await.ok();
    assert_eq!(paid["latest_charge"]["object"], "charge");
    assert_eq!(paid["latest_charge"]["balance_transaction"]["net"], 960);
    assert_eq!(paid["payment_method"]["card"]["last4"], "4242");
    let path = format!("/v1/payment_intents/{}", text(&paid, "/id"));
    let query = [("expand[]", "latest_charge")];
    assert_eq!(
        local.get(&path, &query).await.ok()["latest_charge"]["id"],
        paid["latest_charge"]["id"]
    );

    let refund = [
        ("payment_intent", text(&paid, "/id")),
        ("expand[0]", "charge.payment_intent"),
        ("expand[1]", "balance_transaction"),
    ];
    let refund = local.post("/v1/refunds", &refund).await.ok();
    assert_eq!(refund["charge"]["refunded"], true, "as it is after the call");
    assert_eq!(refund["charge"]["payment_intent"]["id"], paid["id"]);
    assert_eq!(refund["balance_transaction"]["amount"], -1000);
}

#[tokio::test]
async fn every_element_of_a_list_is_expanded() {
    let local = Local::start().await;
    local.pay("pm_card_visa").await.ok();
    local.intent().await;
    let query = [("expand[]", "data.latest_charge.balance_transaction")];
    let list = local.get("/v1/payment_intents", &query).await.ok();
    assert_eq!(list["data"][0]["latest_charge"], json!(null));
    assert_eq!(
        list["data"][1]["latest_charge"]["balance_transaction"]["object"],
        "balance_transaction"
    );
}

#[tokio::test]
async fn what_is_no_identifier_is_not_expanded_and_nothing_is_done() {
    let local = Local::start().await;
    let refuse = [("amount", "1000"), ("currency", "eur"), ("expand[]", "status")];
    let error = local.post("/v1/payment_intents", &refuse).await.error(400);
    assert_eq!(error["message"], "This property cannot be expanded (status).");
    assert!(local.stripe.summary().payment_intents.is_empty());
    for path in ["latest_charge", "data.amount", "data.latest_charge.nothing", "data"] {
        local.pay("pm_card_visa").await.ok();
        assert_eq!(
            local.get("/v1/payment_intents", &[("expand[]", path)]).await.error(400)["param"],
            "expand",
            "{path}"
        );
    }
    let deep = "data.latest_charge.payment_intent.latest_charge.payment_intent.latest_charge";
    let error = local.get("/v1/payment_intents", &[("expand[]", deep)]).await.error(400);
    assert_eq!(error["code"], "property_expansion_max_depth");
}
