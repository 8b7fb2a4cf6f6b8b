//! Tables and buckets.

use builder_tests::Stack;
use builder_tests::aws::EPHEMERAL_TABLE;
use serde_json::json;

use super::{between, html, page};

#[tokio::test]
async fn tables_are_browsed_by_page_and_by_key() {
    let stack = Stack::own().with_cloud_of_its_own().start();
    let (aws, visitor) = (stack.aws(), stack.visitor());
    for number in 0..230 {
        let item = json!({
            "pk": { "S": format!("TEST#{}", number % 2) },
            "sk": { "S": format!("ROW#{number:03}") },
            "note": { "S": "<b onmouseover=\"x\">bold</b>" },
            "expiresAt": { "N": "9999999999" },
        });
        aws.put_item(EPHEMERAL_TABLE, &item).await;
    }
    let list = html(&visitor, "/_local/tables").await;
    for shown in ["builder-dev-data", "gsi1, gsi2, gsi3", EPHEMERAL_TABLE, "pk, sk"] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    let (mut address, mut seen, mut pages) = (format!("/_local/tables/{EPHEMERAL_TABLE}"), 0, 0);
    loop {
        let shown = html(&visitor, &address).await;
        seen += shown.matches(">TEST#").count();
        pages += 1;
        assert!(!shown.contains("<b ") && pages < 10, "{shown}");
        if !shown.contains("rel=\"next\"") {
            break;
        }
        let next = between(&shown, "<p><a href=\"", "\" rel=\"next\"");
        address = next.rsplit_once("href=\"").map_or(next, |(_, next)| next).replace("&amp;", "&");
    }
    assert_eq!(seen, 230);
    assert!(pages >= 3, "{pages}");

    let found = html(
        &visitor,
        &format!("/_local/tables/{EPHEMERAL_TABLE}?partition=TEST%231&sort=ROW%2300"),
    )
    .await;
    assert_eq!(found.matches(">TEST#1<").count(), 5, "{found}");
    let item = html(&visitor, between(&found, "<tr><td><a href=\"", "\"")).await;
    assert!(item.contains("<h1>TEST#1 / ROW#001</h1>"), "{item}");
    assert!(
        item.contains("&quot;expiresAt&quot;: 9999999999") && item.contains("&lt;b onmouseover"),
        "{item}"
    );
    let index =
        html(&visitor, "/_local/tables/builder-dev-data?index=gsi1&partition=USERS%23EMAIL%23a")
            .await;
    assert!(
        index.contains("<th scope=\"col\">gsi1pk</th>")
            && index.contains("<option selected>gsi1</option>"),
        "{index}"
    );
    visitor.get(format!("/_local/tables/{EPHEMERAL_TABLE}?after=nonsense")).await.expect(422);
}

#[tokio::test]
async fn buckets_are_browsed_by_folder_and_objects_downloaded() {
    let stack = Stack::own().with_cloud_of_its_own().start();
    let (admin, visitor) = (stack.admin().await, stack.visitor());
    // The sealed head of the audit trail is an object that the system writes itself.
    stack.wait_until_idle().await;
    stack.invoke("seal-audit", json!({})).await.unwrap();
    let list = html(&admin, "/_local/buckets").await;
    let bucket =
        list.split("<li><a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let bucket = bucket
        .into_iter()
        .find(|bucket| bucket.contains("audit"))
        .unwrap_or_else(|| panic!("no bucket in {list}"));
    let mut address = bucket.clone();
    let mut walked = html(&visitor, &address).await;
    for _ in 0..8 {
        if walked.contains("Download") {
            break;
        }
        address = between(&walked, "<tr><td class=\"wide\"><a href=\"", "\"").replace("&amp;", "&");
        walked = html(&visitor, &address).await;
    }
    let object = between(&walked, "<tr><td class=\"wide\"><a href=\"", "\"").replace("&amp;", "&");
    assert!(object.contains("/object?key="), "{walked}");
    let text = page(&visitor, &object).await;
    text.check(text.body_text().contains("<pre>{"), "expected its JSON");
    let file = between(&walked, "<td><a href=\"", "\" aria-label=\"Download")
        .rsplit_once("href=\"")
        .map_or_else(
            || between(&walked, "<td><a href=\"", "\" aria-label=\"Download").to_owned(),
            |(_, file)| file.to_owned(),
        );
    let file = visitor.get(file.replace("&amp;", "&")).await.expect(200);
    file.check(
        file.required("content-disposition").starts_with("attachment; filename="),
        "expected a file",
    );
    file.check(
        file.required("content-security-policy").contains("sandbox"),
        "expected a sandboxed file",
    );
    file.check(
        serde_json::from_slice::<serde_json::Value>(&file.body).is_ok(),
        "expected the unchanged object",
    );
}
