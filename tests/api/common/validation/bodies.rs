//! Invalid bodies of many kinds, for every route that accepts JSON: the response is always a short
//! refusal.

use builder_tests::{Stack, routes};
use serde_json::{Map, Value, json};

use crate::common::sample_path;

/// The number of members or entries of a large body.
const MANY: usize = 3_000;

/// Returns the members of each route's JSON body, by the route's name.
fn bodies() -> Vec<(String, Vec<String>)> {
    let document: Value =
        serde_json::from_str(include_str!("../../../../functions/system/openapi.json")).unwrap();
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let with_body = operations.filter_map(|operation| {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        let members = document["components"]["schemas"][name]["properties"]
            .as_object()?
            .keys()
            .cloned()
            .collect();
        Some((operation["operationId"].as_str()?.to_owned(), members))
    });
    with_body.collect()
}

/// A pseudorandom number generator with the same sequence in each run (xorshift).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// Returns a value of any type, sometimes large or deeply nested.
    fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth > 4 { 8 } else { 12 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(1 << 40)),
            3 => json!(-1.5e300),
            4 => json!("9999-12-31T23:59:59Z"),
            5 => json!("\u{202e}\u{0}x".repeat(self.below(2_000) as usize)),
            6 => json!({}),
            7 => json!([]),
            8 => (0..self.below(20)).map(|_| self.value(depth + 1)).collect(),
            9 => Value::Object(
                (0..self.below(20))
                    .map(|index| (format!("m{index}"), self.value(depth + 1)))
                    .collect(),
            ),
            10 => json!(vec![Value::Object(Map::new()); MANY]),
            _ => Value::Object((0..MANY).map(|index| (format!("m{index}"), json!(1))).collect()),
        }
    }
}

/// Returns invalid bodies for a route with these members.
fn wrong(members: &[String], draw: &mut Draw) -> Vec<String> {
    let each = |value: Value| {
        Value::Object(members.iter().map(|name| (name.clone(), value.clone())).collect())
            .to_string()
    };
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let unknown: Map<String, Value> =
        (0..MANY).map(|index| (format!("unknown/{index}"), json!(index))).collect();
    let mut bodies = vec![
        Value::Object(unknown).to_string(),
        each(json!(vec![json!({}); MANY])),
        each(json!(vec![Value::Null; MANY])),
        each(json!("\u{1}".repeat(MANY))),
        json!({ ("\u{1}~/".repeat(MANY)): { ("k".repeat(MANY)): vec![1; MANY] } }).to_string(),
        json!(vec![json!({}); MANY]).to_string(),
        format!("{{\"a\":{}}}", nested(120)),
        nested(10_000),
        "{\"a\":1,\"a\":2}".to_owned(),
        "{".repeat(MANY),
    ];
    bodies.extend((0..6).map(|_| {
        Value::Object(
            members
                .iter()
                .chain([&"surprise".to_owned()])
                .map(|name| (name.clone(), draw.value(0)))
                .collect(),
        )
        .to_string()
    }));
    bodies
}

#[tokio::test]
async fn invalid_bodies_get_a_short_refusal() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    let (routes, mut draw) = (routes(), Draw(0x5eed));
    let (mut answers, mut longest) = (0, 0);
    for (name, members) in bodies() {
        let route = routes.iter().find(|route| route.operation_id() == name).unwrap();
        for body in wrong(&members, &mut draw) {
            let request =
                admin.request(route.method.clone(), sample_path(route)).if_match("*").key("a-key");
            let answer = request.body("application/json", body.clone()).await;
            let (status, length) = (answer.status, answer.body.len());
            assert!(
                (400..500).contains(&status) && length < 100_000,
                "{name}: {status}, {length} bytes for {body:.200}"
            );
            if status == 422 {
                let named = answer.json()["errors"].as_array().map_or(0, Vec::len);
                assert!(named <= 100, "{name}: {named} errors");
            }
            (answers, longest) = (answers + 1, longest.max(length));
        }
    }
    println!("{answers} invalid bodies are refused, with at most {longest} bytes");
    assert!(answers > 300, "only {answers}");
}
