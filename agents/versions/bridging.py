"""Bridging: a bridge on Kafka filters by every version that some triage may judge by."""

import asyncio

import structlog

from agents.decisions.versions import BRIDGE, Filtering
from agents.metrics import RULES_UNFILTERED
from agents.versions.in_force import LiveFilter
from agents.versions.member import LOOK_EVERY_S, Member
from agents.versions.publishing import leave
from streams.clock import uptime_ms
from streams.log.faults import LogUnusable
from streams.records.publication import ANY
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
SILENT_S = 30.0
"""A log that was not read for so long is told by /readyz: two readings that ended in their own limit."""


class Bridging:
    """Keeps a bridge's filter by the log.

    Until it has announced and looked again, and whenever it cannot, the filter lets everything through.
    """

    def __init__(self, member: Member) -> None:
        self._member = member
        self._filtering = Filtering()
        self._read_ms = uptime_ms()
        self.filter = LiveFilter([member.own.policy], lambda: self._filtering.may_drop(uptime_ms()))

    async def begin(self) -> None:
        """The first turn.

        Raises:
            LogUnusable: the log cannot be read or written.
        """
        self._looked(await self._member.begin())
        self._member.tell_difference()
        await self.turn()

    async def run(self) -> None:
        """Turn every 2 s until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.turn()
            except LogUnusable as fault:
                log.warning("rules_not_read", fault=str(fault))
            RULES_UNFILTERED.set(self.filter.passes_all())

    async def turn(self) -> None:
        """Look; where there is something to announce, announce it and look again.

        Raises:
            LogUnusable: the log cannot be read or written.
        """
        self._looked(await self._member.look())
        began_ms = uptime_ms()
        if self._filtering.due(began_ms):
            versions = self._filtering.wanted
            more = [] if self._all_built() else [ANY]
            await self._member.announce(BRIDGE, [*sorted(versions), *more])
            self._filtering = self._filtering.said(versions, began_ms, uptime_ms())
            self._looked(await self._member.look())

    async def leave(self) -> None:
        """Have nobody wait for this bridge; where that cannot be said, they find out by themselves."""
        try:
            await step("rules.leave", self._member.appender.append([leave(self._member.who)]))
        except LogUnusable as fault:
            log.warning("rules_not_left", fault=str(fault))

    def silent(self) -> str | None:
        """What is wrong where the log was not read for long, else None."""
        silent_s = (uptime_ms() - self._read_ms) // 1_000
        return f"the log has not answered for {silent_s} s" if silent_s > SILENT_S else None

    def _all_built(self) -> bool:
        return all(version in self._member.shelf for version in self._filtering.versions)

    def _looked(self, began_ms: int) -> None:
        self._read_ms = uptime_ms()
        self._filtering = self._filtering.looked(self._member.known, began_ms)
        newest, shelf = self._member.known.newest, self._member.shelf
        policies = [shelf[version].policy for version in sorted(self._filtering.versions) if version in shelf]
        if newest is not None:
            self.filter.go_by(policies, newest.version, everything=not self._all_built())
