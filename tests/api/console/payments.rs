//! Payments with test cards.

use builder_tests::{Stack, User, catalogue};

use super::{between, html, press};

/// Starts a payment, and returns its order and its page.
async fn begin(stack: &std::sync::Arc<Stack>, user: &User) -> (String, String) {
    let product = catalogue::create(&stack.admin().await, serde_json::json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let intent = user.start_patiently(&order).await.expect(201).text("clientSecret");
    (order, format!("/_local/payments/{}", intent.split_once("_secret_").unwrap().0))
}

#[tokio::test]
async fn a_button_pays_an_order_with_a_test_card() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let (order, page) = begin(&stack, &user).await;
    let list = html(&user, "/_local/payments").await;
    let open = between(&list, "Waiting for a card", "<h2>Ended</h2>");
    assert!(open.contains(&order) && open.contains("EUR") && open.contains(&page), "{open}");

    let after = press(&user, &page, &format!("{page}/pay"), "card=4000000000009995").await;
    let declined = html(&user, &after).await;
    assert!(
        declined.contains("Your card has insufficient funds.")
            && declined.contains("(insufficient_funds)"),
        "{declined}"
    );
    let after = press(&user, &page, &format!("{page}/pay"), "card=4242424242424242").await;
    let paid = html(&user, &after).await;
    assert!(
        paid.contains("<dd class=\"good\" role=\"status\">succeeded</dd>")
            && !paid.contains("<button"),
        "{paid}"
    );
    user.wait_for(&format!("/api/v1/orders/{order}"), "status", "processing").await;
    let list = html(&user, "/_local/payments").await;
    assert!(between(&list, "<h2>Ended</h2>", "</main>").contains(&order), "{list}");
    assert!(!between(&list, "Waiting for a card", "<h2>Ended</h2>").contains(&order), "{list}");
}

#[tokio::test]
async fn three_d_secure_redirects_to_the_bank_and_back() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let (order, page) = begin(&stack, &user).await;
    let after = press(&user, &page, &format!("{page}/pay"), "card=4000002760003184").await;
    let asked = html(&user, &after).await;
    let bank = between(&asked, "<a href=\"http", "\">go on to 3-D Secure");
    assert!(
        !asked.contains("<button"),
        "the bank has already been asked, so there must be no button: {asked}"
    );
    let request =
        reqwest::Client::new().post(format!("http{bank}")).header("accept", "application/json");
    let answer = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body("outcome=complete")
        .send()
        .await
        .unwrap();
    assert!(answer.text().await.unwrap().contains("\"succeeded\""));
    user.wait_for(&format!("/api/v1/orders/{order}"), "status", "processing").await;
    // The page that the bank redirects the buyer to, with its parameters.
    let back = html(&user, &format!("{page}?payment_intent=pi&redirect_status=succeeded")).await;
    assert!(back.contains("role=\"status\">succeeded"), "{back}");
}

#[tokio::test]
async fn payment_errors_are_shown() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let (_, page) = begin(&stack, &user).await;
    let token = super::token_of(&html(&user, &page).await);
    let post = async |fields: &str| {
        let form = format!("token={token}&{fields}");
        user.command(format!("{page}/pay")).body("application/x-www-form-urlencoded", form).await
    };
    let none = post("").await.expect(422);
    none.check(none.body_text().contains("Choose a card."), "expected a reason");
    // Stripe treats a mistyped number as a declined card, which the page shows.
    assert!([303, 422].contains(&post("card=4242424242424241").await.status));
    post("card=4242424242424242").await.expect(303);
    let again = post("card=4242424242424242").await.expect(422);
    again.check(
        again.body_text().contains("The local Stripe rejected the payment"),
        "expected Stripe's own message",
    );
}
