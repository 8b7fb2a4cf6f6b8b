//! The example of an order in the API's description.

use serde_json::{Value, json};

/// Returns a pending order of two units of a product.
pub(crate) fn order() -> Value {
    let euro = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    json!({
        "id": "ord_01h455vb4pex5vsknk084sn02q",
        "userId": "usr_01h455vb4pex5vsknk084sn02q",
        "status": "pending",
        "paymentStatus": "unpaid",
        "items": [{
            "productId": "prd_01h455vb4pex5vsknk084sn02q",
            "sku": "MUG-BLUE-330",
            "name": "Blue mug",
            "unitPrice": euro(1299),
            "quantity": 2,
            "returned": 0,
            "taxPercent": "19",
            "net": euro(2598),
            "tax": euro(494),
            "gross": euro(3092),
        }],
        "currency": "EUR",
        "subtotal": euro(2598),
        "taxes": [{ "percent": "19", "base": euro(2598), "tax": euro(494) }],
        "tax": euro(494),
        "total": euro(3092),
        "refunded": euro(0),
        "createdAt": "2026-11-21T01:00:00.123Z",
        "expiresAt": "2026-11-22T01:00:00.123Z",
        "cancelledAt": null,
        "cancelReason": null,
        "paymentId": null,
        "invoiceId": null,
        "paidAt": null,
        "completedAt": null,
    })
}
