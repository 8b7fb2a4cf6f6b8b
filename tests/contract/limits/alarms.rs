//! Alarms.

use serde_json::{Value, json};

use super::{Templates, list, of_type, prove};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>: an
/// alarm over an expression has ten metrics at most.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>:
/// periods of 10, 20, 30 or a multiple of 60 seconds; all of an alarm's periods together are a day,
/// or a week if each is an hour or more; 30 dimensions.
fn alarms_that_are_refused(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (place, properties) in of_type(templates, "AWS::CloudWatch::Alarm") {
        let metrics = list(&properties["Metrics"]);
        let measured: Vec<_> =
            metrics.iter().filter(|metric| metric["MetricStat"].is_object()).collect();
        if measured.len() > 10 {
            found.push(format!("{place}: {} metrics, and ten are the most", measured.len()));
        }
        if !metrics.is_empty()
            && metrics.iter().filter(|metric| metric["ReturnData"] != false).count() != 1
        {
            found.push(format!(
                "{place}: one of its metrics and expressions gives the value, and \
                     the others say ReturnData: false"
            ));
        }
        let periods: Vec<u64> = measured
            .iter()
            .map(|metric| &metric["MetricStat"]["Period"])
            .chain([&properties["Period"]])
            .filter_map(Value::as_u64)
            .collect();
        let evaluated = properties["EvaluationPeriods"].as_u64().unwrap_or(1);
        for period in periods {
            let most = if period >= 3_600 { 604_800 } else { 86_400 };
            if ![10, 20, 30].contains(&period) && (period == 0 || period % 60 != 0) {
                found.push(format!("{place}: a period of {period} seconds"));
            }
            if period * evaluated > most {
                found.push(format!(
                    "{place}: {evaluated} periods of {period} seconds are more than {most} seconds"
                ));
            }
        }
        if properties["DatapointsToAlarm"].as_u64().is_some_and(|points| points > evaluated) {
            found.push(format!("{place}: more data points than periods"));
        }
        if list(&properties["Dimensions"]).len() > 30 {
            found.push(format!("{place}: 30 dimensions are the most"));
        }
    }
    found
}

#[test]
fn alarms_keep_to_the_ranges_of_cloudwatch() {
    let alarm = |properties: Value| json!({ "A": { "Type": "AWS::CloudWatch::Alarm", "Properties": properties } });
    let metric = |returned: bool| json!({ "MetricStat": { "Period": 60 }, "ReturnData": returned });
    let eleven: Vec<Value> = (0..11).map(|number| metric(number == 0)).collect();
    prove(
        alarms_that_are_refused,
        [
            alarm(json!({ "Metrics": eleven })),
            alarm(json!({ "Metrics": [metric(true), metric(true)] })),
            alarm(json!({ "Period": 90 })),
            alarm(json!({ "Period": 300, "EvaluationPeriods": 289 })),
            alarm(json!({ "Period": 86_400, "EvaluationPeriods": 8 })),
            alarm(json!({ "Period": 60, "EvaluationPeriods": 2, "DatapointsToAlarm": 3 })),
        ],
    );
}
