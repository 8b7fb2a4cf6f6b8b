//! The example of an invoice in the API's description.

use serde_json::{Value, json};

/// Returns an open invoice for two units of a product.
pub(crate) fn invoice() -> Value {
    let euro = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    json!({
        "id": "inv_01h455vb4pex5vsknk084sn02q",
        "kind": "invoice",
        "number": "INV-2026-000001",
        "status": "open",
        "orderId": "ord_01h455vb4pex5vsknk084sn02q",
        "userId": "usr_01h455vb4pex5vsknk084sn02q",
        "corrects": null,
        "refundId": null,
        "issuedOn": "2026-11-22",
        "dueOn": "2026-12-06",
        "currency": "EUR",
        "lines": [{
            "sku": "MUG-BLUE-330",
            "name": "Blue mug",
            "unitPrice": euro(1299),
            "quantity": 2,
            "taxPercent": "19",
            "net": euro(2598),
        }],
        "subtotal": euro(2598),
        "taxes": [{ "percent": "19", "base": euro(2598), "tax": euro(494) }],
        "tax": euro(494),
        "total": euro(3092),
        "credited": euro(0),
        "creditNotes": [],
        "seller": seller(),
        "footer": "Thank you for your business.",
        "file": {
            "bytes": 34_211,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "electronic": true,
        },
        "reminders": 0,
        "createdAt": "2026-11-22T01:00:00.123Z",
        "paidAt": null,
        "voidedAt": null,
    })
}

fn seller() -> Value {
    json!({
        "name": "Lovelace & Babbage GmbH",
        "company": {
            "name": "Lovelace & Babbage",
            "legalForm": "GmbH",
            "addressLines": ["Invalidenstraße 1"],
            "city": "Berlin",
            "postalCode": "10115",
            "country": "DE",
            "vatId": "DE123456789", "taxNumber": null, "timeZone": "Europe/Berlin", "bankAccount": null,
            "registrationNumber": "HRB 12345 B",
            "email": "hello@example.com",
            "phone": "+49 30 1234567",
            "website": "https://example.com",
        },
    })
}
