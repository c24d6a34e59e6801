"""Feeders: how a benchmark's records reach the product: log files in a folder, or events in a queue."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from benchmarks.load.records import Arrival
from benchmarks.load.sqs_queue import Queue
from tests.support.aws import ENVIRON

SETTLED_S = 60


class Feeder(Protocol):
    """A feed of the product, from its other end; `environ` lets the product reach it."""

    environ: dict[str, str]

    def settings(self, accounts: Sequence[str]) -> dict[str, Any]:
        """The feed's section of the configuration."""

    def deliver(self, arrivals: Sequence[Arrival]) -> None:
        """Hand records over; returns when the source has them."""

    def __enter__(self) -> Self:
        """Start what the feed needs."""

    def __exit__(self, *ended: object) -> None:
        """Stop what was started."""


class FilesFeeder:
    """One log file for each delivery, renamed into the folder when it is whole."""

    def __init__(self, folder: Path) -> None:
        self.environ: dict[str, str] = {}
        self._folder = folder
        self._files = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *ended: object) -> None:
        return

    def settings(self, accounts: Sequence[str]) -> dict[str, Any]:
        """A folder that is watched."""
        return {"kind": "files", "name": "trail", "path": str(self._folder), "accounts": list(accounts)}

    def deliver(self, arrivals: Sequence[Arrival]) -> None:
        """Write one file."""
        self._files += 1
        part = self._folder / f".{self._files:06d}.part"
        part.write_bytes(b'{"Records":[%b]}' % b",".join(one.record for one in arrivals))
        # The feed takes a file at once when nobody has written to it lately; this one is whole already.
        os.utime(part, (time.time() - SETTLED_S,) * 2)
        part.rename(self._folder / f"{self._files:06d}.json")


class QueueFeeder:
    """An SQS queue; one EventBridge event a message, raw delivery."""

    def __init__(self) -> None:
        self.environ = dict(ENVIRON)
        self._queue = Queue()

    def __enter__(self) -> Self:
        self._queue.__enter__()
        return self

    def __exit__(self, *ended: object) -> None:
        self._queue.__exit__(*ended)

    def settings(self, accounts: Sequence[str]) -> dict[str, Any]:
        """The queue."""
        queue = self._queue
        about = {"kind": "sqs", "name": "queue", "queue_url": queue.url, "endpoint_url": queue.endpoint}
        return {**about, "accounts": list(accounts)}

    def deliver(self, arrivals: Sequence[Arrival]) -> None:
        """A message each."""
        self._queue.put(event(one.record).decode() for one in arrivals)


def event(record: bytes) -> bytes:
    """The record as EventBridge wraps it."""
    fields = json.loads(record)
    about = {
        "version": "0",
        "id": fields["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{fields['eventSource'].partition('.')[0]}",
        "account": fields["recipientAccountId"],
        "time": fields["eventTime"],
        "region": fields["awsRegion"],
        "resources": [],
    }
    return json.dumps(about).encode()[:-1] + b', "detail": ' + record + b"}"
