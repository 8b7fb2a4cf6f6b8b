//! `GET /docs` and `GET /docs/{asset}`

use builder_tests::Stack;

/// Returns the values of an attribute in a page.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let opening = format!("{name}=\"");
    let parts = page.split(&opening).skip(1);
    parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_docs_page_has_no_external_files() {
    let visitor = Stack::shared().visitor();
    let page = visitor.get("/docs").await.expect(200);
    assert!(page.required("content-type").starts_with("text/html"));
    assert!(
        !page.required("content-security-policy").contains("http"),
        "no other host must be called"
    );
    let html = page.body_text();
    let links: Vec<_> = attributes(&html, "src")
        .into_iter()
        .chain(attributes(&html, "href"))
        .filter(|link| link != "/docs/")
        .collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        assert!(!link.contains("//"), "{link} is on another host");
        let name = link.trim_start_matches("./");
        let file = visitor.get(format!("/docs/{name}")).await.expect(200);
        assert!(!file.body.is_empty(), "{name} is empty");
        let kind = file.required("content-type");
        let expected = match name.rsplit('.').next() {
            Some("js") => "javascript",
            Some("css") => "text/css",
            Some("png") => "image/png",
            _ => "",
        };
        assert!(kind.contains(expected), "{name} is {kind}");
    }
    let start = visitor.get("/docs/swagger-initializer.js").await.expect(200).body_text();
    assert!(start.contains("/openapi.json"), "{start}");
}

#[tokio::test]
async fn unknown_files_are_not_found() {
    let visitor = Stack::shared().visitor();
    for name in ["nothing.js", "..%2f..%2fCargo.toml", "index.html%00"] {
        visitor.get(format!("/docs/{name}")).await.problem(404, "not-found");
    }
}
