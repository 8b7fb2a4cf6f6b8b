//! Invokes functions when their schedules are due.

use std::sync::Arc;
use std::time::Duration;

use builder_store::clock::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Poller;
use crate::aws::Aws;
use crate::closing::closed;
use crate::syntax::schedule;
use crate::template::ScheduleTrigger;
use crate::time;

/// Runs one schedule until the stack stops. The process's time determines when it is due, the
/// stack's clock the time in the event.
pub(super) async fn run(mut poller: Poller, trigger: ScheduleTrigger, clock: Arc<dyn Clock>) {
    let Ok(schedule) = schedule::parse(&trigger.expression) else { return };
    while let Some(due) = schedule.next(time::now()) {
        let wait = Duration::try_from(due - time::now()).unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = closed(&mut poller.closing) => return,
        }
        let event = event(&trigger, clock.now(), &poller.aws);
        poller.lambda.enqueue(Arc::clone(&poller.function), event, poller.aws.clone());
    }
}

/// Returns the event that EventBridge Scheduler sends: the input of the schedule, or a default
/// event.
pub(crate) fn event(schedule: &ScheduleTrigger, time: Timestamp, aws: &Aws) -> Value {
    if let Some(input) = &schedule.input {
        return input.clone();
    }
    let schedule = &schedule.name;
    let (region, account) = (aws.region(), aws.account());
    json!({
        "version": "0",
        "id": uuid::Uuid::now_v7().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": region,
        "resources": [format!("arn:aws:scheduler:{region}:{account}:schedule/default/{schedule}")],
        "detail": "{}",
    })
}
