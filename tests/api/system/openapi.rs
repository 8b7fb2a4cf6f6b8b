//! `GET /openapi.json`

use builder_tests::Stack;

#[tokio::test]
async fn the_openapi_document_is_public() {
    let answer = Stack::shared().visitor().get("/openapi.json").await.expect(200);
    assert_eq!(answer.required("content-type"), "application/json");
    assert!(answer.required("cache-control").contains("max-age"));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/orders"]["post"].is_object());
}
