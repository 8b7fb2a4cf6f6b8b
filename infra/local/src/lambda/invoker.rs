//! The implementation of `aws lambda invoke` on the AWS endpoint.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use super::{Failure, Lambda, Pool};
use crate::aws::Clients;
use crate::cloud::{InvokeError, Invoked, Invoker};

/// Runs functions for the Lambda API.
pub(crate) struct LambdaApi {
    pub(crate) lambda: Lambda,
    /// Weak: the clients own the cloud, which owns this, and a stopped stack must close its files.
    pub(crate) clients: Weak<Clients>,
}

impl LambdaApi {
    /// Finds `place-order`, also by its physical name `builder-dev-place-order`.
    fn find(&self, name: &str) -> Result<Arc<Pool>, InvokeError> {
        if let Some(exact) = self.lambda.function(name) {
            return Ok(exact);
        }
        let fits = |pool: &&Arc<Pool>| {
            name.strip_suffix(pool.name()).is_some_and(|prefix| prefix.ends_with('-'))
        };
        let longest = self.lambda.functions().filter(fits).max_by_key(|pool| pool.name().len());
        longest.cloned().ok_or(InvokeError::NotFound)
    }
}

#[async_trait]
impl Invoker for LambdaApi {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Invoked, InvokeError> {
        let pool = self.find(function)?;
        match pool.invoke(parse(&event)?).await {
            Ok(result) => Ok(Invoked { payload: result.to_string().into(), failed: false }),
            Err(Failure::Throttled) => Err(InvokeError::Throttled),
            Err(failure) => {
                Ok(Invoked { payload: failure.payload().to_string().into(), failed: true })
            }
        }
    }

    async fn enqueue(&self, function: &str, event: Bytes) -> Result<(), InvokeError> {
        let pool = self.find(function)?;
        let event = parse(&event)?;
        let clients = self
            .clients
            .upgrade()
            .ok_or_else(|| InvokeError::Failed("the stack is stopping".to_owned()))?;
        let aws = clients.of(pool.name());
        self.lambda.enqueue(pool, event, aws);
        Ok(())
    }
}

/// Parses an event. An empty one is an empty object, as in Lambda.
fn parse(event: &Bytes) -> Result<Value, InvokeError> {
    if event.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(event)
        .map_err(|error| InvokeError::Failed(format!("the event is not JSON: {error}")))
}
