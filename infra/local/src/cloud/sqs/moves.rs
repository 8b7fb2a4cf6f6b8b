//! Moving dead letters back: `StartMessageMoveTask`. Here a task is done when it is started.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::queue::{Queue, sources};
use super::{Context, Sqs};
use crate::cloud::arn;
use crate::cloud::error::AwsError;

/// The latest tasks, until the cloud is closed.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    tasks: Arc<Mutex<VecDeque<Value>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMove {
    source_arn: String,
    destination_arn: Option<String>,
}

impl Moves {
    /// The latest tasks of a queue, newest first.
    pub(super) fn list(&self, request: &Value) -> Value {
        let most = request["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let results: Vec<&Value> = tasks.iter().filter(|task| task["SourceArn"] == request["SourceArn"]).take(most).collect();
        json!({"Results": results})
    }

    fn note(&self, task: Value) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push_front(task);
        tasks.truncate(100);
    }
}

impl Sqs {
    pub(super) async fn start_move(&self, context: Context, request: StartMove) -> Result<Value, AwsError> {
        let (now, task) = (context.now, request.clone());
        let moved = self.store.run(move |store| move_all(store, &context, &request)).await??;
        for queue in &moved.queues {
            self.wakes.ring(queue);
        }
        self.moves.note(json!({
            "SourceArn": task.source_arn,
            "DestinationArn": task.destination_arn,
            "Status": "COMPLETED",
            "ApproximateNumberOfMessagesMoved": moved.count,
            "ApproximateNumberOfMessagesToMove": moved.count,
            "StartedTimestamp": now,
        }));
        Ok(json!({"TaskHandle": Uuid::now_v7().to_string()}))
    }
}

struct Moved {
    count: usize,
    queues: Vec<String>,
}

/// Moves everything visible to the destination, or to where it came from. To SQS these are new messages.
fn move_all(store: &mut Connection, context: &Context, request: &StartMove) -> Result<Moved, AwsError> {
    let transaction = store.transaction()?;
    let source = Queue::load(&transaction, &request.source_arn)?;
    if sources(&transaction, &source.name)?.is_empty() {
        return Err(super::invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = request.destination_arn.as_deref().map(|arn| Queue::load(&transaction, arn)).transpose()?;
    let waiting: Vec<(i64, Option<String>)> = transaction
        .prepare_cached("SELECT id, came_from FROM messages WHERE queue = ?1 AND visible_at <= ?2")?
        .query_map(params![source.name, context.now], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut moved = Moved { count: 0, queues: Vec::new() };
    for (id, came_from) in waiting {
        let target = match (&destination, &came_from) {
            (Some(queue), _) => queue.name.clone(),
            (None, Some(arn)) => arn::queue_name(arn).to_owned(),
            (None, None) => continue,
        };
        transaction
            .prepare_cached(
                "UPDATE messages SET queue = ?2, message_id = ?3, sent_at = ?4, visible_at = ?4, received = 0,
                                     receipt = NULL, first_received_at = NULL, came_from = NULL
                 WHERE id = ?1",
            )?
            .execute(params![id, target, Uuid::now_v7().to_string(), context.now])?;
        moved.count += 1;
        if !moved.queues.contains(&target) {
            moved.queues.push(target);
        }
    }
    transaction.commit()?;
    Ok(moved)
}
