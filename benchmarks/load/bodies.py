"""Bodies: a load as each kind of source delivers it, and what it takes at least to decode the same bytes."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec

from benchmarks.load.feeders import event
from benchmarks.load.records import Arrival
from streams.feeds.feed import Batch, Delivery

FILE_RECORDS = 500
SQS_BATCH = 10
TOPIC_ARN = "arn:aws:sns:eu-west-1:111111111111:calls"
_decode = msgspec.json.Decoder().decode


class Shape(NamedTuple):
    """A kind of source: its batches, and the bare decoding of one of its bodies."""

    name: str
    batches: Callable[[Sequence[Arrival]], Iterator[Batch]]
    bare: Callable[[bytes], Any]


def _files(arrivals: Sequence[Arrival], pack: Callable[[bytes], bytes], suffix: str) -> Iterator[Batch]:
    for start in range(0, len(arrivals), FILE_RECORDS):
        records = b",".join(one.record for one in arrivals[start : start + FILE_RECORDS])
        name = f"{start:08d}.json{suffix}"
        yield Batch([Delivery(pack(b'{"Records":[%b]}' % records), name, file=name)])


def _queue(arrivals: Sequence[Arrival], wrap: Callable[[bytes], bytes]) -> Iterator[Batch]:
    numbers = count()
    for start in range(0, len(arrivals), SQS_BATCH):
        batch = arrivals[start : start + SQS_BATCH]
        yield Batch([Delivery(wrap(event(one.record)), str(next(numbers))) for one in batch])


def _notice(body: bytes) -> bytes:
    """As SNS delivers it to a queue without raw delivery."""
    about = {"Type": "Notification", "MessageId": "0", "TopicArn": TOPIC_ARN, "Message": body.decode()}
    return json.dumps(about).encode()


SHAPES = (
    Shape("log files", lambda arrivals: _files(arrivals, bytes, ""), _decode),
    Shape(
        "log files, gzip",
        lambda arrivals: _files(arrivals, lambda body: gzip.compress(body, 6), ".gz"),
        lambda body: _decode(gzip.decompress(body)),
    ),
    Shape("SQS bodies, EventBridge", lambda arrivals: _queue(arrivals, bytes), _decode),
    Shape(
        "SQS bodies, SNS around EventBridge",
        lambda arrivals: _queue(arrivals, _notice),
        lambda body: _decode(_decode(body)["Message"]),
    ),
)
