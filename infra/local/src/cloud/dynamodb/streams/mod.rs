//! Operations on streams.

pub(super) mod records;

use dynoxide::Result;
use dynoxide::actions::describe_stream::{self, DescribeStreamRequest, DescribeStreamResponse};
use dynoxide::actions::get_shard_iterator::{
    self, GetShardIteratorRequest, GetShardIteratorResponse, decode_shard_iterator,
};
use dynoxide::actions::list_streams::{self, ListStreamsRequest, ListStreamsResponse};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::streams::shard_id;

use super::catalogue::arns::with_real_arns;
use super::operation::{Keys, On, Operation, Touch, Written, ready};

impl Operation for ListStreamsRequest {
    type Answer = ListStreamsResponse;
    const NAME: &'static str = "dynamodb:ListStreams";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::anything(Self::NAME)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(list_streams::execute(storage, self))
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

/// The one shard of every stream. The engine's own name for it is shorter than clients accept.
const SHARD: &str = "shardId-00000000000000000001-00000001";

impl Operation for DescribeStreamRequest {
    type Answer = DescribeStreamResponse;
    const NAME: &'static str = "dynamodb:DescribeStream";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![on_stream(Self::NAME, &self.stream_arn)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        let mut answer = ready(describe_stream::execute(storage, self))?;
        for shard in &mut answer.stream_description.shards {
            SHARD.clone_into(&mut shard.shard_id);
            // With an ending sequence number, the shard would be closed, and readers would stop
            // there.
            shard.sequence_number_range.ending_sequence_number = None;
        }
        Ok(answer)
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

impl Operation for GetShardIteratorRequest {
    type Answer = GetShardIteratorResponse;
    const NAME: &'static str = "dynamodb:GetShardIterator";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![on_stream(Self::NAME, &self.stream_arn)]
    }

    fn run(mut self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        if self.shard_id == SHARD {
            self.shard_id = shard_id(crate::cloud::arn::table_name(&self.stream_arn));
        }
        ready(get_shard_iterator::execute(storage, self))
    }
}

pub(super) fn on_stream<'a>(action: &'static str, stream: &'a str) -> Touch<'a> {
    Touch { action, on: On::Stream(stream), keys: Keys::None }
}

/// Returns the table of a stream's ARN or of a shard iterator.
pub(super) fn table_of(arn_or_iterator: &str) -> Option<String> {
    if arn_or_iterator.starts_with("arn:") {
        return Some(crate::cloud::arn::table_name(arn_or_iterator).to_owned());
    }
    decode_shard_iterator(arn_or_iterator).map(|(table, ..)| table)
}
