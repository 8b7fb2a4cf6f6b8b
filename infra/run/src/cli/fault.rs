//! `--fault OPERATION=KIND[:MS][@PROBABILITY]`.

use std::time::Duration;

use builder_local::cloud::faults::{Kind, Rule};

/// Reads one rule.
pub(super) fn parse(text: &str) -> Result<Rule, String> {
    let (operation, effect) =
        text.split_once('=').ok_or("must be OPERATION=KIND, such as dynamodb:*=throttle@0.05")?;
    let (effect, probability) = match effect.split_once('@') {
        Some((effect, probability)) => {
            let probability = probability
                .parse::<f64>()
                .ok()
                .filter(|probability| (0.0..=1.0).contains(probability));
            (effect, probability.ok_or("the probability must be a number from 0 to 1")?)
        }
        None => (effect, 1.0),
    };
    let (kind, milliseconds) = match effect.split_once(':') {
        Some((kind, number)) => {
            let number =
                number.parse().map_err(|_| "a duration must be a whole number of milliseconds")?;
            (kind, Some(Duration::from_millis(number)))
        }
        None => (effect, None),
    };
    let kind = match (kind, milliseconds) {
        ("throttle", None) => Kind::Throttle,
        ("error", None) => Kind::Error500,
        ("drop", None) => Kind::Drop,
        ("delay", Some(duration)) => Kind::Delay(duration),
        ("stale-index", Some(duration)) => Kind::StaleIndexReads(duration),
        _ => {
            return Err(
                "the kind must be throttle, error, drop, delay:MS or stale-index:MS".to_owned()
            );
        }
    };
    Ok(Rule { operation: operation.to_owned(), kind, probability })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let rule = parse("dynamodb:*=throttle@0.05").unwrap();
        assert_eq!(
            (rule.operation.as_str(), rule.kind, rule.probability),
            ("dynamodb:*", Kind::Throttle, 0.05)
        );
        assert_eq!(parse("*=delay:50").unwrap().kind, Kind::Delay(Duration::from_millis(50)));
        for wrong in ["*", "*=delay", "*=throttle:5", "*=drop@2", "*=explode"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
