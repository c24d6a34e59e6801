"""App: what the durable shell sees in the place of Faust: topics, agents, tables, and messages with positions."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from streams.shell.claims import Claim, Claims
from streams.shell.lease import Lease
from streams.shell.ownership import NO_EPOCH, Change, Replay
from streams.shell.table import DurableTable
from streams.topics import changelog
from tests.simulation.appender import SimAppender
from tests.simulation.log import SimLog

SESSION_S = 10.0


class _Handed(NamedTuple):
    """A message as Faust hands it out; `timestamp` is in seconds."""

    topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None


class _Event(NamedTuple):
    message: _Handed
    ack: Callable[[], None]


class _Entries(defaultdict[int, dict[bytes, bytes]]):
    """A table's entries, one dictionary a partition."""

    def __init__(self) -> None:
        super().__init__(dict)

    @property
    def partitions(self) -> "_Entries":
        return self

    def entries(self, partition: int) -> Mapping[bytes, bytes]:
        return self[partition]


class Store:
    """One table's memory and its claims, in the place of the Faust table under a `DurableTable`."""

    def __init__(self, app: "SimApp", name: str) -> None:
        self.app = app
        self.changelog_topic_name = changelog(name)
        self.data = _Entries()
        self.claims: dict[int, Claim] = {}
        self.owners = Claims(app, self.changelog_topic_name)

    def holds(self, partition: int) -> bool:
        return partition in self.claims

    def epoch(self, partition: int) -> int:
        claim = self.claims.get(partition)
        return NO_EPOCH if claim is None else claim.epoch


class SimApp:
    """One worker's half of the group: fetch positions, messages in hand, tables, and what it acknowledged."""

    def __init__(self, log: SimLog, appender: SimAppender, *, owned: bool) -> None:
        self.log, self.appender = log, appender
        self.lease = Lease(SESSION_S)
        self.owned = owned
        self.changelog = self
        self.tables: list[tuple[DurableTable, Store]] = []
        self.agents: dict[str, tuple[str, Callable[[Any], Any]]] = {}
        self.active: set[int] = set()
        self.eager = False  # commits with each acknowledgement: finds what is acknowledged too early
        self._next: dict[tuple[str, int], int] = {}
        self._in_hand: defaultdict[tuple[str, int], OrderedDict[int, bool]] = defaultdict(OrderedDict)
        self._news: dict[str, asyncio.Event] = {}
        log.listeners.append(self._tell)

    def table(self, name: str) -> DurableTable:
        """A durable table whose memory is here."""
        made, store = DurableTable(name), Store(self, name)
        made._table = store
        self.tables.append((made, store))
        return made

    def topic(self, topic: str, **_serializers: Any) -> str:
        return topic

    def agent(self, topic: str, *, name: str, concurrency: int) -> Callable[[Any], None]:
        assert concurrency == 1

        def take(run: Callable[[Any], Any]) -> None:
            self.agents[name] = (topic, run)
            self._news[topic] = asyncio.Event()

        return take

    async def read(self, topic: str, starts: Mapping[int, int]) -> AsyncIterator[tuple[int, list[Change]]]:
        """The changelog for `Claims`: everything there is from these offsets on."""
        for partition, start in starts.items():
            await asyncio.sleep(0.005)
            written = self.log.writes(topic, partition, start)
            yield (
                partition,
                [Change(one.record.offset, one.record.key, one.record.value, one.epoch) for one in written],
            )

    async def recover(self, partitions: list[int], generation: int) -> bool:
        """Replay and claim every table; whether this worker owns the partitions now."""
        for table, store in self.tables:
            replays = {partition: Replay() for partition in partitions}
            await store.owners.replay(replays)
            claims = await store.owners.take(replays, generation)
            if set(claims) != set(partitions):
                return False
            for partition in partitions:
                store.claims[partition] = claims[partition]
                store.data[partition] = replays[partition].entries
                table._tell_assigned(partition, store.data[partition])
        return True

    async def sweep(self) -> None:
        """Overrule what former owners wrote late."""
        for _, store in self.tables:
            claims = dict(store.claims)
            if claims:
                swept = await store.owners.sweep(claims, store.data)
                still = {partition for partition in swept if store.claims.get(partition) is claims[partition]}
                store.claims.update({partition: swept[partition] for partition in still})

    def forget(self, partition: int) -> None:
        """The partition is somebody else's."""
        for table, store in self.tables:
            store.data.pop(partition, None)
            if store.claims.pop(partition, None) is not None:
                table._tell_revoked(partition)
        for topic, _ in self.agents.values():
            self._next.pop((topic, partition), None)
            self._in_hand.pop((topic, partition), None)

    def resume(self, partitions: set[int]) -> None:
        """Read on, new partitions from where the group acknowledged."""
        self.active = partitions
        for topic, _ in self.agents.values():
            for partition in partitions:
                self._next.setdefault((topic, partition), self.log.offsets.get((topic, partition), 0))
            self._news[topic].set()

    def idle(self, partitions: set[int]) -> bool:
        """Whether everything handed out of these is acknowledged."""
        return not any(self._in_hand[topic, one] for topic, _ in self.agents.values() for one in partitions)

    def commit(self) -> None:
        """Tell the log how far everything is acknowledged."""
        for place, position in self._next.items():
            in_hand = self._in_hand[place]
            self.log.commit(*place, next(iter(in_hand), position))

    async def messages(self, topic: str, awake: Callable[[], Any]) -> AsyncIterator[_Event]:
        """The messages of a topic's partitions that are ours, each from its position on."""
        news = self._news[topic]
        while True:
            await awake()
            event = self._take(topic)
            if event is not None:
                yield event
                continue
            news.clear()
            await news.wait()

    def _take(self, topic: str) -> _Event | None:
        for partition in sorted(self.active):
            place = (topic, partition)
            at = self._next.get(place)
            found = self.log.read(topic, partition, at, 1) if at is not None else []
            if found:
                self._next[place] = found[0].offset + 1
                in_hand = self._in_hand[place]
                in_hand[found[0].offset] = False
                one = found[0]
                handed = _Handed(topic, partition, one.offset, one.timestamp_ms / 1000, one.key, one.value)
                return _Event(handed, partial(self._acknowledge, place, handed.offset))
        return None

    def _acknowledge(self, place: tuple[str, int], offset: int) -> None:
        """Done with a message; the position goes up to the first that is not done. The eager commit at once."""
        in_hand = self._in_hand[place]
        if offset in in_hand:
            in_hand[offset] = True
        while in_hand and next(iter(in_hand.values())):
            in_hand.popitem(last=False)
        if self.eager and place in self._next and place[1] in self.active:
            self.log.commit(*place, next(iter(in_hand), self._next[place]))

    def _tell(self, topic: str, partition: int) -> None:
        if partition in self.active and topic in self._news:
            self._news[topic].set()


class Stream:
    """What an agent iterates over."""

    def __init__(self, app: SimApp, topic: str, awake: Callable[[], Any]) -> None:
        self._app, self._topic, self._awake = app, topic, awake

    def noack(self) -> "Stream":
        return self

    def events(self) -> AsyncIterator[_Event]:
        return self._app.messages(self._topic, self._awake)
