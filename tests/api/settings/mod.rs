//! The deployment's settings.

mod effect;
mod history;
pub(crate) mod logo;
mod read;
mod replace;

use serde_json::{Value, json};

pub(crate) const PATH: &str = "/api/v1/settings";

/// Returns settings with every member.
pub(crate) fn filled() -> Value {
    json!({
        "company": {
            "name": "Lovelace & Babbage", "legalForm": "GmbH", "addressLines": ["Invalidenstraße 1"], "city": "Berlin",
            "postalCode": "10115", "country": "DE", "vatId": "DE123456789",
            "taxNumber": "27/123/45678", "timeZone": "Europe/Berlin",
            "bankAccount": { "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "holder": "Ada Lovelace" }, "registrationNumber": "HRB 12345 B",
            "email": "hello@example.com", "phone": "+49 30 1234567", "website": "https://example.com",
        },
        "currency": "CHF",
        "tax": { "defaultPercent": "7.5" },
        "invoices": {
            "prefix": "R-", "creditNotePrefix": "G-", "restartsYearly": false, "paymentTermDays": 30, "reminderDays": [10, 20],
            "footer": "Thank you.\nCome again.",
        },
        "branding": { "displayName": "Engines & More", "color": "#1a73e8", "logo": null },
        "mail": { "fromName": "Service of Engines", "replyTo": "service@example.com" },
        "limits": { "orderExpiryHours": 48 },
        "security": {
            "sessionDays": 14, "requireSecondFactorForAdmins": false,
            "disclosure": { "contacts": ["mailto:security@example.com"], "policy": "https://example.com/policy", "languages": ["de"] },
        },
    })
}

/// Returns settings without any optional member.
pub(crate) fn sparse() -> Value {
    json!({
        "company": {}, "currency": "EUR", "tax": {}, "branding": {}, "mail": {}, "limits": {},
        "invoices": { "prefix": "INV-", "restartsYearly": true, "paymentTermDays": 14 },
    })
}
