//! Operations on tables, and PartiQL.

use dynoxide::actions::batch_execute_statement::{
    self, BatchExecuteStatementRequest, BatchExecuteStatementResponse,
};
use dynoxide::actions::create_table::{self, CreateTableRequest, CreateTableResponse};
use dynoxide::actions::delete_table::{self, DeleteTableRequest, DeleteTableResponse};
use dynoxide::actions::describe_time_to_live::{
    self, DescribeTimeToLiveRequest, DescribeTimeToLiveResponse,
};
use dynoxide::actions::execute_statement::{
    self, ExecuteStatementRequest, ExecuteStatementResponse,
};
use dynoxide::actions::execute_transaction::{
    self, ExecuteTransactionRequest, ExecuteTransactionResponse,
};
use dynoxide::actions::list_tables::{self, ListTablesRequest, ListTablesResponse};
use dynoxide::actions::list_tags_of_resource::{
    self, ListTagsOfResourceRequest, ListTagsOfResourceResponse,
};
use dynoxide::actions::tag_resource::{self, TagResourceRequest, TagResourceResponse};
use dynoxide::actions::untag_resource::{self, UntagResourceRequest, UntagResourceResponse};
use dynoxide::actions::update_table::{self, UpdateTableRequest, UpdateTableResponse};
use dynoxide::actions::update_time_to_live::{
    self, UpdateTimeToLiveRequest, UpdateTimeToLiveResponse,
};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::{Result, storage::Storage};

use crate::cloud::dynamodb::catalogue::arns::with_real_arns;
use crate::cloud::dynamodb::operation::{Operation, Touch, Written, ready};

impl Operation for CreateTableRequest {
    type Answer = CreateTableResponse;
    const NAME: &'static str = "dynamodb:CreateTable";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn altered(&self) -> Option<&str> {
        Some(&self.table_name)
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(create_table::execute(storage, self))
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

impl Operation for UpdateTableRequest {
    type Answer = UpdateTableResponse;
    const NAME: &'static str = "dynamodb:UpdateTable";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn altered(&self) -> Option<&str> {
        Some(&self.table_name)
    }

    fn run(self, storage: &Storage, vectors: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(update_table::execute(storage, self, vectors))
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

impl Operation for DeleteTableRequest {
    type Answer = DeleteTableResponse;
    const NAME: &'static str = "dynamodb:DeleteTable";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn altered(&self) -> Option<&str> {
        Some(&self.table_name)
    }

    fn run(self, storage: &Storage, vectors: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(delete_table::execute(storage, self, vectors))
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

impl Operation for ListTablesRequest {
    type Answer = ListTablesResponse;
    const NAME: &'static str = "dynamodb:ListTables";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::anything(Self::NAME)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(list_tables::execute(storage, self))
    }
}

impl Operation for UpdateTimeToLiveRequest {
    type Answer = UpdateTimeToLiveResponse;
    const NAME: &'static str = "dynamodb:UpdateTimeToLive";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(update_time_to_live::execute(storage, self))
    }
}

impl Operation for DescribeTimeToLiveRequest {
    type Answer = DescribeTimeToLiveResponse;
    const NAME: &'static str = "dynamodb:DescribeTimeToLive";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(describe_time_to_live::execute(storage, self))
    }
}

impl Operation for TagResourceRequest {
    type Answer = TagResourceResponse;
    const NAME: &'static str = "dynamodb:TagResource";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, self.resource_arn.as_deref().unwrap_or_default())]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(tag_resource::execute(storage, self))
    }
}

impl Operation for UntagResourceRequest {
    type Answer = UntagResourceResponse;
    const NAME: &'static str = "dynamodb:UntagResource";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, self.resource_arn.as_deref().unwrap_or_default())]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(untag_resource::execute(storage, self))
    }
}

impl Operation for ListTagsOfResourceRequest {
    type Answer = ListTagsOfResourceResponse;
    const NAME: &'static str = "dynamodb:ListTagsOfResource";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, self.resource_arn.as_deref().unwrap_or_default())]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(list_tags_of_resource::execute(storage, self))
    }
}

/// The statement isn't parsed for IAM: only principals with all rights may use PartiQL.
impl Operation for ExecuteStatementRequest {
    type Answer = ExecuteStatementResponse;
    const NAME: &'static str = "dynamodb:ExecuteStatement";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::anything(Self::NAME)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(execute_statement::execute(storage, self))
    }
}

impl Operation for BatchExecuteStatementRequest {
    type Answer = BatchExecuteStatementResponse;
    const NAME: &'static str = "dynamodb:BatchExecuteStatement";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::anything(Self::NAME)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(batch_execute_statement::execute(storage, self))
    }
}

impl Operation for ExecuteTransactionRequest {
    type Answer = ExecuteTransactionResponse;
    const NAME: &'static str = "dynamodb:ExecuteTransaction";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::anything(Self::NAME)]
    }

    fn token(&self) -> Option<&str> {
        self.client_request_token.as_deref()
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(execute_transaction::execute(storage, self))
    }
}
