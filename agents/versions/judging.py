"""Judging: a worker on Kafka takes the next version up once every live bridge filters by it."""

import asyncio
from importlib.metadata import version as installed

import structlog

from agents.decisions.versions import (
    ANNOUNCE_MS,
    LIVE_MS,
    WORKER,
    Publication,
    first_in_force,
    next_in_force,
    strangers,
    waits_for,
)
from agents.policy import build
from agents.reporting import Report
from agents.versions.in_force import InForce
from agents.versions.member import LOOK_EVERY_S, Member
from agents.versions.publishing import sources_of
from agents.versions.trouble import place_of, unknown, unusable
from streams.clock import uptime_ms, wall_clock
from streams.log.faults import LogUnusable
from streams.records.command import Incident
from streams.settings.fault import FaultsFound
from streams.settings.model import Settings
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
PATIENCE_MS = LIVE_MS + 10_000
"""How long a start waits for a version that every live bridge filters by; whoever is dead is known by then."""


class KeptJudging:
    """Keeps what a worker judges by in step with the log.

    Invariant: a version is announced before the first call is judged by it at a start, and is never older than
    the one before.
    """

    def __init__(self, settings: Settings, member: Member, in_force: InForce, report: Report) -> None:
        self._settings = settings
        self._member = member
        self._in_force = in_force
        self._report = report
        self._now = Publication(-1, "")
        self._announced_ms = 0
        self._waited_for: list[str] = []
        self._told: set[str] = set()

    async def begin(self) -> None:
        """Choose what to judge by, and say so.

        Raises:
            LogUnusable: the log cannot be read or written.
        """
        member = self._member
        until_ms = uptime_ms() + PATIENCE_MS
        began_ms = await member.begin()
        if member.known.newest is not None and member.known.newest.version not in member.shelf:
            began_ms = await self._after_upgrade(member.known.newest)
        member.tell_difference()
        while (chosen := first_in_force(member.known, member.shelf.__contains__, began_ms)) is None:
            if uptime_ms() > until_ms:
                chosen = self._last_resort()
                log.error("rules_not_agreed", version=chosen.version, why="not every bridge filters by it")
                break
            await asyncio.sleep(LOOK_EVERY_S)
            began_ms = await member.look()
        self._take(chosen)
        await self._announce()

    async def run(self) -> None:
        """Look every 2 s until cancelled; what is next is taken up between two messages."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._turn()
            except LogUnusable as fault:
                log.warning("rules_not_read", fault=str(fault))

    async def _turn(self) -> None:
        member = self._member
        began_ms = await member.look()
        if taken := next_in_force(member.known, self._now, member.shelf.__contains__, began_ms):
            self._take(taken)
            await self._announce()
        elif uptime_ms() - self._announced_ms >= ANNOUNCE_MS:
            await self._announce()
        self._tell_waiting(began_ms)
        for version in strangers(self._in_force.stamps, member.known, uptime_ms()):
            await self._tell(unknown(version, wall_clock()))
        newest = member.known.newest
        if newest is not None and newest.version in member.shelf.unusable:
            await self._tell(unusable(newest.version, member.shelf.unusable[newest.version], wall_clock()))

    def _take(self, taken: Publication) -> None:
        self._now = taken
        judging = self._member.shelf[taken.version]
        if judging.policy.version == self._in_force.policy().version:
            self._in_force.said()
        else:
            self._in_force.take(judging)

    async def _announce(self) -> None:
        self._announced_ms = uptime_ms()
        await self._member.announce(WORKER, [self._now.version], self._now.position)

    def _tell_waiting(self, began_ms: int) -> None:
        newest = self._member.known.newest
        waiting = newest is not None and newest.position > self._now.position
        bridges = waits_for(self._member.known, newest.version, began_ms) if newest is not None and waiting else []
        if bridges and bridges != self._waited_for:
            log.info("rules_wait", version=newest.version if newest else "", bridges=bridges)
        self._waited_for = bridges

    async def _after_upgrade(self, newest: Publication) -> int:
        """The pack here is another than the publisher's: the same texts with this one are the next version.

        An older release publishes nothing: it would take from the newer ones what they have.
        """
        member = self._member
        published = member.shelf.published(newest.version)
        assert published is not None
        try:
            judging = await step("rules.rebuild", asyncio.to_thread(build, self._settings, sources_of(published)))
        except FaultsFound:
            judging = member.own
        member.shelf.add(judging)
        if _release(installed("countersign")) >= _release(published.product):
            await member.publish(judging)
        return await member.look()

    def _last_resort(self) -> Publication:
        """The newest that can be built here; without any, this machine's files, in the newest one's place."""
        able = [one for one in self._member.known.published if one.version in self._member.shelf]
        newest = self._member.known.newest
        position = newest.position if newest is not None else -1
        return able[-1] if able else Publication(position, self._member.own.policy.version)

    async def _tell(self, incident: Incident) -> None:
        """Once an hour of each kind and version: the hour is in its id."""
        if incident.incident_id in self._told:
            return
        self._told.add(incident.incident_id)
        where = place_of(incident, self._settings.log.partitions)
        await step("rules.tell", self._report(where, incident.incident_id, incident))


def _release(version: str) -> list[int]:
    """A version number in order; what is no number counts as 0."""
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]
