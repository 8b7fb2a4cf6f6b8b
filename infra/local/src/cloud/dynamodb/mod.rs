//! DynamoDB and its streams, implemented by the embedded engine `dynoxide`.
//!
//! Requests are parsed and responses serialized on the runtime's threads; only the engine's work is
//! done on the thread that owns the database.

mod access;
mod catalogue;
mod engine;
mod items;
mod leading_keys;
mod operation;
mod streams;
mod tables;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use dynoxide::actions;
use dynoxide::storage::Storage;
use http::{HeaderValue, Response, StatusCode};
use s3s::Body;
use tokio::sync::watch;

use super::Inner;
use super::database::db_thread::DbThread;
use super::error::AwsError;
use super::iam::caller::Caller;
use catalogue::{Catalogue, projection};
use engine::{Engine, once};
use operation::Operation;
use streams::records;
use tables::described::Described;

/// The DynamoDB of the local cloud.
pub(super) struct DynamoDb {
    region: Arc<str>,
    db: DbThread<Engine>,
    catalogue: Arc<Catalogue>,
    described: Described,
    written: Arc<watch::Sender<u64>>,
}

impl DynamoDb {
    /// Opens the tables in `data_dir`, or starts in memory without tables.
    pub(super) fn open(
        data_dir: Option<&Path>,
        region: &str,
        index_delay: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let storage = match data_dir {
            Some(directory) => {
                let path = directory.join("dynamodb.sqlite");
                let path = path.to_str().context("the data directory's name is not UTF-8")?;
                Storage::new(path).with_context(|| format!("cannot open {path}"))?
            }
            None => Storage::memory()?,
        };
        let catalogue = Arc::new(Catalogue::default());
        let engine = Engine::new(storage, Arc::clone(&catalogue), index_delay)?;
        Ok(Self {
            region: Arc::from(region),
            db: DbThread::open("dynamodb", engine)?,
            catalogue,
            described: Described::default(),
            written: Arc::new(watch::Sender::new(0)),
        })
    }

    pub(super) fn stream_written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Responds to one request.
    pub(super) async fn respond(
        &self,
        cloud: &Inner,
        caller: &Caller,
        operation: &str,
        body: Bytes,
    ) -> Result<Response<Body>, AwsError> {
        let call = Call { cloud, caller, body };
        let answer = match operation {
            "GetItem" => self.run::<actions::get_item::GetItemRequest>(call).await,
            "PutItem" => self.run::<actions::put_item::PutItemRequest>(call).await,
            "UpdateItem" => self.run::<actions::update_item::UpdateItemRequest>(call).await,
            "DeleteItem" => self.run::<actions::delete_item::DeleteItemRequest>(call).await,
            "Query" => self.run::<actions::query::QueryRequest>(call).await,
            "Scan" => self.run::<actions::scan::ScanRequest>(call).await,
            "BatchGetItem" => self.run::<actions::batch_get_item::BatchGetItemRequest>(call).await,
            "BatchWriteItem" => {
                self.run::<actions::batch_write_item::BatchWriteItemRequest>(call).await
            }
            "TransactGetItems" => {
                self.run::<actions::transact_get_items::TransactGetItemsRequest>(call).await
            }
            "TransactWriteItems" => {
                self.run::<actions::transact_write_items::TransactWriteItemsRequest>(call).await
            }
            "ListStreams" => self.run::<actions::list_streams::ListStreamsRequest>(call).await,
            "DescribeStream" => {
                self.run::<actions::describe_stream::DescribeStreamRequest>(call).await
            }
            "GetShardIterator" => {
                self.run::<actions::get_shard_iterator::GetShardIteratorRequest>(call).await
            }
            "GetRecords" => self.run::<records::GetRecords>(call).await,
            "CreateTable" => self.run::<actions::create_table::CreateTableRequest>(call).await,
            "UpdateTable" => self.run::<actions::update_table::UpdateTableRequest>(call).await,
            "DeleteTable" => self.run::<actions::delete_table::DeleteTableRequest>(call).await,
            "DescribeTable" => {
                self.run::<actions::describe_table::DescribeTableRequest>(call).await
            }
            "ListTables" => self.run::<actions::list_tables::ListTablesRequest>(call).await,
            "UpdateTimeToLive" => {
                self.run::<actions::update_time_to_live::UpdateTimeToLiveRequest>(call).await
            }
            "DescribeTimeToLive" => {
                self.run::<actions::describe_time_to_live::DescribeTimeToLiveRequest>(call).await
            }
            "TagResource" => self.run::<actions::tag_resource::TagResourceRequest>(call).await,
            "UntagResource" => {
                self.run::<actions::untag_resource::UntagResourceRequest>(call).await
            }
            "ListTagsOfResource" => {
                self.run::<actions::list_tags_of_resource::ListTagsOfResourceRequest>(call).await
            }
            "ExecuteStatement" => {
                self.run::<actions::execute_statement::ExecuteStatementRequest>(call).await
            }
            "BatchExecuteStatement" => {
                self.run::<actions::batch_execute_statement::BatchExecuteStatementRequest>(call)
                    .await
            }
            "ExecuteTransaction" => {
                self.run::<actions::execute_transaction::ExecuteTransactionRequest>(call).await
            }
            _ => Err(AwsError::invalid(
                "com.amazon.coral.service#UnknownOperationException",
                format!("the local DynamoDB does not support {operation}"),
            )),
        }?;
        let mut response = Response::new(Body::from(answer));
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        Ok(response)
    }

