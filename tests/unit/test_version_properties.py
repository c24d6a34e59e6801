"""Whatever interleaves: no bridge drops what a version in force wants, none goes back, and all end with one."""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.decisions.versions import (
    BRIDGE,
    HOLD_MS,
    LIVE_MS,
    WORKER,
    Filtering,
    Known,
    Publication,
    Told,
    first_in_force,
    hear,
    next_in_force,
)
from streams.records.publication import Announced, Published
from tests.support.examples import examples

WORKER_GIVES_UP_MS = 60_000
"""A worker that can say nothing for so long has ended: its session at the group is shorter."""
VERSIONS = "abcdef"


@dataclass
class World:
    """A log, and the processes around it; each acts when the schedule says so, and stands still otherwise."""

    now_ms: int = 1_000_000
    log: list[tuple[int, str, Published | Announced | None]] = field(default_factory=list)
    bridges: dict[str, "Bridge"] = field(default_factory=dict)
    workers: dict[str, "Worker"] = field(default_factory=dict)
    lives: int = 0

    def append(self, key, record):
        self.log.append((self.now_ms, key, record))

    def publish(self, version):
        self.append(version, Published(version, "here", 0, "1", [], None))

    def start(self, kind, slot):
        self.lives += 1
        made = kind(self, f"{slot}-{self.lives}")
        (self.bridges if kind is Bridge else self.workers)[slot] = made

    def check(self):
        """The invariant, of every bridge and worker that lives at this moment."""
        for bridge in self.bridges.values():
            for worker in self.workers.values():
                if worker.now is not None and bridge.filtering.may_drop(self.now_ms):
                    assert worker.now.version in bridge.filtering.versions, (worker, bridge.filtering)


@dataclass
class Process:
    """Reads the log in two steps, so that time may pass between the beginning of a look and what it does."""

    world: World
    name: str
    known: Known = field(default_factory=Known)
    offset: int = 0
    looking: int | None = None

    def look(self):
        if self.looking is None:
            self.looking = self.world.now_ms
            return
        began, self.looking, first = self.looking, None, self.offset == 0
        told = [
            Told(offset, key, record, self.world.now_ms - at_ms if first else 0)
            for offset, (at_ms, key, record) in enumerate(self.world.log)
            if offset >= self.offset
        ]
        self.offset = len(self.world.log)
        self.known = hear(self.known, told, self.world.now_ms)
        self.looked(began)


@dataclass
class Bridge(Process):
    """A bridge: an announcement is begun, and on the log a step later."""

    filtering: Filtering = field(default_factory=Filtering)
    saying: tuple[frozenset[str], int] | None = None

    def looked(self, began_ms):
        self.filtering = self.filtering.looked(self.known, began_ms)

    def say(self):
        if self.saying is None:
            if self.filtering.due(self.world.now_ms):
                self.saying = self.filtering.wanted, self.world.now_ms
            return
        versions, began_ms = self.saying
        self.saying = None
        self.world.append(self.name, Announced(self.name, BRIDGE, sorted(versions), 0))
        self.filtering = self.filtering.said(versions, began_ms, self.world.now_ms)


@dataclass
class Worker(Process):
    """A worker: it says what it takes before it judges by it the first time, and then now and then."""

    chosen: Publication | None = None
    chosen_ms: int = 0
    now: Publication | None = None
    said_ms: int = 0

    def looked(self, began_ms):
        if self.now is None:
            self.chosen, self.chosen_ms = first_in_force(self.known, VERSIONS.__contains__, began_ms), began_ms
        elif taken := next_in_force(self.known, self.now, VERSIONS.__contains__, began_ms):
            assert taken.position > self.now.position
            self.now = taken

    def say(self):
        if self.now is None and self.chosen is None:
            return
        if self.now is None and self.world.now_ms - self.chosen_ms > LIVE_MS:
            self.chosen = None  # chosen too long ago
            return
        self.now = self.now or self.chosen
        self.world.append(self.name, Announced(self.name, WORKER, [self.now.version], 0, self.now.position))
        self.said_ms = self.world.now_ms


SLOTS = {"b1": Bridge, "b2": Bridge, "w1": Worker, "w2": Worker}
STALLED = st.sets(st.sampled_from(sorted(SLOTS)), max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("run"), st.tuples(st.integers(1, 70), STALLED)),
    st.tuples(st.just("run"), st.tuples(st.integers(1, 4), STALLED)),
    st.tuples(st.just("wait"), st.sampled_from([100, 1_000, 2_000, 9_000, 25_000, 31_000, 50_000])),
    st.tuples(st.just("publish"), st.sampled_from(VERSIONS)),
    st.tuples(st.sampled_from(["look", "look", "say", "turn", "turn"]), st.sampled_from(sorted(SLOTS))),
    st.tuples(st.sampled_from(["restart", "leave"]), st.sampled_from(sorted(SLOTS))),
)


def play(world, what, which):
    if what == "wait":
        world.now_ms += which
    elif what == "run":
        run(world, *which)
    elif what == "publish":
        world.publish(which)
    elif what == "restart":
        world.start(SLOTS[which], which)
    else:
        act(world, what, which)
    for slot, worker in list(world.workers.items()):
        if worker.now is not None and world.now_ms - worker.said_ms > WORKER_GIVES_UP_MS:
            del world.workers[slot]
    world.check()


def run(world, ticks, stalled):
    """Everybody works for so many times two seconds, but those that stand still."""
    for _ in range(ticks):
        for slot in sorted(SLOTS.keys() - stalled):
            play(world, "turn", slot)
        play(world, "wait", 2_000)


def act(world, what, slot):
    running = world.bridges if SLOTS[slot] is Bridge else world.workers
    process = running.get(slot)
    if process is None:
        return
    if what == "look":
        process.look()
    elif what == "say":
        process.say()
    elif what == "turn":
        turn(process)
    elif what == "leave":
        del running[slot]
        world.append(process.name, None)


def turn(process):
    """What a process does undisturbed: look at the log, say what is to say, look again."""
    for _ in range(2):
        process.look()
        if process.looking is not None:
            process.look()
        process.say()
        if getattr(process, "saying", None) is not None:
            process.say()


def settled():
    """A world in which everybody goes by version a."""
    world = World()
    world.publish("a")
    for slot, kind in SLOTS.items():
        world.start(kind, slot)
    run(world, HOLD_MS // 2_000, set())
    return world


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(STEPS, max_size=25))
@example([("publish", "b"), ("run", (20, {"b1"})), ("run", (20, set()))])  # a bridge stands still, and is given up
@example([("publish", "b"), ("run", (20, {"b1", "b2"})), ("say", "b1"), ("look", "b1"), ("look", "b1")])
@example([("publish", "b"), ("run", (50, {"w1"})), ("run", (2, {"b1"})), ("restart", "w2"), ("run", (30, set()))])
def test_no_bridge_drops_what_a_version_in_force_wants_and_no_version_goes_back(steps):
    world = settled()
    for step in steps:
        play(world, *step)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(STEPS, max_size=15), st.permutations(["e", "f"]))
def test_two_publishers_at_once_end_with_one_version_everywhere(steps, last):
    world = settled()
    for step in steps:
        play(world, *step)
    for version in last:
        world.publish(version)
    for slot, kind in SLOTS.items():
        if slot not in world.bridges and slot not in world.workers:
            world.start(kind, slot)
    run(world, (LIVE_MS + 2 * HOLD_MS) // 2_000, set())
    assert {worker.now.version for worker in world.workers.values()} == {last[-1]}
    assert {bridge.filtering.versions for bridge in world.bridges.values()} == {frozenset(last[-1])}
