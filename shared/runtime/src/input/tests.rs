use garde::Validate;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::conform::conformed;
use super::pointer::Place;
use super::read::{everything_wrong, read};
use super::strict::Strict;
use crate::response::problem::Problem;
use crate::response::violations::MOST_ERRORS;

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only whether it can be read matters")]
struct Order {
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<Item>,
    #[garde(inner(custom(is_plain)))]
    #[schema(max_length = 5)]
    note: Option<String>,
    #[garde(skip)]
    urgent: bool,
    #[garde(dive)]
    gift: Option<Item>,
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    #[garde(skip)]
    kind: Option<Kind>,
    #[garde(skip)]
    tags: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only whether it can be read matters")]
struct Item {
    #[garde(custom(is_plain))]
    #[schema(example = "mug")]
    product: String,
    #[garde(range(min = 1, max = 10))]
    #[schema(minimum = 1, maximum = 10)]
    quantity: u32,
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = "^pg_[0-9]+$", example = "pg_1")]
    page: Option<Page>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Gift,
    Sale,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Page;

impl TryFrom<String> for Page {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.strip_prefix("pg_")
            .and_then(|digits| digits.parse::<u32>().ok())
            .map(|_| Self)
            .ok_or("the parser's own words")
    }
}

fn is_plain(text: &str, _: &()) -> garde::Result {
    if text.contains('!') { Err(garde::Error::new("must be plain")) } else { Ok(()) }
}

fn wrong(body: Value) -> Vec<String> {
    let found = everything_wrong::<Order>(body, Place::Body).into_parts().0;
    let mut said: Vec<String> = found
        .into_iter()
        .map(|violation| format!("{} {}", violation.pointer, violation.detail))
        .collect();
    said.sort_unstable();
    said
}

#[test]
fn what_is_missing_of_another_type_unknown_and_refused_by_a_check_is_reported_in_one_answer() {
    let body = json!({
        "items": [{ "product": 1 }, [], { "product": "p!", "quantity": 2.0, "page": "pg_x" }, { "product": "p", "quantity": 11, "price": 1 }],
        "note": "!", "gift": { "quantity": "x" }, "dueAt": "tomorrow", "kind": "loan", "x/y": {},
    });
    let expected = [
        "/dueAt must be an RFC 3339 time from the year 0000 to 9999-12-30, such as \
         2027-11-21T00:00:00Z, or null",
        "/gift/product is missing",
        "/gift/quantity must be an integer from 1 to 10",
        "/items/0/product must be a text",
        "/items/0/quantity is missing",
        "/items/1 must be an object",
        "/items/2/page must be a text such as pg_1, or null",
        "/items/2/product must be plain",
        "/items/3/price is not a known member: remove it",
        "/items/3/quantity must be at most 10",
        "/kind must be one of gift, sale",
        "/note must be plain",
        "/urgent is missing",
        "/x~1y is not a known member: remove it",
    ];
    assert_eq!(wrong(body), expected);
}

#[test]
fn a_request_of_the_right_shape_is_read() {
    for body in [
        json!({ "items": [{ "product": "p", "quantity": 2.0 }], "urgent": true }),
        json!({ "items": [{ "product": "p", "quantity": 1, "page": "pg_1" }], "note": null, "urgent": true, "gift": null, "kind": "gift" }),
    ] {
        assert!(read::<Order>(Strict(body.clone())).is_some(), "{body}");
    }
    assert_eq!(wrong(json!([])), [" must be an object"]);
    assert_eq!(
        wrong(json!({ "items": [], "urgent": true })),
        ["/items must have at least 1 entry"]
    );
}

