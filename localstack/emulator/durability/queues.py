"""What becomes of a queue's messages: kept when they were sent, forgotten when they were deleted, sent again when the queue is made again.

A message that comes again has a new id, was received by nobody yet, and is as old as its queue; one that had outlived its queue's
retention period does not come again.
"""

import base64
import time
from collections.abc import Callable
from typing import Any

from emulator.durability.contents import Contents, StoredMessage

_SENT = ("MessageBody", "MessageAttributes", "MessageSystemAttributes", "MessageDeduplicationId", "MessageGroupId")


class Queues:
    """`sqs(account, region)` is a client of this LocalStack."""

    def __init__(self, contents: Contents, sqs: Callable[[str, str], Any], clock: Callable[[], float] = time.time) -> None:
        self._contents = contents
        self._sqs = sqs
        self._clock = clock
        self._known: set[str] = set()
        self._follows: dict[str, Callable[[str, Any, Any], None]] = {
            "SendMessage": self._sent,
            "SendMessageBatch": self._batch_sent,
            "DeleteMessage": self._deleted,
            "DeleteMessageBatch": self._batch_deleted,
            "PurgeQueue": self._emptied,
            "DeleteQueue": self._removed,
        }

    def took(self, operation: str, scope: tuple[str, str], request: Any, response: Any) -> None:
        """A request of that operation was carried out for an account and a region."""
        if operation == "CreateQueue":
            self._fill(scope, request["QueueName"], response["QueueUrl"])
        elif follow := self._follows.get(operation):
            follow(_queue(scope, request["QueueUrl"].rsplit("/", 1)[-1]), request, response)

    def _sent(self, queue: str, request: Any, response: Any) -> None:
        self._keep(queue, response["MessageId"], request)

    def _batch_sent(self, queue: str, request: Any, response: Any) -> None:
        entries = {entry["Id"]: entry for entry in request["Entries"]}
        for sent in response.get("Successful", ()):
            self._keep(queue, sent["MessageId"], entries[sent["Id"]])

    def _deleted(self, _queue: str, request: Any, _response: Any) -> None:
        self._contents.remove_message(_message_id(request["ReceiptHandle"]))

    def _batch_deleted(self, _queue: str, request: Any, response: Any) -> None:
        gone = {deleted["Id"] for deleted in response.get("Successful", ())}
        for entry in request["Entries"]:
            if entry["Id"] in gone:
                self._contents.remove_message(_message_id(entry["ReceiptHandle"]))

    def _emptied(self, queue: str, _request: Any, _response: Any) -> None:
        self._contents.remove_queue(queue)

    def _removed(self, queue: str, _request: Any, _response: Any) -> None:
        self._known.discard(queue)
        self._contents.remove_queue(queue)

    def _keep(self, queue: str, message_id: str, request: Any) -> None:
        sent = {name: request[name] for name in _SENT if request.get(name)}
        self._contents.put_message(queue, StoredMessage(message_id, self._clock(), sent))

    def _fill(self, scope: tuple[str, str], name: str, url: str) -> None:
        queue = _queue(scope, name)
        if queue in self._known:
            return
        self._known.add(queue)
        sqs, messages = self._sqs(*scope), self._contents.messages(queue)
        if not messages:
            return
        kept_s = int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])["Attributes"]["MessageRetentionPeriod"]
        )
        for it in messages:
            if self._clock() - it.sent_at > kept_s:
                self._contents.remove_message(it.message_id)
            else:
                again = sqs.send_message(QueueUrl=url, **it.request)
                self._contents.rename_message(it.message_id, again["MessageId"])


def _queue(scope: tuple[str, str], name: str) -> str:
    return "/".join((*scope, name))


def _message_id(receipt_handle: str) -> str:
    """LocalStack's handles say which message they are of: a random part, the queue's ARN, the message's id, and when."""
    return base64.b64decode(receipt_handle).decode().split(" ")[2]
