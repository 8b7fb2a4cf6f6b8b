//! Names and other lines of text: the characters that are forbidden in all of them.

use builder_tests::{Stack, catalogue};
use serde_json::{Value, json};

/// Bidirectional controls, line and paragraph separators, and control characters.
const FORBIDDEN: [char; 18] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{85}',
    '\u{7f}', '\u{0}',
];

fn address(text: &str) -> Value {
    json!({ "name": text, "lines": [text], "city": text, "postalCode": text, "region": text, "country": "DE" })
}

#[tokio::test]
async fn bidi_and_control_characters_in_texts_are_rejected() {
    let stack = Stack::own().unlimited().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 1).await;
    let mut refused = 0;
    for character in FORBIDDEN {
        let bad = &format!("Mug{character}gum");
        let created =
            catalogue::with(catalogue::product(), json!({ "name": bad, "description": bad }));
        let mut settings = crate::settings::filled();
        for (part, members) in [
            ("company", vec!["name", "legalForm", "city", "postalCode", "registrationNumber"]),
            ("branding", vec!["displayName"]),
            ("mail", vec!["fromName"]),
            ("invoices", vec!["footer"]),
        ] {
            for member in members {
                settings[part][member] = json!(bad);
            }
        }
        settings["company"]["addressLines"] = json!([bad]);
        let me = json!({ "name": bad, "company": bad, "billingAddress": address(bad), "shippingAddress": address(bad) });
        let of_address = |part: &'static str| {
            ["name", "lines/0", "city", "postalCode", "region"]
                .map(|member| format!("/{part}/{member}"))
        };
        let in_me = ["/name", "/company"].map(str::to_owned).into_iter();
        let in_me: Vec<_> = in_me
            .chain(of_address("billingAddress"))
            .chain(of_address("shippingAddress"))
            .collect();
        let lines = |pointers: &[&str]| {
            pointers.iter().map(|pointer| (*pointer).to_owned()).collect::<Vec<_>>()
        };
        for (request, pointers) in [
            (admin.post("/api/v1/products", &created), lines(&["/description", "/name"])),
            (
                admin
                    .patch(format!("/api/v1/products/{product}"), &json!({ "name": bad }))
                    .if_match("*"),
                lines(&["/name"]),
            ),
            (
                admin.post(
                    format!("/api/v1/products/{product}/stock-adjustments"),
                    &json!({ "delta": 1, "reason": bad }),
                ),
                lines(&["/reason"]),
            ),
            (
                user.post("/api/v1/api-keys", &json!({ "name": bad, "scopes": ["orders:read"] })),
                lines(&["/name"]),
            ),
            (user.patch("/api/v1/me", &me).if_match("*"), in_me.clone()),
            (
                admin.put("/api/v1/settings", &settings).if_match("*"),
                lines(&[
                    "/branding/displayName",
                    "/company/addressLines/0",
                    "/company/city",
                    "/company/legalForm",
                    "/company/name",
                    "/company/postalCode",
                    "/company/registrationNumber",
                    "/invoices/footer",
                    "/mail/fromName",
                ]),
            ),
        ] {
            let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
            request.await.problem(422, "invalid-request").at(&pointers);
            refused += pointers.len();
        }
    }
    println!("{refused} texts are refused for {} characters", FORBIDDEN.len());
    let good = json!({ "name": "Łukasz O'Neill-日本 (نص) 👩‍👧" });
    assert_eq!(
        user.patch("/api/v1/me", &good).if_match("*").await.expect(200).data()["name"],
        good["name"]
    );
}
