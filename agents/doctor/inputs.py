"""Inputs: whether the feeds can be read and the log can be written."""

import os
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from agents.doctor.row import Row, silent, well, wrong
from agents.gateway.listening import AddressRefused, try_address
from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.feeds.aws import sqs_client
from streams.log.faults import LogInUse, LogUnusable
from streams.log.opening import compare_topics, is_kafka
from streams.settings.model import FeedKind, FeedSettings, GatewaySettings, LogSettings
from streams.topics import plan

SPARE_BYTES = 2 << 30
PROBE_S = 2.0


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
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415 - costs half a second

    assert feed.queue_url is not None
    client = sqs_client(feed.queue_url, feed.region, feed.endpoint_url)
    names = ["ApproximateNumberOfMessages", "VisibilityTimeout"]
    try:
        about = client.get_queue_attributes(QueueUrl=feed.queue_url, AttributeNames=names)["Attributes"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "refused")
        return wrong(what, code, "allow sqs:GetQueueAttributes, ReceiveMessage and DeleteMessage on this queue")
    except NoCredentialsError:
        return wrong(
            what, "there are no AWS credentials", "give this machine a role, or the environment a profile"
        )
    except BotoCoreError as error:
        return silent(what, type(error).__name__, "is there a way to the queue from here?")
    finally:
        client.close()
    return well(what, f"{about['ApproximateNumberOfMessages']} messages wait")


def check_gateway(chosen: GatewaySettings) -> Row:
    """Whether the pages and the probes can be served; a pipeline of ours that serves them already is well."""
    if _answers(f"http://{chosen.listen}/livez"):
        return well("gateway", f"{chosen.listen} is served by a running pipeline")
    try:
        try_address(chosen.host, chosen.port)
    except AddressRefused as refused:
        return wrong("gateway", str(refused), "see gateway.listen in the configuration")
    return well("gateway", chosen.listen)


def _answers(probe: str) -> bool:
    """Whether what listens there answers a probe as our gateway does."""
    straight = build_opener(ProxyHandler({}))
    try:
        with straight.open(probe, timeout=PROBE_S) as answer:
            return bool(answer.read(100) == b'{"status": "ok"}')
    except (OSError, HTTPException, ValueError):
        return False


def check_log(chosen: LogSettings) -> Row:
    """Whether the log can be ours, or is in the hand of a running pipeline, and has room to grow."""
    if is_kafka(chosen):
        return _check_cluster(chosen)
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


def _check_cluster(chosen: LogSettings) -> Row:
    """Whether the brokers answer, and the topics are what the roles would refuse to go without."""
    try:
        found = compare_topics(chosen)
    except LogUnusable as fault:
        return silent("log", str(fault), "check that the brokers run, and [log] in the configuration")
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return wrong(
            "log", f"{found[0]}{more}", "`countersign topics plan` lists it, `countersign topics apply` mends"
        )
    return well("log", f"{chosen.url}, {len(plan(chosen.partitions))} topics as they have to be")


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