    async fn run<O: Operation>(&self, call: Call<'_>) -> Result<Bytes, AwsError> {
        let operation: O = read(&call.body)?;
        if !call.caller.principal.is_administrator() {
            call.caller.authorize(&access::checks(&operation, self, &call.caller.principal))?;
        }
        let through = call.cloud.faults_for(call.caller, O::NAME).await?;
        if let Some(asked) = operation.asked() {
            projection::check(asked, &self.catalogue)?;
        }
        let once = operation
            .token()
            .map(|token| once::Once::new(O::NAME, &call.caller.principal.name, token, &call.body));
        if let Some(answer) = operation.described().and_then(|table| self.described.recent(table)) {
            return through.finish().map(|()| answer);
        }
        let wakes = operation.written().any(|table| self.catalogue.has_stream(table));
        let stale = through.stale_index && operation.reads_global_index(&self.catalogue);
        let (region, written) = (Arc::clone(&self.region), Arc::clone(&self.written));
        let described = self.described.clone();
        let (altered, describes) =
            (operation.altered().map(str::to_owned), operation.described().map(str::to_owned));
        let work = move |engine: &mut Engine| {
            if let Some(once) = &once
                && let Some(answer) = once::begin(engine.storage.conn(), once)?
            {
                return Ok(Done::Before(answer));
            }
            let done = engine.run(operation, stale).map_err(refuse);
            if let Some(once) = &once {
                let written = done.as_ref().ok().and_then(|answer| O::write(answer, &region).ok());
                once::end(engine.storage.conn(), once, written.as_deref())?;
            }
            let answer = done?;
            if let Some(table) = altered {
                described.forget(&table);
            }
            if let Some(table) = describes {
                described.remember(table, Bytes::from(O::write(&answer, &region)?));
            }
            if wakes {
                written.send_modify(|count| *count = count.wrapping_add(1));
            }
            Ok::<_, AwsError>(Done::Now(answer))
        };
        let done = self.db.run(work).await??;
        through.finish()?;
        match done {
            Done::Now(answer) => Ok(Bytes::from(O::write(&answer, &self.region)?)),
            Done::Before(answer) => Ok(answer),
        }
    }
}

/// The result of a request.
enum Done<T> {
    Now(T),
    /// It was executed before, under the same token, with this response.
    Before(Bytes),
}

/// One request in progress.
struct Call<'a> {
    cloud: &'a Inner,
    caller: &'a Caller,
    body: Bytes,
}

/// Parses a request. The engine prefixes its own validation errors with the type of error.
fn read<O: Operation>(body: &[u8]) -> Result<O, AwsError> {
    const SERIALIZATION: &str = "com.amazon.coral.service#SerializationException";
    const VALIDATION: &str = "com.amazon.coral.validate#ValidationException";
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        match message.split_once(':') {
            Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", text)) => {
                AwsError::invalid(VALIDATION, text)
            }
            Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", text)) => {
                AwsError::invalid(SERIALIZATION, text)
            }
            _ if message.contains("missing field") || message.contains("AttributeValue") => {
                AwsError::invalid(VALIDATION, message)
            }
            _ => AwsError::invalid(SERIALIZATION, message),
        }
    })
}

fn refuse(error: dynoxide::DynoxideError) -> AwsError {
    let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
    if status.is_server_error() {
        tracing::error!(%error, "the embedded DynamoDB failed");
    }
    AwsError::Written { status, body: Bytes::from(error.to_json()) }
}
