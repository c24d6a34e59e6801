"""Feed checks: what each kind of feed needs, what it may speak for, and that no two feeds bring the same."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from streams.settings.codes import ConfigCode
from streams.settings.draft import Draft
from streams.settings.fault import Fault
from streams.settings.located import Path
from streams.settings.model import FeedKind, FeedSettings

NEEDS = {FeedKind.SQS: "queue_url", FeedKind.FILES: "path"}
"""The kinds that work, and the key that says where each reads."""

_PLACES = ("queue_url", "stream_arn", "path", "bucket")
NOT_YET = frozenset(_PLACES) - frozenset(NEEDS.values())
"""The keys of kinds that are not built: no feed that works may have them."""

TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")


def check_feeds(draft: Draft) -> Iterator[Fault]:
    """Every fault of every feed, then what two feeds have in common."""
    for path, feed in draft.feeds():
        if feed.kind not in NEEDS:
            message = f"feeds of kind {feed.kind} are not built yet: only {' and '.join(NEEDS)} work"
            yield draft.fault((*path, "kind"), message, ConfigCode.FEED_NOT_BUILT)
            continue
        yield from _keys(draft, path, feed)
        yield from _binding(draft, path, feed)
    yield from _overlaps(draft)


def _keys(draft: Draft, path: Path, feed: FeedSettings) -> Iterator[Fault]:
    needed = NEEDS[feed.kind]
    if getattr(feed, needed) is None and (*path, needed) not in draft.refused:
        yield draft.fault(path, f'a feed of kind {feed.kind} needs "{needed}"', ConfigCode.MISSING)
    foreign = [key for key in _PLACES if key != needed and getattr(feed, key) is not None]
    if feed.kind is FeedKind.FILES:
        foreign += [key for key in ("region", "endpoint_url") if getattr(feed, key) is not None]
    for key in foreign:
        message = f'"{key}" means nothing for a feed of kind {feed.kind}'
        yield draft.fault((*path, key), message, ConfigCode.FEED_KEY)
    if feed.kind is FeedKind.SQS and feed.queue_url and len(urlsplit(feed.queue_url).path.split("/")) != 3:
        message = "a queue URL ends in /ACCOUNT/QUEUE"
        yield draft.fault((*path, "queue_url"), message, ConfigCode.BAD_URL)


def _binding(draft: Draft, path: Path, feed: FeedSettings) -> Iterator[Fault]:
    """A record outside its feed's binding is never taken, so a feed without one brings nothing."""
    for arn in feed.topics:
        if TOPIC_ARN.fullmatch(arn) is None:
            message = f'"{arn}" is no topic ARN: arn:aws:sns:REGION:ACCOUNT:NAME is wanted'
            yield draft.source.fault((*path, "topics", arn), message, ConfigCode.BAD_TOPIC, at_key=True)
    given = any((*path, key) == refused[:3] for key in ("topics", "accounts") for refused in draft.refused)
    if not feed.topics and not feed.accounts and not given:
        message = (
            "this feed is bound to no account: name its topics or its accounts, else all it brings is refused"
        )
        yield draft.fault(path, message, ConfigCode.UNBOUND_FEED)


def _overlaps(draft: Draft) -> Iterator[Fault]:
    earlier: list[FeedSettings] = []
    for path, feed in draft.feeds():
        for other in earlier:
            message = _shared(feed, other)
            if message is not None:
                yield draft.fault(path, message, ConfigCode.FEEDS_OVERLAP)
        earlier.append(feed)


def _shared(feed: FeedSettings, other: FeedSettings) -> str | None:
    """What two feeds have in common that they must not."""
    if feed.queue_url and feed.queue_url == other.queue_url:
        return f'feed "{other.name}" already reads this queue'
    if feed.path and other.path and (feed.path.is_relative_to(other.path) or other.path.is_relative_to(feed.path)):
        return f'this path and that of feed "{other.name}" lie one in the other'
    if feed.name == other.name:
        return f'another feed is already named "{feed.name}": give one of them another "name"'
    for arn, account in feed.topics.items():
        if other.topics.get(arn, account) != account:
            return f'feed "{other.name}" lets {arn} speak for another account: a topic speaks for one only'
    return None
