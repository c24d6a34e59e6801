"""Past versions: which rules may have judged a call, so that an audit blames no call for rules that came later."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

import structlog

from agents.decisions.judge import Policy
from agents.versions.publishing import rebuilt
from agents.versions.rules_log import RulesLog, published_in
from streams.log.faults import LogFault
from streams.log.reader import TopicReader
from streams.records.publication import Published
from streams.settings.fault import FaultsFound
from streams.settings.model import Settings

log = structlog.get_logger(__name__)
AGAIN_S = 30.0
LATER_MS = 3_600_000
"""A call may wait so long for triage, which judges by what is in force then."""
EARLIER_MS = 600_000
"""And a version is in force for so long after the next one was published, where a bridge takes its time."""


class Span(NamedTuple):
    """A version from its publication to the next one (epoch milliseconds UTC).

    `policy` is None where it cannot be built here.
    """

    policy: Policy | None
    from_ms: int
    until_ms: int


class PastVersions:
    """The versions on a log, read again when they are asked for and half a minute old."""

    def __init__(
        self, settings: Settings, own: Policy, open_log: Callable[[], AbstractContextManager[TopicReader]]
    ) -> None:
        self._settings = settings
        self._own = own
        self._open_log = open_log
        self._built: dict[str, Policy | None] = {own.version: own}
        self._spans: list[Span] = []
        self._read_s: float | None = None

    def at(self, received_ms: int) -> list[Policy | None]:
        """Every version that may have judged a call received then; the files' where none was published."""
        self._read()
        found = [
            span.policy
            for span in self._spans
            if span.from_ms <= received_ms + LATER_MS and received_ms <= span.until_ms + EARLIER_MS
        ]
        return found or [self._own]

    def _read(self) -> None:
        now_s = time.monotonic()
        if self._read_s is not None and now_s - self._read_s < AGAIN_S:
            return
        self._read_s = now_s
        try:
            with self._open_log() as reader:
                published = published_in(RulesLog(reader).read())
        except LogFault as fault:
            log.warning("rules_not_read", fault=str(fault))
            return
        ends = [one.at_ms for one in published[1:]] + [2**63]
        self._spans = [
            Span(self._policy(one), one.at_ms, until_ms) for one, until_ms in zip(published, ends, strict=False)
        ]

    def _policy(self, published: Published) -> Policy | None:
        if published.version not in self._built:
            try:
                self._built[published.version] = rebuilt(self._settings, published).policy
            except (FaultsFound, ValueError):
                self._built[published.version] = None
        return self._built[published.version]
