//! `GET /health/ready`: the readiness check. It calls the tables and the e-mail queue.

use aws_sdk_sqs::types::QueueAttributeName;
use builder_core::subscriptions::Queue;
use builder_runtime::{Access, Call, Function, Problem, Reply, Resources, Result, Route};
use builder_store::keys::TableName;
use serde::Serialize;
use utoipa::ToSchema;

/// The state of the API's dependencies.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Always `ready`. If a dependency isn't available, the response is 503.
    #[schema(example = "ready")]
    status: &'static str,
    /// The dependencies that were checked.
    #[schema(example = json!(["data table", "ephemeral table", "email queue"]))]
    reached: Vec<&'static str>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("ready", "/health/ready", Access::Public, ready)
            .summary("Check readiness")
            .description("Returns whether the API can reach its tables and its e-mail queue.")
            .with_head(),
        Resources::new().memory(128).describe_tables().describe_queue("EMAIL_QUEUE_URL"),
    )
}

async fn ready(call: Call) -> Result<Reply<Readiness>> {
    let queue = async {
        let client = call.app().get_or_init(|| call.app().aws().sqs());
        let url = call.env().require(Queue::Email.variable())?;
        let request = client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::QueueArn);
        call.table().call(request.send()).await.map(drop)
    };
    let tables = call.table();
    let checks =
        futures::try_join!(tables.ping(TableName::Data), tables.ping(TableName::Ephemeral), queue);
    // The status is 503 whatever the cause: a missing table, too, means that the API isn't ready.
    checks.map_err(|error| Problem::unavailable(5, Some(error.into())))?;
    Ok(Reply::ok(&Readiness {
        status: "ready",
        reached: vec!["data table", "ephemeral table", "email queue"],
    })?)
}
