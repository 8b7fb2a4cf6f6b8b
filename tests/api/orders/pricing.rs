//! The price of an order.

use builder_tests::{Stack, catalogue};
use rstest::rstest;
use serde_json::{Value, json};

/// Price, quantity and tax rate of a line.
type Line = (i64, u32, &'static str);

fn amounts(lines: &Value, member: &str) -> Vec<i64> {
    lines.as_array().unwrap().iter().map(|line| line[member]["amount"].as_i64().unwrap()).collect()
}

/// Tax per rate on the summed base, rounded half up; allocated to the lines by largest remainder.
#[rstest]
#[case::exact(&[(1299, 1, "19")], &[247], &[("19", 1299, 247)])]
#[case::half_up(&[(10, 1, "5"), (10, 1, "5"), (10, 1, "5")], &[1, 1, 0], &[("5", 30, 2)])]
#[case::below_half(&[(9, 1, "5")], &[0], &[("5", 9, 0)])]
#[case::just_half(&[(10, 1, "5")], &[1], &[("5", 10, 1)])]
#[case::largest_remainder(&[(101, 1, "19"), (104, 1, "19"), (107, 1, "19")], &[19, 20, 20], &[("19", 312, 59)])]
#[case::rates_apart(&[(1299, 3, "19"), (450, 2, "7"), (99, 1, "0")], &[740, 63, 0], &[("0", 99, 0), ("7", 900, 63), ("19", 3897, 740)])]
#[case::four_decimals(&[(1_000_000, 1, "1.0001"), (333, 7, "7.75")], &[10_001, 181], &[("1.0001", 1_000_000, 10_001), ("7.75", 2331, 181)])]
#[case::free(&[(0, 5, "19")], &[0], &[("19", 0, 0)])]
#[case::all_of_it(&[(777, 1, "100")], &[777], &[("100", 777, 777)])]
#[tokio::test]
async fn tax_is_computed_per_rate_and_divided_among_lines(
    #[case] lines: &[Line],
    #[case] line_taxes: &[i64],
    #[case] taxes: &[(&str, i64, i64)],
) {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mut items = Vec::new();
    for (price, quantity, rate) in lines {
        let changes =
            json!({ "unitPrice": { "amount": price, "currency": "EUR" }, "taxPercent": rate });
        items.push((catalogue::create(&admin, changes).await, *quantity));
    }
    let items: Vec<(&str, u32)> =
        items.iter().map(|(product, quantity)| (product.as_str(), *quantity)).collect();
    let order = user.order(&items).await.expect(201).data();

    let nets: Vec<i64> =
        lines.iter().map(|(price, quantity, _)| price * i64::from(*quantity)).collect();
    assert_eq!(amounts(&order["items"], "net"), nets);
    assert_eq!(amounts(&order["items"], "tax"), line_taxes);
    let gross: Vec<i64> = nets.iter().zip(line_taxes).map(|(net, tax)| net + tax).collect();
    assert_eq!(amounts(&order["items"], "gross"), gross);
    let found: Vec<_> = order["taxes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tax| {
            (
                tax["percent"].as_str().unwrap(),
                tax["base"]["amount"].as_i64().unwrap(),
                tax["tax"]["amount"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, taxes);
    let (subtotal, tax): (i64, i64) = (nets.iter().sum(), line_taxes.iter().sum());
    for (member, amount) in [("subtotal", subtotal), ("tax", tax), ("total", subtotal + tax)] {
        assert_eq!(order[member], json!({ "amount": amount, "currency": "EUR" }), "{member}");
    }
    assert_eq!(
        taxes.iter().map(|(.., tax)| tax).sum::<i64>(),
        tax,
        "the taxes of the lines must add up to the tax"
    );
}

#[rstest]
#[case::none("JPY", 1999, 10, "1999 JPY", "2199 JPY")]
#[case::two("EUR", 1999, 10, "19.99 EUR", "21.99 EUR")]
#[case::three("KWD", 1999, 10, "1.999 KWD", "2.199 KWD")]
#[tokio::test]
async fn amounts_have_the_decimals_of_their_currency(
    #[case] currency: &str,
    #[case] price: i64,
    #[case] rate: u32,
    #[case] net: &str,
    #[case] total: &str,
) {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let changes = json!({ "unitPrice": { "amount": price, "currency": currency }, "taxPercent": rate.to_string() });
    let product = catalogue::create(&admin, changes).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).data();
    // In minor units of any currency: 199.9 are rounded to 200.
    assert_eq!((&order["currency"], &order["tax"]["amount"]), (&json!(currency), &json!(200)));
    let mail = stack.mail(&user.email, order["id"].as_str().unwrap()).await;
    for text in [&mail.text, &mail.html] {
        assert!(text.contains(net) && text.contains(total), "{net} and {total}: {text}");
    }
}

#[tokio::test]
async fn an_order_above_the_maximum_amount_is_rejected() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let dear =
        catalogue::create(&admin, json!({ "unitPrice": { "amount": 100_000_000_000_i64, "currency": "EUR" }, "taxPercent": "0" }))
            .await;
    user.order(&[(&dear, 101)]).await.problem(422, "invalid-request").at(&["/items"]);
    let order = user.order(&[(&dear, 100)]).await.expect(201).data();
    assert_eq!(order["total"]["amount"], 10_000_000_000_000_i64);
}
