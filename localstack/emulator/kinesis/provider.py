"""The Kinesis API: one function an operation, and one place that maps the log's errors to the API's."""

from localstack.aws.api.kinesis import ResourceNotFoundException

from emulator.kinesis import consumers, records, shards, streams, tags
from emulator.kinesis.call import Call, Operation, Request, Response
from emulator.kinesis.limits import Limits
from emulator.kinesis.log import Clock, StreamLog, system_clock
from emulator.kinesis.model import UnknownShardError, UnknownStreamError

OPERATIONS: dict[str, Operation] = {
    "AddTagsToStream": tags.add_to_stream,
    "CreateStream": streams.create_stream,
    "DecreaseStreamRetentionPeriod": streams.decrease_retention,
    "DeleteResourcePolicy": tags.delete_policy,
    "DeleteStream": streams.delete_stream,
    "DeregisterStreamConsumer": consumers.deregister,
    "DescribeLimits": streams.describe_limits,
    "DescribeStream": streams.describe_stream,
    "DescribeStreamConsumer": consumers.describe,
    "DescribeStreamSummary": streams.describe_stream_summary,
    "DisableEnhancedMonitoring": streams.disable_monitoring,
    "EnableEnhancedMonitoring": streams.enable_monitoring,
    "GetRecords": records.get_records,
    "GetResourcePolicy": tags.get_policy,
    "GetShardIterator": records.get_shard_iterator,
    "IncreaseStreamRetentionPeriod": streams.increase_retention,
    "ListShards": shards.list_shards,
    "ListStreamConsumers": consumers.list_consumers,
    "ListStreams": streams.list_streams,
    "ListTagsForResource": tags.list_for_resource,
    "ListTagsForStream": tags.list_for_stream,
    "MergeShards": shards.merge_shards,
    "PutRecord": records.put_record,
    "PutRecords": records.put_records,
    "PutResourcePolicy": tags.put_policy,
    "RegisterStreamConsumer": consumers.register,
    "RemoveTagsFromStream": tags.remove_from_stream,
    "SplitShard": shards.split_shard,
    "StartStreamEncryption": streams.start_encryption,
    "StopStreamEncryption": streams.stop_encryption,
    "SubscribeToShard": consumers.subscribe,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateMaxRecordSize": streams.update_max_record_size,
    "UpdateShardCount": shards.update_shard_count,
    "UpdateStreamMode": streams.update_stream_mode,
    "UpdateStreamWarmThroughput": streams.update_warm_throughput,
}
"""Missing: DescribeAccountSettings and UpdateAccountSettings, which are about billing. LocalStack answers them as not implemented."""


class KinesisProvider:
    """Serves the operations from one log."""

    def __init__(self, log: StreamLog, limits: Limits, clock: Clock = system_clock) -> None:
        self._log = log
        self._limits = limits
        self._clock = clock

    def call(self, operation: Operation, request: Request, account_id: str, region: str) -> Response:
        """Run one operation for an account in a region, and map the log's errors to the API's."""
        call = Call(self._log, self._limits, self._clock, account_id, region)
        try:
            return operation(call, request)
        except (UnknownStreamError, UnknownShardError) as error:
            raise ResourceNotFoundException(str(error)) from error
