//! The content of the demo shop.

use serde_json::{Value, json};

/// The password of both buyers.
pub(super) const PASSWORD: &str = "correct horse battery staple";

/// A buyer.
pub(super) struct Buyer {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    address: [&'static str; 4],
    /// Their orders, the oldest first.
    pub(super) orders: &'static [Order],
}

/// An order: indexes of products, quantities, and what is done with it.
pub(super) struct Order {
    items: &'static [(usize, u32)],
    pub(super) fate: Fate,
}

/// What is done with an order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Pending,
    Invoiced,
    Paid,
    Completed,
    Refunded,
    Cancelled,
    Failed,
}

/// Both buyers, with orders in every state that can be reached without waiting a day.
pub(super) const BUYERS: [Buyer; 2] = [
    Buyer {
        email: "ada@example.com",
        name: "Ada Lovelace",
        address: ["12 St James's Square", "London", "SW1Y 4JH", "GB"],
        orders: &[
            Order { items: &[(0, 2), (3, 1)], fate: Fate::Paid },
            Order { items: &[(1, 1), (4, 3)], fate: Fate::Completed },
            Order { items: &[(2, 1)], fate: Fate::Cancelled },
            Order { items: &[(5, 4)], fate: Fate::Pending },
        ],
    },
    Buyer {
        email: "grace@example.com",
        name: "Grace Hopper",
        address: ["Invalidenstraße 44", "Berlin", "10115", "DE"],
        orders: &[
            Order { items: &[(6, 1), (7, 2)], fate: Fate::Refunded },
            Order { items: &[(8, 1)], fate: Fate::Failed },
            Order { items: &[(9, 10)], fate: Fate::Invoiced },
            Order { items: &[(0, 1)], fate: Fate::Pending },
        ],
    },
];

/// SKU, name, description, price in cents, tax in percent, units in stock.
const PRODUCTS: [(&str, &str, &str, i64, &str, u32); 10] = [
    ("TEA-250", "Green tea, 250 g", "Sencha from Shizuoka.", 1_250, "7", 100),
    ("TEA-BLK", "Black tea, 250 g", "Second flush from Assam.", 980, "7", 120),
    ("POT-BLU", "Teapot, blue", "Stoneware, 1.2 l.", 4_900, "19", 15),
    ("MUG-BLU", "Mug, blue", "Holds 330 ml.", 1_299, "19", 60),
    ("MUG-WHT", "Mug, white", "Holds 330 ml.", 1_199, "19", 60),
    ("FIL-100", "Paper filters, 100", "For loose tea.", 449, "19", 500),
    ("CAN-STL", "Tea caddy", "Steel, airtight.", 1_890, "19", 40),
    ("SPN-OLV", "Measuring spoon", "Olive wood.", 690, "19", 80),
    ("KTL-TMP", "Kettle", "Keeps 60 to 100 degrees.", 8_900, "19", 8),
    ("BOK-TEA", "The Book of Tea", "Okakura Kakuzō, paperback.", 850, "7", 25),
];

/// Returns the company's settings for e-invoices: EN 16931 requires its address and VAT number.
pub(super) fn settings() -> Value {
    json!({
        "company": {
            "name": "Lovelace & Babbage", "legalForm": "GmbH", "addressLines": ["Invalidenstraße 1"], "city": "Berlin",
            "postalCode": "10115", "country": "DE", "vatId": "DE123456789", "registrationNumber": "HRB 12345 B",
            "email": "hello@example.com", "phone": "+49 30 1234567", "website": "https://example.com",
        },
        "currency": "EUR",
        "tax": { "defaultPercent": "19" },
        "invoices": { "prefix": "INV-", "restartsYearly": true, "paymentTermDays": 14, "reminderDays": [7, 14], "footer": "Thank you." },
        "branding": { "displayName": "Engines & More", "color": "#1a73e8" },
        "mail": { "fromName": "Engines & More", "replyTo": "service@example.com" },
        "limits": { "orderExpiryHours": 24 },
    })
}

/// Returns the requests that create the products.
pub(super) fn products() -> impl Iterator<Item = Value> {
    PRODUCTS.into_iter().map(|(sku, name, description, amount, tax, stock)| {
        json!({
            "sku": sku, "name": name, "description": description, "stock": stock, "taxPercent": tax,
            "unitPrice": { "amount": amount, "currency": "EUR" },
        })
    })
}

impl Buyer {
    /// Returns the profile that the buyer adds to the account.
    pub(super) fn profile(&self) -> Value {
        let [line, city, postal_code, country] = self.address;
        json!({
            "billingAddress": { "name": self.name, "lines": [line], "city": city, "postalCode": postal_code, "country": country },
        })
    }
}

impl Order {
    /// Returns the request that places the order. `ids` are those of the products.
    pub(super) fn body(&self, ids: &[Value]) -> Value {
        let items = self
            .items
            .iter()
            .map(|(place, quantity)| json!({ "productId": ids.get(*place), "quantity": quantity }));
        json!({ "items": items.collect::<Vec<_>>() })
    }
}
