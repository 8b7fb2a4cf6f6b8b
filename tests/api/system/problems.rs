//! `GET /problems/{kind}`

use builder_tests::Stack;

#[tokio::test]
async fn every_kind_of_problem_has_a_page() {
    let stack = Stack::own().unlimited().start();
    let visitor = stack.visitor();
    let document = visitor.get("/openapi.json").await.expect(200).json();
    let kinds = document["x-problems"].as_object().unwrap().clone();
    assert!(kinds.len() > 20, "{kinds:?}");
    for (code, kind) in kinds {
        let page = visitor.get(format!("/problems/{code}")).await.expect(200);
        assert!(page.required("content-type").starts_with("text/html"));
        let html = page.body_text();
        for part in [code.as_str(), kind["title"].as_str().unwrap(), &kind["status"].to_string()] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }
}

#[tokio::test]
async fn the_type_of_a_problem_is_the_url_of_its_page() {
    let visitor = Stack::shared().visitor();
    let problem = visitor.get("/nowhere").await.problem(404, "not-found");
    visitor.get(problem.body["type"].as_str().unwrap()).await.expect(200);
    visitor.get("/problems/%3Cscript%3E").await.problem(404, "not-found");
}
