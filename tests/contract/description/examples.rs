//! The API's description has an example of every request and response body, and each matches its
//! schema.

use builder_tests::described;
use serde_json::Value;

/// Returns the examples of the media type at a place.
fn examples(content: &Value) -> Vec<&Value> {
    let document = described().document();
    let several = content["examples"].as_object().into_iter().flatten().map(|(_, example)| {
        let example =
            example["$ref"].as_str().and_then(|to| document.pointer(&to[1..])).unwrap_or(example);
        &example["value"]
    });
    several.chain(content.get("example")).collect()
}

#[test]
fn every_body_has_an_example_that_its_schema_allows() {
    let (mut missing, mut wrong, mut bodies) = (Vec::new(), Vec::new(), 0);
    let mut places: Vec<_> = described().places().collect();
    places.sort_unstable();
    for place in places {
        bodies += 1;
        let examples = examples(described().document().pointer(place).unwrap());
        if examples.is_empty() {
            missing.push(place);
        }
        for example in examples {
            if let Err(error) = described().validate(place, example) {
                wrong.push(format!("{place}: {error}\n{example:#}"));
            }
        }
    }
    assert!(bodies > 150, "{bodies}");
    assert!(missing.is_empty(), "no example at\n{}", missing.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_amounts_in_examples_add_up() {
    let amount = |value: &Value| value["amount"].as_i64().unwrap();
    let sum = |values: &Value, member: &str| {
        values.as_array().unwrap().iter().map(|one| amount(&one[member])).sum::<i64>()
    };
    for (schema, lines) in [("Order", "items"), ("Invoice", "lines")] {
        let example = &described().document()["components"]["schemas"][schema]["example"];
        for line in example[lines].as_array().unwrap() {
            let quantity = line["quantity"].as_i64().unwrap();
            assert_eq!(
                amount(&line["unitPrice"]) * quantity,
                amount(&line["net"]),
                "{schema}: {line}"
            );
        }
        assert_eq!(sum(&example[lines], "net"), amount(&example["subtotal"]), "{schema}");
        assert_eq!(sum(&example["taxes"], "tax"), amount(&example["tax"]), "{schema}");
        assert_eq!(
            amount(&example["subtotal"]) + amount(&example["tax"]),
            amount(&example["total"]),
            "{schema}"
        );
    }
}

#[test]
fn every_path_parameter_has_an_example() {
    let document = described().document();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            for parameter in operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "path")
            {
                let schema =
                    parameter["schema"]["$ref"].as_str().and_then(|to| document.pointer(&to[1..]));
                let example = parameter.get("example").or_else(|| schema?["examples"].get(0));
                assert!(example.is_some(), "{path}: {} has no example", parameter["name"]);
            }
        }
    }
}
