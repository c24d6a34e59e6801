"""Member: what every process on Kafka does with `rules`: look, build what it needs, publish, announce."""

import asyncio
import os
import platform

import structlog

from agents.decisions.versions import Known, hear, to_filter
from agents.policy import Judging
from agents.versions.publishing import announce, publication, publish
from agents.versions.rules_log import RulesLog
from agents.versions.shelf import Shelf
from streams.clock import uptime_ms, wall_clock
from streams.records.publication import Announced
from streams.settings.model import Settings
from streams.shell.appender import Appender
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 2.0


class Member:
    """One process among those that go by versions. `own` is what the files of its machine say."""

    def __init__(self, settings: Settings, own: Judging, rules_log: RulesLog, appender: Appender) -> None:
        self.own = own
        self.known = Known()
        self.shelf = Shelf(settings, own)
        self.appender = appender
        self.who = f"{platform.node()}-{os.getpid()}-{wall_clock()}"
        self._log = rules_log

    async def look(self) -> int:
        """Read what is new and build what is needed; gives back when this look began (milliseconds of uptime).

        Raises:
            LogUnusable: the log cannot be read, or does not answer in time.
        """
        began_ms = uptime_ms()
        told = await step("rules.look", asyncio.to_thread(self._log.read))
        self.known = hear(self.known, told, uptime_ms())
        self.shelf.hear(told)
        await step("rules.build", asyncio.to_thread(self.shelf.build, to_filter(self.known, began_ms)))
        return began_ms

    async def begin(self) -> int:
        """The first look; where nothing was ever published, what this machine's files say is."""
        began_ms = await self.look()
        if self.known.newest is None:
            await self.publish(self.own)
            began_ms = await self.look()
        return began_ms

    def tell_difference(self) -> None:
        """On Kafka what is published counts: say so where the files of this machine are another version."""
        newest, own = self.known.newest, self.own.policy.version
        if newest is not None and newest.version != own:
            remedy = "`countersign rules publish` publishes these files"
            log.warning("rules_differ", files=own, published=newest.version, remedy=remedy)

    async def publish(self, judging: Judging) -> None:
        """Make a version the newest."""
        published = publication(judging, wall_clock())
        before = [one.version for one in self.known.published]
        await step("rules.publish", self.appender.append(publish(published, before)))
        log.info("rules_published", version=published.version)

    async def announce(self, role: str, versions: list[str], position: int = -1) -> None:
        """Say what this process goes by."""
        announced = Announced(self.who, role, versions, wall_clock(), position)
        await step("rules.announce", self.appender.append([announce(announced)]))
