//! Redrive of dead letters: `StartMessageMoveTask`. Here a task is complete when the call returns.

use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::queue::{Queue, sources};
use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::sqs::{Context, Sqs, invalid};

/// How many tasks of a queue are listed.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>
const KEPT: i64 = 10;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct StartMove {
    source_arn: String,
    destination_arn: Option<String>,
}

impl Sqs {
    pub(in crate::cloud::sqs) async fn start_move(
        &self,
        context: Context,
        request: StartMove,
    ) -> Result<Value, AwsError> {
        let moved = self.store.run(move |store| move_all(store, &context, &request)).await??;
        for queue in &moved.queues {
            self.wakes.ring(queue);
        }
        Ok(json!({"TaskHandle": Uuid::now_v7().to_string()}))
    }

    /// Returns the latest tasks of a queue, newest first.
    pub(in crate::cloud::sqs) async fn list_moves(
        &self,
        request: ListMoves,
    ) -> Result<Value, AwsError> {
        let most = request.max_results.unwrap_or(1);
        if !(1..=KEPT).contains(&most) {
            return Err(invalid(format!(
                "Value {most} for parameter MaxResults is invalid. Reason: Must be between 1 and \
                 {KEPT}."
            )));
        }
        let list = move |store: &mut Connection| {
            let source = Queue::load(store, &request.source_arn)?;
            let mut statement = store.prepare_cached(
                "SELECT document FROM moves WHERE source = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let documents =
                statement.query_map(params![source.name, most], |row| row.get::<_, String>(0))?;
            documents
                .map(|document| Ok(serde_json::from_str(&document?)?))
                .collect::<Result<Vec<Value>, AwsError>>()
        };
        Ok(json!({"Results": self.store.run(list).await??}))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct ListMoves {
    source_arn: String,
    max_results: Option<i64>,
}

struct Moved {
    count: usize,
    queues: Vec<String>,
}

/// Moves all visible messages to the destination, or to their source queues. SQS treats them as new
/// messages.
fn move_all(
    store: &mut Connection,
    context: &Context,
    request: &StartMove,
) -> Result<Moved, AwsError> {
    let transaction = store.transaction()?;
    let source = Queue::load(&transaction, &request.source_arn)?;
    if sources(&transaction, &source.name)?.is_empty() {
        return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination =
        request.destination_arn.as_deref().map(|arn| Queue::load(&transaction, arn)).transpose()?;
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
    note(&transaction, context, request, &source.name, moved.count)?;
    transaction.commit()?;
    Ok(moved)
}

/// Stores a task, and deletes old ones of the queue.
fn note(
    store: &Connection,
    context: &Context,
    request: &StartMove,
    source: &str,
    count: usize,
) -> Result<(), AwsError> {
    let task = json!({
        "SourceArn": request.source_arn,
        "DestinationArn": request.destination_arn,
        "Status": "COMPLETED",
        "ApproximateNumberOfMessagesMoved": count,
        "ApproximateNumberOfMessagesToMove": count,
        "StartedTimestamp": context.now,
    });
    store
        .prepare_cached("INSERT INTO moves (source, document) VALUES (?1, ?2)")?
        .execute(params![source, task.to_string()])?;
    store
        .prepare_cached(
            "DELETE FROM moves WHERE source = ?1
             AND id NOT IN (SELECT id FROM moves WHERE source = ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .execute(params![source, KEPT])?;
    Ok(())
}