#[test]
fn no_value_makes_the_parser_speak() {
    for value in [
        json!("9999-12-31T23:59:59.999Z"),
        json!("-009999-01-02T00:00:00Z"),
        json!("99999-01-01T00:00:00Z"),
        json!("2026-13-01T00:00:00Z"),
        json!("202-01-01T00:00:00Z"),
        json!("*"),
        json!(""),
        json!(12),
        json!({}),
        json!([]),
        json!(1e300),
        json!(-1),
        json!(true),
        json!("\u{0}"),
    ] {
        for (member, ours) in [
            ("dueAt", "must be an RFC 3339 time"),
            ("kind", "must be one of gift, sale"),
            ("page", "must be a text"),
        ] {
            let item = json!({ "product": "p", "quantity": 1, "page": "pg_1" });
            let mut body = json!({ "items": [item], "urgent": true });
            if member == "page" {
                body["items"][0]["page"] = value.clone()
            } else {
                body[member] = value.clone()
            }
            let said = wrong(body);
            assert!(said.len() == 1 && said[0].contains(ours), "{member} = {value}: {said:?}");
        }
    }
}

/// A body with `n` mistakes of one kind.
fn bodies(n: usize) -> Vec<Value> {
    let members = |name: &dyn Fn(usize) -> String| {
        Value::Object((0..n).map(|index| (name(index), json!(1))).collect())
    };
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep, deep_leaf(n / 100)]);
    }
    let items = |item: Value| json!({ "items": vec![item; n], "urgent": true });
    let long = "k".repeat(n);
    vec![
        members(&|index| format!("m{index}")),
        members(&|index| format!("{}{index}", "\u{1}".repeat(50))),
        items(json!({})),
        items(json!({ "product": "p!", "quantity": 0, "x": 1 })),
        items(json!(null)),
        json!({ "items": [{ "product": "p", "quantity": 1, "x": deep }], "urgent": true, "tags": vec![1; n] }),
        json!({ "items": [{ "product": "p", "quantity": 1, (long.clone()): 1 }], (long.clone()): { (long.clone()): vec![1; n] } }),
        json!({ "items": long.clone(), "urgent": long.clone(), "note": long }),
        json!(vec![json!({ "x": 1 }); n]),
    ]
}

fn deep_leaf(width: usize) -> Value {
    json!(vec![1; width])
}

#[test]
fn the_work_grows_no_faster_than_the_body_and_the_answer_stays_small() {
    let steps = |n: usize| {
        bodies(n)
            .into_iter()
            .map(|body| conformed::<Order>(body, Place::Body).steps)
            .collect::<Vec<_>>()
    };
    let (once, twice, four) = (steps(5_000), steps(10_000), steps(20_000));
    println!("values looked at: {once:?}, {twice:?}, {four:?}");
    for ((once, twice), four) in once.iter().zip(&twice).zip(&four) {
        assert!(
            *once <= 2 * 5_000 + 10 && *twice <= 2 * once + 10 && *four <= 2 * twice + 10,
            "{once} {twice} {four}"
        );
    }
    for (index, body) in bodies(60_000).into_iter().enumerate() {
        let problem = Problem::refused(everything_wrong::<Order>(body, Place::Body));
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let answer = problem.body(&"/p".repeat(5_000), "request");
        let json: Value = serde_json::from_str(&answer).unwrap();
        let named = json["errors"].as_array().unwrap().len();
        println!(
            "{index}: {named} errors and {} more in {} bytes",
            json["moreErrors"],
            answer.len()
        );
        assert!(
            (1..=MOST_ERRORS).contains(&named) && answer.len() < 100_000,
            "{index}: {} bytes",
            answer.len()
        );
    }
}

#[test]
fn a_list_that_is_too_long_is_one_error_not_one_for_each_entry() {
    let body = json!({ "items": vec![json!({}); 60_000], "urgent": true });
    assert_eq!(wrong(body), ["/items must have at most 50 entries"]);
}

#[test]
fn more_errors_than_are_named_are_counted() {
    let mut body = json!({ "items": [{ "product": "p", "quantity": 1 }], "urgent": true });
    for index in 0..250 {
        body[format!("m{index}")] = json!(1);
    }
    let problem = Problem::refused(everything_wrong::<Order>(body, Place::Body));
    let body: Value = serde_json::from_str(&problem.body("/", "r")).unwrap();
    assert_eq!((body["errors"].as_array().unwrap().len(), &body["moreErrors"]), (100, &json!(150)));
    assert_eq!(body["detail"], "Some values can't be accepted. The first 100 of 250 are listed.");
}
