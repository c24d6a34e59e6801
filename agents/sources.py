"""Sources: the feeds of a configuration, each with its own bridge."""

from collections.abc import Mapping
from typing import Any

from agents.decisions.issuing import issues_session
from agents.decisions.judge import Policy
from streams.bridge.binding import Binding
from streams.bridge.bridge import Bridge
from streams.bridge.sifter import Filter, Wanted
from streams.clock import Clock
from streams.feeds.aws import sqs_client
from streams.feeds.feed import Feed
from streams.feeds.files import FilesFeed
from streams.feeds.sqs import SqsFeed
from streams.log.reader import TopicReader
from streams.records.codec import from_wire
from streams.records.position import FeedPosition
from streams.settings.model import FeedKind, FeedSettings, Settings
from streams.shell.appender import Appender
from streams.topics import Topic

PAGE = 1_000


def wanted_of(policy: Policy) -> Wanted:
    """What the bridge lets through by these rules, and which unreadable calls page."""

    def sensitive(source: str | None, name: str | None) -> str | None:
        action = policy.rules.named(source, name)
        return str(action) if action is not None else None

    def may_match(fields: Mapping[str, Any]) -> bool:
        """What issues a session is wanted whatever the rules say: its grant tells whose a later call is."""
        return policy.rules.may_match(fields) or issues_session(fields)

    return Wanted(may_match, sensitive, policy.version)


def finished_files(reader: TopicReader) -> dict[str, dict[str, str]]:
    """The marks of the files that were read to their end, by feed and file; the last one of each counts."""
    marks: dict[str, dict[str, str]] = {}
    for partition in range(reader.partitions(Topic.FEED_POSITIONS)):
        offset = reader.begin_offset(Topic.FEED_POSITIONS, partition)
        end = reader.end_offset(Topic.FEED_POSITIONS, partition)
        while offset < end:
            page = reader.read(Topic.FEED_POSITIONS, partition, offset, PAGE)
            if not page:
                break
            for message in page:
                if message.value is not None:
                    position = from_wire(FeedPosition, message.value)
                    marks.setdefault(position.feed, {})[position.part] = position.mark
            offset = page[-1].offset + 1
    return marks


def open_feed(chosen: FeedSettings, clock: Clock, finished: Mapping[str, str]) -> Feed:
    """One feed; a folder is watched, so that a log file that arrives is read."""
    binding = Binding(dict(chosen.topics), frozenset(chosen.accounts))
    if chosen.kind is FeedKind.SQS:
        assert chosen.queue_url is not None
        client = sqs_client(chosen.queue_url, chosen.region, chosen.endpoint_url)
        return SqsFeed(chosen.name, chosen.queue_url, binding, client, backfill=chosen.backfill)
    assert chosen.path is not None
    return FilesFeed(
        chosen.name, [chosen.path], binding, clock, finished=finished, backfill=chosen.backfill, watch=True
    )


def open_bridges(
    settings: Settings, wanted: Filter, appender: Appender, clock: Clock, finished: Mapping[str, Mapping[str, str]]
) -> list[Bridge]:
    """A bridge a feed, so that one that fails delays no other."""
    return [
        Bridge(
            open_feed(chosen, clock, finished.get(chosen.name, {})),
            appender,
            clock,
            wanted,
            partitions=settings.log.partitions,
            max_record_bytes=settings.limits.record_bytes,
        )
        for chosen in settings.feeds
    ]
