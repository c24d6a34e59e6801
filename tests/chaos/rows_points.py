"""Rows: kill -9 at every failpoint that a worker or a bridge passes on Kafka, one life each."""

import time
from functools import partial
from pathlib import Path

from agents.standins.plan import LOST
from tests.chaos.keeper import FAILPOINT, answers
from tests.chaos.row import Row
from tests.chaos.world import World
from tests.support.failpoints import names

PASSED_S = 300.0
"""Some are passed once a minute, and only by the worker that has the first partition just then."""
LOST_EVERY_S = 4.0
LOOK_S = 0.2
PARTS = 3
"""A worker's failpoints are so many rows: each is played for half an hour."""
CHAINS = {"worker": 1, "bridge": 2}
"""So many processes of a role die again and again, and the others work on. Two workers that die in turn would keep
the group from ever sharing out its partitions: it waits for a dead member's session before it does."""

NOT_HERE = {
    "admin.alter": "topics apply",
    "admin.create": "topics apply",
    "admin.names": "topics apply",
    "append.cancelled": "an append that is cut off",
    "append.commit": "a transaction, which nobody opens here",
    "append.not_started": "a broker that is away",
    "appender.cut_connections": "a stop that takes too long",
    "appender.cut_sender": "a stop that takes too long",
    "daily.append": "once a day",
    "duo.check": "doctor",
    "files.read": "a feed of files",
    "files.walk": "a feed of files",
    "gateway.": "the gateway",
    "interactions.": "the gateway",
    "offsets.drop": "a broker that is away",
    "pagerduty.probe": "doctor",
    "patience.wait": "a broker that is away",
    "ping.": "the watchdog",
    "pipeline.": "the run on one machine",
    "rules.begin": "the run on one machine",
    "rules.commit": "the run on one machine",
    "rules.files": "the run on one machine",
    "rules.load": "the run on one machine",
    "rules.publish": "a log that nothing was published on",
    "rules.rebuild": "an upgrade",
    "rules.refused": "the run on one machine",
    "rules.tell": "a bridge of another deployment",
    "slack.identity": "doctor",
    "slack.members": "the import",
    "slack.person": "doctor",
    "slack.socket": "the gateway",
    "slack.view": "the gateway",
    "sqs.release": "a stop with messages in hand",
    "topics.alter": "topics apply",
    "topics.change": "topics apply",
    "topics.compare": "topics apply",
    "topics.create": "topics apply",
    "topics.mend": "topics apply",
    "topics.new": "topics apply",
    "topics.state.": "topics apply",
    "view.": "the gateway",
    "watchdog.": "the watchdog",
    "worker.gap": "a log that retention has cut",
}
"""What neither passes in this world, by the beginning of its name, and where it is passed."""

AT_FIRST = ("kafka.beginning.",)
"""Passed only while the group has committed nothing of a partition: before all others."""
BRIDGE_ONLY = ("bridge.", "sqs.", "role.read.", "rules.leave")
OF_BOTH = ("admin.", "append.", "appender.", "probes.", "reader.", "role.", "rules.", "topics.")
NOT_IN_A_BRIDGE = (
    "admin.commit",
    "admin.coordinator",
    "admin.offsets",
)
AT_THE_END = (
    *("appender.close", "appender.stop", "archive.close", "archive.reader_close"),
    *("kafka.consumer_stop", "offsets.close", "offsets.end", "probes.close", "rules.leave"),
)
"""Passed when a process is told to leave."""


def points(role: str) -> list[str]:
    """The failpoints that a worker, or a bridge, passes, from the product's source."""
    here = [name for name in names(without="streams/embedded/") if not name.startswith(tuple(NOT_HERE))]
    if role == "worker":
        worker = [name for name in here if not name.startswith(BRIDGE_ONLY)]
        return sorted(worker, key=lambda name: not name.startswith(AT_FIRST))
    return [
        name for name in here if name.startswith((*BRIDGE_ONLY, *OF_BOTH)) and not name.startswith(NOT_IN_A_BRIDGE)
    ]


def parts(names: list[str], count: int) -> list[list[str]]:
    """The names in so many stretches, of the same length but for the last one."""
    length = -(-len(names) // count)
    return [names[at : at + length] for at in range(0, len(names), length)]


def environ(role: str, armed_with: list[str], world: World, of: str) -> dict[str, str]:
    """The first processes of the role are armed, each with a chain of its own."""
    armed = sum(FAILPOINT in one for one in world.keeper.environs())
    if of != role or armed == CHAINS[role]:
        return {}
    return {
        FAILPOINT: ",".join(armed_with[armed :: CHAINS[role]]),
        "CS_FAILPOINT_FILE": str(world.folder / f"fired-{armed}"),
    }


def died_everywhere(world: World) -> None:
    """Wait until every chain has fired; fails with what was not passed."""
    chains = [Chain(world, one) for one in world.keeper.environs() if FAILPOINT in one]
    lost_s = 0.0
    while any([chain.goes_on() for chain in chains]):  # noqa: C419 - each has to be looked at
        if time.monotonic() - lost_s > LOST_EVERY_S:
            lost_s = time.monotonic()
            world.standins.slack.faults.once("chat.postMessage", LOST)  # so that the history is asked
        time.sleep(LOOK_S)
    world.standins.slack.faults.clear()
    world.findings += [f"{name} was not passed" for chain in chains for name in chain.not_passed]


class Chain:
    """One armed place among the kept processes: who dies there is followed by one with the next failpoint."""

    def __init__(self, world: World, environ: dict[str, str]) -> None:
        self._world = world
        self._environ = environ
        self._names = environ[FAILPOINT].split(",")
        self._fired = Path(environ["CS_FAILPOINT_FILE"])
        self._since_s = time.monotonic()
        self._told: int | None = None
        self._last = ""
        self.not_passed: list[str] = []

    def goes_on(self) -> bool:
        """Look; a failpoint that is not passed in time is passed over."""
        fired = self._fired.read_text().split() if self._fired.exists() else []
        left = [name for name in self._names if name not in fired]
        if not left:
            return False
        if left[0] != self._last:
            self._last, self._since_s, self._told = left[0], time.monotonic(), None
        process = self._world.keeper.current(self._environ)
        if process is None:
            return True
        if left[0].startswith(AT_THE_END) and self._told != process.process.pid and answers(process):
            self._told = process.process.pid
            process.tell()
        if time.monotonic() - self._since_s > PASSED_S:
            self.not_passed.append(left[0])
            with self._fired.open("a") as file:
                file.write(f"{left[0]}\n")
            process.kill()
        return True


def everywhere(name: str, role: str, armed_with: list[str], *roles: str) -> Row:
    """A row of so many lives as there are failpoints."""
    first, last = armed_with[0], armed_with[-1]
    return Row(
        name,
        f"kill -9 of a {role} at each of {len(armed_with)} failpoints, {first} to {last}, one life each, "
        "while others work on",
        died_everywhere,
        outage_s=60.0,
        roles=roles,
        environ=partial(environ, role, armed_with),
    )


_AROUND_A_WORKER = ("bridge", "worker", "worker", "worker", "gateway", "watchdog")
_AROUND_A_BRIDGE = ("bridge", "bridge", "bridge", "worker", "worker", "gateway", "watchdog")
ROWS = [
    *(
        everywhere(f"failpoints-worker-{number}", "worker", part, *_AROUND_A_WORKER)
        for number, part in enumerate(parts(points("worker"), PARTS), 1)
    ),
    everywhere("failpoints-bridge", "bridge", points("bridge"), *_AROUND_A_BRIDGE),
]
