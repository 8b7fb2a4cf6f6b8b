//! A batch of a stream whose function fails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use builder_runtime::{Job, Trigger};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Poller;
use super::checkpoint::Checkpoint;
use super::stream::{Progress, Stream};
use super::stream_answer::Record;
use crate::aws::{Clients, Home, Keys, Transport};
use crate::lambda::tests::lambda_of;
use crate::template::StreamTrigger;

type Batches = Arc<Mutex<Vec<Vec<u64>>>>;

/// Returns a stream whose function records its batches and returns the result of `answer`.
fn stream(
    answer: impl Fn(&[u64]) -> Result<Value, &'static str> + Send + Sync + Clone + 'static,
    bisect: bool,
) -> (Stream, Batches, watch::Sender<bool>) {
    let batches = Batches::default();
    let noted = Arc::clone(&batches);
    let job = Job::task("relay", Trigger::Operator, move |_, event: Value| {
        let numbers: Vec<u64> = event["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().parse().unwrap())
            .collect();
        noted.lock().unwrap().push(numbers.clone());
        let answered = answer(&numbers);
        async move { answered.map_err(Into::into) }
    });
    let lambda = lambda_of(job, |_| {});
    let keys = Keys { access: "x".to_owned(), secret: "x".to_owned() };
    let home = Home { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
    let clients = Clients::new(
        Transport::remote("http://127.0.0.1:1").unwrap(),
        home,
        keys,
        Default::default(),
    );
    let (closing, closed) = watch::channel(false);
    let poller = Poller {
        function: lambda.function("relay").unwrap(),
        lambda,
        aws: clients.administrator(),
        closing: closed,
    };
    let trigger = StreamTrigger {
        table: "data".to_owned(),
        batch_size: 10,
        window: Duration::ZERO,
        partial_failures: true,
        bisect,
        retries: Some(1),
        max_age: None,
        on_failure: None,
        filters: Vec::new(),
        from_start: true,
    };
    let checkpoint = Checkpoint::open(None, "relay", "arn").unwrap();
    (
        Stream::new(
            poller,
            trigger,
            "arn".to_owned(),
            checkpoint,
            None,
            Arc::new(Progress::default()),
        ),
        batches,
        closing,
    )
}

fn records(numbers: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    let record =
        |number: u64| json!({ "dynamodb": { "SequenceNumber": number.to_string() } }).to_string();
    numbers.map(|number| Record::new(&record(number)).unwrap()).collect()
}

#[tokio::test]
async fn a_poisoned_record_is_isolated_and_the_rest_processed_in_order() {
    let (mut stream, batches, _closing) =
        stream(|numbers| if numbers.contains(&3) { Err("poison") } else { Ok(json!({})) }, true);
    assert!(stream.handle("s", records(1..=4), "4").await);
    // Bisected until it is alone, retried once, then skipped.
    assert_eq!(
        *batches.lock().unwrap(),
        [vec![1, 2, 3, 4], vec![1, 2], vec![3, 4], vec![3], vec![3], vec![4]]
    );
    assert_eq!(stream.checkpoint.get("s"), Some("4"));
}

#[tokio::test]
async fn without_a_retry_limit_an_outage_is_retried() {
    let tries = Arc::new(Mutex::new(0));
    let answer = move |_: &[u64]| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        if *tries > 5 { Ok(json!({})) } else { Err("the queue is down") }
    };
    let (mut stream, batches, _closing) = stream(answer, true);
    stream.trigger.retries = None;
    assert!(stream.handle("s", records(1..=4), "4").await);
    let batches = batches.lock().unwrap();
    let (failed, handled) = batches.split_at(5);
    assert!(failed.iter().all(|batch| batch[0] == 1), "nothing overtakes what fails: {failed:?}");
    assert_eq!(handled.concat(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_batch_resumes_at_the_reported_record() {
    let tries = Arc::new(Mutex::new(0));
    let answer = move |_: &[u64]| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        Ok(if *tries == 1 {
            json!({ "batchItemFailures": [{ "itemIdentifier": "3" }] })
        } else {
            json!({ "batchItemFailures": [] })
        })
    };
    let (mut stream, batches, _closing) = stream(answer, false);
    assert!(stream.handle("s", records(1..=4), "4").await);
    assert_eq!(*batches.lock().unwrap(), [vec![1, 2, 3, 4], vec![3, 4]]);
    assert_eq!(stream.checkpoint.get("s"), Some("4"));
}

#[tokio::test]
async fn stopping_keeps_the_checkpoint_before_the_failure() {
    let (mut stream, _, closing) = stream(
        |numbers| {
            if numbers.contains(&2) {
                Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] }))
            } else {
                Ok(json!({}))
            }
        },
        false,
    );
    closing.send_replace(true);
    assert!(!stream.handle("s", records(1..=2), "2").await);
    assert_eq!(stream.checkpoint.get("s"), Some("1"));
}
