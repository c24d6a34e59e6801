"""Inputs: whether the feeds can be read and the log can be written."""

import os
from pathlib import Path

from agents.doctor.row import Row, silent, well, wrong
from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.feeds.aws import sqs_client
from streams.log.faults import LogInUse, LogUnusable
from streams.settings.model import FeedKind, FeedSettings, LogSettings
from streams.topics import plan

SPARE_BYTES = 2 << 30


def check_feed(feed: FeedSettings) -> Row:
    """Whether a queue answers or a folder can be listed; nothing is taken from either."""
    what = f"feed {feed.name}"
    if feed.kind is FeedKind.SQS:
        return _check_queue(what, feed)
    assert feed.path is not None
    if not feed.path.exists():
        return wrong(what, f"{feed.path} does not exist", "make the folder, or correct the feed's path")
    if not os.access(feed.path, os.R_OK):
        return wrong(what, f"{feed.path} cannot be read", "let the user that runs Countersign read it")
    return well(what, str(feed.path))


def _check_queue(what: str, feed: FeedSettings) -> Row:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - costs half a second

    assert feed.queue_url is not None
    client = sqs_client(feed.queue_url, feed.region, feed.endpoint_url)
    names = ["ApproximateNumberOfMessages", "VisibilityTimeout"]
    try:
        about = client.get_queue_attributes(QueueUrl=feed.queue_url, AttributeNames=names)["Attributes"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "refused")
        return wrong(what, code, "allow sqs:GetQueueAttributes, ReceiveMessage and DeleteMessage on this queue")
    except BotoCoreError as error:
        return silent(what, type(error).__name__, "are there AWS credentials, and a way to the queue from here?")
    finally:
        client.close()
    return well(what, f"{about['ApproximateNumberOfMessages']} messages wait")


def check_log(chosen: LogSettings) -> Row:
    """Whether the log can be ours, or is in the hand of a running pipeline, and has room to grow."""
    location = parse_location(chosen.url)
    folder = location.path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return wrong("log", f"{folder} is no folder we can write", "make it, or correct log.url")
    spare = os.statvfs(folder)
    if spare.f_bavail * spare.f_frsize < SPARE_BYTES:
        return wrong("log", f"under 2 GiB are free in {folder}", "make room: a full disk stops the pipeline")
    if not location.path.exists():
        return well("log", f"{location.path} will be made by the first run")
    return _check_existing(location.path, chosen)


def _check_existing(path: Path, chosen: LogSettings) -> Row:
    try:
        writer = LogWriter.open(parse_location(chosen.url), plan(chosen.partitions), chosen.retention_days)
    except LogInUse:
        with LogReader(path) as reader:
            return well("log", f"{path} is in use by a running pipeline, {len(reader.topics())} topics")
    except LogUnusable as fault:
        return wrong("log", str(fault), "see the message; a copy of the file can be read with --log")
    writer.close()
    return well("log", str(path))
