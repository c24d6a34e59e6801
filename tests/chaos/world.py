"""World: real Kafka, the roles as processes, the stand-ins, a queue that trickles, and people who answer."""

import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from agents.decisions.audit.accounted import accounted
from agents.decisions.audit.outside import Trouble
from agents.decisions.audit.terms import Terms
from agents.standins.thread import StandInThread
from streams.clock import wall_clock
from streams.log.faults import LogUnusable
from streams.log.opening import mend_topics, open_log_reader
from streams.records.case import ENDS
from streams.settings.model import LogSettings
from tests.chaos.archive import TroubledElasticsearch
from tests.chaos.crowd import PEOPLE, Crowd, people_yaml
from tests.chaos.keeper import Keeper
from tests.chaos.trickle import Trickle
from tests.support.aws import SnsToSqs
from tests.support.cluster import PARTITIONS, Cluster, RoleProcess
from tests.support.journal import read_journal
from tests.support.kafka import KafkaServer
from tests.support.product import ACCOUNT

ROLES = ("bridge", "bridge", "worker", "worker", "gateway", "watchdog")
CALM_S = 6.0
LOOK_S = 1.0
NO_CEILINGS = {"prompts_per_person_hour": 100_000, "pages_per_account_hour": 400_000}


class World:
    """Everything of one row, in a folder of its own; `timing` is that section of the configuration.

    `findings` is what the injection itself found wrong, `troubles` when which service did not work.
    """

    def __init__(self, folder: Path, kafka: KafkaServer, timing: dict[str, int]) -> None:
        self.folder = folder
        self.kafka = kafka
        self.findings: list[str] = []
        self.troubles: list[Trouble] = []
        self._timing = timing
        self._stack = ExitStack()
        self.archive = TroubledElasticsearch()

    def __enter__(self) -> Self:
        try:
            self._enter()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _enter(self) -> None:
        enter = self._stack.enter_context
        self.hands = enter(StandInThread(self.folder))
        self.queue = enter(SnsToSqs())
        self.hands.run(self.archive.start())
        self._stack.callback(lambda: self.hands.run(self.archive.stop()))
        self.crowd = Crowd(self.hands.standins)
        self.cluster = Cluster(self.folder, self.hands, self.kafka, self.queue.environ, **self._settings())
        self._stack.callback(self.cluster.close)
        if len(self.kafka.nodes) > 1:
            self._copy_topics()
        (self.folder / "people.yaml").write_text(people_yaml())
        self.keeper = Keeper(self.cluster, self.queue.environ)
        enter(self.keeper)
        self.hands.run(self.crowd.begin())
        self._stack.callback(lambda: self.hands.run(self.crowd.end()))
        self.trickle = Trickle(self.queue, list(PEOPLE))

    def __exit__(self, *ended: object) -> None:
        self._stack.close()

    @property
    def standins(self) -> Any:
        """Slack, Duo and PagerDuty."""
        return self.hands.standins

    @contextmanager
    def trouble(self, service: str) -> Iterator[None]:
        """A service is in trouble for as long as this lasts; the journal is told."""
        began_ms = wall_clock()
        try:
            yield
        finally:
            self.troubles.append(Trouble(service, began_ms, wall_clock()))

    def calm(self, seconds: float) -> None:
        """Let calls come and be answered."""
        time.sleep(seconds)

    def busiest(self, role: str = "worker") -> RoleProcess:
        """The process of a role that has taken most calls: the harm has to hit one that has work."""
        return max(self.keeper.running(role), key=_calls)

    def until_settled(self, wait_s: float) -> str | None:
        """Wait until every call has come to its end and every document is there; what is missing in the end."""
        end_s = time.monotonic() + wait_s
        while (missing := self.unsettled()) and time.monotonic() < end_s:
            time.sleep(LOOK_S)
        return missing

    def unsettled(self) -> str | None:
        """What is still under way; None where nothing is."""
        if not self.queue.is_empty():
            return "the queue is not empty"
        try:
            cases = self.cluster.cases().values()
        except LogUnusable as fault:
            return f"the log cannot be read: {fault}"
        if left := [case for case in cases if case.state not in ENDS]:
            return f"{len(left)} cases are open: {sorted({str(case.state) for case in left})}"
        shown = {case_id: version for (_, case_id), version in self.archive.versions.items()}
        lag = sum(shown.get(case.case_id) != case.seq for case in cases)
        return f"{lag} cases are not shown as they stand" if lag else self._undecided()

    def _undecided(self) -> str | None:
        """What no case tells of: calls that lie on the log, or are on their way to it, without an end."""
        try:
            with open_log_reader(self.cluster.log_settings) as reader:
                journal = read_journal(reader)
        except LogUnusable as fault:
            return f"the log cannot be read: {fault}"
        on_the_way = len(self.trickle.published.keys() - {called.mark for called in journal.calls})
        without = len(accounted(journal, Terms()))
        return (
            f"{on_the_way} calls are not on the log, {without} without an end" if on_the_way or without else None
        )

    def _copy_topics(self) -> None:
        """Make the topics anew with three copies of each: the cluster's own have one."""
        self.kafka.wipe()
        self.cluster.log_settings = LogSettings(self.kafka.url, PARTITIONS, replication=3, min_insync=2)
        left = mend_topics(self.cluster.log_settings)
        assert left == [], left

    def _settings(self) -> dict[str, Any]:
        copies = min(3, len(self.kafka.nodes))
        log = {"url": self.kafka.url, "partitions": PARTITIONS}
        return {
            "feeds": [self.queue.feed(ACCOUNT)],
            "timing": self._timing,
            "limits": NO_CEILINGS,
            "elasticsearch": {"url": self.archive.url},
            "log": log | {"replication": copies, "min_insync": 2 if copies == 3 else 1},
        }


def _calls(process: RoleProcess) -> float:
    """How many calls a worker's triage has taken."""
    with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/metrics", timeout=5) as answer:
        return sum(
            map(float, re.findall(r"^countersign_calls_total{.*} (\S+)$", answer.read().decode(), re.MULTILINE))
        )
