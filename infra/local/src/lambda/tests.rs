//! Tests of pools with small functions of their own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use builder_runtime::{Function, Job, Ports, Resources, Trigger};
use serde_json::{Value, json};

use super::*;

/// Returns a function of this process with a modified stanza.
pub(crate) fn lambda_of(job: Job, change: impl FnOnce(&mut template::Function)) -> Lambda {
    let mut stanza = template::Function {
        name: job.name.to_owned(),
        physical_name: job.name.to_owned(),
        stanza: "template.yaml: Resources.Test".to_owned(),
        memory_mb: 128,
        timeout: Duration::from_secs(3),
        environment: [("DATA_TABLE", "data"), ("LOG_LEVEL", "info")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        statements: Vec::new(),
        boundary: None,
        reserved_concurrency: None,
        async_retries: 0,
        on_failure: None,
        triggers: Vec::new(),
        role: None,
    };
    change(&mut stanza);
    let function = Function::new(job, Resources::new().variables(["DATA_TABLE"]));
    let code = Code::Linked { function, ports: Ports::default() };
    let variables = |function: &template::Function| {
        let mut variables = function.environment.clone();
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            variables.insert(name.to_owned(), "x".to_owned());
        }
        variables.insert("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1".to_owned());
        variables
    };
    Lambda::new([(stanza, code)], variables, &Recorder::default())
}

fn pool_of(job: Job, change: impl FnOnce(&mut template::Function)) -> Arc<Pool> {
    let name = job.name;
    lambda_of(job, change).function(name).unwrap()
}

fn sleepy() -> Job {
    Job::task("sleepy", Trigger::Operator, |_, event: Value| async move {
        tokio::time::sleep(Duration::from_millis(event["ms"].as_u64().unwrap_or_default())).await;
        match event["do"].as_str() {
            Some("panic") => panic!("by request"),
            Some("fail") => Err("by request".into()),
            _ => Ok(event),
        }
    })
}

#[tokio::test]
async fn an_environment_handles_one_event_at_a_time_and_is_used_again() {
    let pool = pool_of(sleepy(), |_| {});
    assert_eq!(pool.invoke(json!({ "a": 1 })).await, Ok(json!({ "a": 1 })));
    pool.invoke(json!({})).await.unwrap();
    assert_eq!(pool.idle_environments(), 1);
    let all = (0..3).map(|_| pool.invoke(json!({ "ms": 50 })));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!(pool.idle_environments(), 3);
}

#[tokio::test]
async fn a_timeout_ends_the_invocation_and_its_environment() {
    let pool = pool_of(sleepy(), |stanza| stanza.timeout = Duration::from_millis(300));
    pool.invoke(json!({})).await.unwrap();
    let start = Instant::now();
    // The job itself stops shortly before; a task that doesn't is cancelled.
    let failure = pool.invoke(json!({ "ms": 5_000 })).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(2), "{failure}");
    assert!(matches!(failure, Failure::Function { .. }));
}

#[tokio::test]
async fn a_panic_is_a_function_error_and_ends_the_environment() {
    let pool = pool_of(sleepy(), |_| {});
    pool.warm_up().await.unwrap();
    let failure = pool.invoke(json!({ "do": "panic" })).await.unwrap_err();
    assert_eq!(failure, Failure::function("Runtime.Panic", "by request"));
    assert_eq!(pool.idle_environments(), 0);
    assert_eq!(
        pool.invoke(json!({ "do": "fail" })).await,
        Err(Failure::function("Function.Error", "by request"))
    );
    assert_eq!(pool.idle_environments(), 1);
}

#[tokio::test]
async fn reserved_concurrency_throttles_further_invocations() {
    let pool = pool_of(sleepy(), |stanza| stanza.reserved_concurrency = Some(1));
    let (first, second) = tokio::join!(pool.invoke(json!({ "ms": 50 })), pool.invoke(json!({})));
    assert!(first.is_ok());
    assert_eq!(second, Err(Failure::Throttled));
}

#[tokio::test]
async fn an_invocation_continues_when_its_caller_disconnects() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let job = Job::task("counting", Trigger::Operator, |_, _| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        DONE.fetch_add(1, Ordering::SeqCst);
        Ok(Value::Null)
    });
    let pool = pool_of(job, |_| {});
    assert!(tokio::time::timeout(Duration::from_millis(10), pool.invoke(json!({}))).await.is_err());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(DONE.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let pool = pool_of(sleepy(), |stanza| stanza.environment.clear());
    let failure = pool.warm_up().await.unwrap_err().to_string();
    assert!(failure.contains("DATA_TABLE"), "{failure}");
}
