"""Recovery: a Faust table that reads its own changelog, and knows since when it owns each partition."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog
from faust.tables.table import Table

from streams.counted import counted
from streams.shell.claims import Claim, Claims
from streams.shell.collector import COLLECTOR
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.ownership import NO_EPOCH, Replay, Superseded
from streams.shell.store import PartitionedStore

_log = structlog.get_logger(__name__)


class RecoveringTable(Table):  # type: ignore[misc]  # Faust's types are skipped
    """Raw bytes in a partitioned memory store, recovered before the partition's first message.

    A partition that stays through a rebalance is kept as it is, but only if this worker took part in every
    generation of the group: another may have owned it, and written, in the one that was missed.
    """

    def __init__(
        self,
        app: Any,
        name: str,
        assigned: Callable[[int, Mapping[bytes, bytes]], None],
        revoked: Callable[[int], None],
    ) -> None:
        super().__init__(app, name=name, key_type=bytes, value_type=bytes, partitions=app.conf.topic_partitions)
        self._assigned = assigned
        self._revoked = revoked
        self._generation = 0
        self._pending: set[int] = set()
        self._claims: dict[int, Claim] = {}
        self._owners = Claims(app, self.changelog_topic_name)
        self._recovering = asyncio.Lock()

    def _new_store(self) -> PartitionedStore:
        return PartitionedStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    def holds(self, partition: int) -> bool:
        """Whether the partition is recovered here, and ours."""
        return partition in self._claims

    def epoch(self, partition: int) -> int:
        """The epoch that this worker's changes carry; none on the embedded log."""
        claim = self._claims.get(partition)
        return NO_EPOCH if claim is None else claim.epoch

    async def on_rebalance(
        self, assigned: set[Any], revoked: set[Any], newly_assigned: set[Any], generation_id: int = 0
    ) -> None:
        """Forget what is no longer ours, and note what is to be recovered."""
        mine = self._numbers(assigned)
        missed = self._generation and generation_id != self._generation + 1
        gone = mine | self._numbers(revoked) if missed else self._numbers(revoked) | self._numbers(newly_assigned)
        for partition in sorted(gone):
            self._forget(partition)
        self._generation = generation_id
        self._pending |= mine & gone

    def _forget(self, partition: int) -> None:
        self._pending.discard(partition)
        self.data.forget(partition)
        if self._claims.pop(partition, None) is not None:
            self._revoked(partition)

    def _numbers(self, tps: Collection[Any]) -> set[int]:
        return {tp.partition for tp in tps if tp.topic == self.changelog_topic_name}

    async def on_recovery_completed(self, active_tps: set[Any], standby_tps: set[Any]) -> None:  # noqa: ARG002 - Faust's signature
        """Recover what is pending and hand it to the listeners; Faust waits for this before it goes on.

        Faust drops exceptions from here, so one of them ends the process. A rebalance abandons the call but does
        not stop it, hence one at a time, and what was taken away meanwhile is left alone.
        """
        try:
            async with self._recovering:
                pending = self._numbers(active_tps) & self._pending
                if pending:
                    with COLLECTOR.at_rest():
                        await self._recover(pending)
        except Exception as error:  # noqa: BLE001 - whatever it is, the agents must not start
            halt(f"table {self.name} could not be recovered", error)

    async def _recover(self, pending: set[int]) -> None:
        """Replay, claim, check, take up."""
        generation = self._generation
        began_s = asyncio.get_running_loop().time()
        replays = {partition: Replay() for partition in sorted(pending)}
        await self._owners.replay(replays)
        claims = await self._owners.take(replays, generation)
        for partition, replay in replays.items():
            await self._check(partition, len(replay.entries))
            if generation != self._generation or partition not in self._pending:
                continue
            if partition in claims:
                self._take_up(partition, claims[partition], replay)
            else:
                self.superseded(f"partition {partition} of table {self.name} has another owner")
        _log.info(
            "table_recovered",
            table=self.name,
            partitions=sorted(replays),
            entries=sum(len(replay.entries) for replay in replays.values()),
            took_s=round(asyncio.get_running_loop().time() - began_s, 3),
        )

    def _take_up(self, partition: int, claim: Claim, replay: Replay) -> None:
        self._pending.remove(partition)
        self._claims[partition] = claim
        self.data.partitions[partition] = replay.entries
        self._assigned(partition, self.data.entries(partition))

    async def _check(self, partition: int, have: int) -> None:
        """Compare with the log's own count, where it has one."""
        live = await step("recovery.checked", self.app.changelog.census(self.changelog_topic_name, partition))
        if live not in {None, have}:
            entries, keys = counted(have, "entry", "entries"), counted(live or 0, "live key")
            found = f"{entries} recovered, {keys} on the changelog"
            halt(f"table {self.name}, partition {partition}: {found}")

    async def sweep(self) -> None:
        """Look for what former owners wrote late, and overrule it."""
        claims = dict(self._claims)
        if not claims:
            return
        try:
            swept = await self._owners.sweep(claims, self.data.partitions)
        except Superseded as error:
            if all(self._claims.get(partition) is claim for partition, claim in claims.items()):
                self.superseded(f"table {self.name}: {error}")
            return  # otherwise the higher epoch may be our own, of a claim made meanwhile
        for partition, claim in swept.items():
            if self._claims.get(partition) is claims[partition]:
                self._claims[partition] = claim

    def superseded(self, what: str) -> None:
        """Another worker owns what this one takes for its own: leave, unless a rebalance is about to say so."""
        if self.app.consumer.flow_active:
            halt(what)
