"""Inputs: whether the feeds can be read and the log can be written."""

import os
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from agents.clients.reach import reach_of
from agents.doctor.row import Row, remedy, silent, well, wrong
from agents.gateway.listening import AddressRefused, try_address
from streams.counted import counted
from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.feeds.aws import RegionUnknownError, sqs_client
from streams.log.faults import LogInUse, LogUnusable, silence_of
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
    from botocore import exceptions as faults  # noqa: PLC0415 - costs half a second

    assert feed.queue_url is not None
    names = ["ApproximateNumberOfMessages", "VisibilityTimeout"]
    try:
        with closing(sqs_client(feed.queue_url, feed.region, feed.endpoint_url)) as client:
            about = client.get_queue_attributes(QueueUrl=feed.queue_url, AttributeNames=names)["Attributes"]
    except faults.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "refused")
        fix = "allow sqs:GetQueueAttributes, ReceiveMessage and DeleteMessage on this queue"
        return wrong(what, f"refuses: {code}", fix)
    except faults.NoCredentialsError:
        fix = "give this machine a role, or the environment a profile"
        return wrong(what, "there are no AWS credentials", fix)
    except RegionUnknownError:
        return wrong(what, "no AWS region is known, the queue's URL names none", "set the feed's region")
    except faults.BotoCoreError as error:
        return _unreached(what, error)
    waiting = int(about["ApproximateNumberOfMessages"])
    return well(what, f"{waiting:,} {'message waits' if waiting == 1 else 'messages wait'}")


def _unreached(what: str, error: Exception) -> Row:
    """Botocore's own texts are whole sentences: what is no matter of the way there is told in them."""
    reach = reach_of(error)
    if reach is None:
        return wrong(what, " ".join(str(error).split()).rstrip("."), "check the AWS settings of this machine")
    return silent(
        what, f"cannot be reached: {reach.replace('_', ' ')}", remedy(reach, "queue_url and endpoint_url")
    )


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
        if not folder.exists():
            return wrong("log", f"the folder {folder} does not exist", "make it, or change log.url")
        return wrong("log", f"{folder} is no folder we can write", "let this user write there, or change log.url")
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
        return silent("log", _silence(fault), "check that the brokers run, and [log] in the configuration")
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return wrong(
            "log", f"{found[0]}{more}", "`countersign topics plan` lists it, `countersign topics apply` mends"
        )
    return well("log", f"{chosen.url}, all {len(plan(chosen.partitions))} topics are as they have to be")


def _silence(fault: LogUnusable) -> str:
    address = silence_of(fault)
    return str(fault) if address is None else f"cannot be reached: no broker answers at {address}"


def _check_existing(path: Path, chosen: LogSettings) -> Row:
    try:
        writer = LogWriter.open(parse_location(chosen.url), plan(chosen.partitions), chosen.retention_days)
    except LogInUse:
        with LogReader(path) as reader:
            return well("log", f"{path} is in use by a running pipeline, {counted(len(reader.topics()), 'topic')}")
    except LogUnusable as fault:
        return wrong("log", str(fault), "see the message; a copy of the file can be read with --log")
    writer.close()
    return well("log", str(path))
