"""Machine: on one machine the files are the rules; a change of them is checked, published and taken up."""

import asyncio
import platform
from contextlib import suppress
from pathlib import Path

import structlog

from agents.metrics import RULES_REFUSED
from agents.plain_words import plain_words
from agents.policy import Judging, load_policy
from agents.reporting import Report
from agents.rulebook.codes import Code
from agents.rulebook.files import rule_files
from agents.versions.in_force import InForce, LiveFilter
from agents.versions.publishing import publication, publish, rebuilt
from agents.versions.rules_log import RulesLog, published_in
from agents.versions.trouble import place_of, refused
from streams.clock import Clock
from streams.log.reader import TopicReader
from streams.settings.fault import Fault, FaultsFound
from streams.settings.model import Settings
from streams.shell.appender import Appender
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 2.0
Stamp = tuple[str, int, int, int]


class MachineRules:
    """Bridges and triage share one process here: what one goes by, all go by, from one call to the next.

    Invariant: a version is on the log before anything is judged by it. A set with a fault changes nothing.
    """

    def __init__(self, settings: Settings, appender: Appender, report: Report, clock: Clock) -> None:
        self._settings = settings
        self._appender = appender
        self._report = report
        self._clock = clock
        self._asked = asyncio.Event()
        self._before: list[str] = []
        self._seen: list[Stamp] | None = None
        self._taken: list[Stamp] | None = None

    def ask(self) -> None:
        """Look at the files now, whether or not they changed (SIGHUP)."""
        self._asked.set()

    async def begin(self, in_force: InForce, reader: TopicReader) -> None:
        """Publish what this life starts with, unless it was the newest before."""
        found = await step("rules.begin", asyncio.to_thread(RulesLog(reader).read))
        self._before = [one.version for one in published_in(found)]
        if self._before[-1:] != [in_force.policy().version]:
            await self._publish(in_force.judging)
        in_force.said()

    async def run(self, in_force: InForce, wanted: LiveFilter) -> None:
        """Look at the files every 2 s until cancelled; the first look is a check, however they are."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK_EVERY_S)
            asked = self._asked.is_set()
            self._asked.clear()
            stamps = await step("rules.files", asyncio.to_thread(stamps_of, self._settings))
            still = stamps == self._seen  # whoever writes a file may not be done with it
            self._seen = stamps
            if asked or (still and stamps != self._taken):
                self._taken = stamps
                await self._take(in_force, wanted)

    async def _take(self, in_force: InForce, wanted: LiveFilter) -> None:
        try:
            judging = await step("rules.load", asyncio.to_thread(loaded, self._settings))
        except FaultsFound as found:
            await self._refuse(found, in_force)
            return
        RULES_REFUSED.set(0)
        if judging.policy.version == in_force.policy().version:
            return
        await self._publish(judging)
        wanted.go_by([judging.policy], judging.policy.version)
        in_force.take(judging)

    async def _publish(self, judging: Judging) -> None:
        published = publication(judging, self._clock())
        await step("rules.commit", self._appender.append(publish(published, self._before)))
        self._before.append(published.version)
        log.info("rules_published", version=published.version)

    async def _refuse(self, found: FaultsFound, in_force: InForce) -> None:
        RULES_REFUSED.set(1)
        version = in_force.policy().version
        for fault in found.faults:
            log.error("rules_refused", fault=str(fault), in_force=version)
        incident = refused(found.faults, platform.node(), version, self._clock())
        where = place_of(incident, self._settings.log.partitions)
        await step("rules.refused", self._report(where, incident.incident_id, incident))


def loaded(settings: Settings) -> Judging:
    """What the files say.

    Raises:
        FaultsFound: every fault, and whatever else the files make us raise: the pipeline outlives it.
    """
    try:
        return load_policy(settings)
    except FaultsFound:
        raise
    except Exception as error:
        log.exception("rules_unreadable", fault=type(error).__name__)
        message = f"the rules and people cannot be read: {plain_words(error)}"
        raise FaultsFound(
            [Fault(str(getattr(error, "filename", None) or "rules"), 1, 1, message, str(Code.NO_YAML))]
        ) from error


def stamps_of(settings: Settings) -> list[Stamp]:
    """What tells that a file was changed, of every file of rules and people."""
    try:
        files = [file.path for file in rule_files(list(settings.rules.paths))[0]]
    except OSError as error:  # a folder that may not be read: what is wrong with it is said by whoever loads it
        return [(str(error.filename), 0, 0, 0)]
    if settings.people.path is not None:
        files.append(settings.people.path)
    return [_stamp(file) for file in files]


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0, 0
    return str(file), found.st_mtime_ns, found.st_size, found.st_ino


def judging_at_start(settings: Settings, reader: TopicReader, refused_files: FaultsFound) -> Judging:
    """What a child goes by whose files have faults: the version that was in force when it died.

    Raises:
        FaultsFound: those of the files, where the log has no version that this release can build.
    """
    published = published_in(RulesLog(reader).read())
    try:
        judging = rebuilt(settings, published[-1]) if published else None
    except (FaultsFound, ValueError):
        judging = None
    if judging is None:
        raise refused_files
    log.error("rules_refused", faults=len(refused_files.faults), in_force=judging.policy.version)
    return judging
