//! Jobs that are run by a button.

use builder_tests::{Stack, catalogue};

use super::{between, html, press};

#[tokio::test]
async fn a_button_runs_a_job_and_shows_the_result() {
    let stack = Stack::own().with_cloud_of_its_own().start();
    let admin = stack.admin().await;
    let product = catalogue::stocked(&admin, 5).await;
    let user = stack.user().await;
    let order = user.order(&[(&product, 2)]).await.expect(201).text("id");
    let path = format!("/api/v1/orders/{order}");
    // The payment period ends without a payment.
    stack.clock.advance(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let admin = stack.sign_in_admin().await;
    let list = html(&admin, "/_local/jobs").await;
    let row = between(&list, "/_local/jobs/expire-orders\">", "</tr>");
    assert!(row.contains("rate(5 minutes)") && row.contains("Run expire-orders"), "{row}");
    let result = press(&admin, "/_local/jobs", "/_local/jobs/expire-orders/run", "").await;
    let page = html(&admin, &result).await;
    assert!(page.contains("expire-orders by schedule") && page.contains("<dd>done</dd>"), "{page}");
    assert!(page.contains("dynamodb:Query"), "{page}");
    // The job has run: the reserved stock is available again.
    assert_eq!(catalogue::stock_of(&admin, &product).await, 5, "{path}");
    let list = html(&admin, "/_local/jobs").await;
    assert!(between(&list, "/_local/jobs/expire-orders\">", "</tr>").contains(&result), "{list}");
}

#[tokio::test]
async fn a_job_accepts_an_event_and_shows_its_failure() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    let page = html(&visitor, "/_local/jobs/bootstrap-admin").await;
    assert!(
        page.contains("<dd>an operator</dd>") && page.contains("admin@example.com"),
        "its sample event: {page}"
    );
    // There is an administrator already.
    let event = "event=%7B%22email%22%3A%22eve%40example.com%22%2C%22password%22%3A%22correct+horse+battery+staple+7%22%7D";
    let result = press(&visitor, "/_local/jobs", "/_local/jobs/bootstrap-admin/run", event).await;
    let page = html(&visitor, &result).await;
    assert!(
        page.contains("<dd class=\"bad\">failed</dd>") && page.contains("already been created"),
        "{page}"
    );
    assert!(!page.contains("eve@example.com"), "{page}");

    let token = super::token_of(&html(&visitor, "/_local/jobs").await);
    let run = visitor.command("/_local/jobs/seal-audit/run");
    let refused = run
        .body("application/x-www-form-urlencoded", format!("token={token}&event=%7Bnot+JSON"))
        .await
        .expect(422);
    refused.check(refused.body_text().contains("The event is not JSON"), "expected a reason");
}

#[tokio::test]
async fn every_function_without_a_route_is_a_job() {
    let stack = Stack::own().start();
    let list = html(&stack.visitor(), "/_local/jobs").await;
    for function in builder_tests::functions() {
        let listed = list.contains(&format!("/_local/jobs/{}/run", function.name()));
        assert_eq!(listed, function.route().is_none(), "{}: {list}", function.name());
    }
}
