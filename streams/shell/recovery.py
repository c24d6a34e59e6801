"""Recovery: a Faust table that proves that what it recovered is what its changelog holds."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from faust.tables.table import Table

from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.store import PartitionedStore


class RecoveringTable(Table):  # type: ignore[misc]  # Faust's types are skipped
    """Raw bytes in a partitioned memory store; recovered by Faust, checked by us.

    Faust logs every error of a recovery as a warning and goes on, and takes a record of an unknown partition for
    the previous record's table. So the keys that came by are counted independently, and compared with the store
    and, where the log can tell, with the log. Any difference ends the process.
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
        self._heard: defaultdict[int, set[bytes]] = defaultdict(set)
        self._pending: set[int] = set()
        self._held: set[int] = set()

    def _new_store(self) -> PartitionedStore:
        return PartitionedStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    async def on_rebalance(
        self, assigned: set[Any], revoked: set[Any], newly_assigned: set[Any], generation_id: int = 0
    ) -> None:
        """Note which partitions are to be recovered, and let listeners forget the others."""
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)
        changelog = self.changelog_topic_name
        for partition in sorted(tp.partition for tp in revoked if tp.topic == changelog):
            self._pending.discard(partition)
            self._heard.pop(partition, None)
            if partition in self._held:
                self._held.remove(partition)
                self._revoked(partition)
        self._pending |= {tp.partition for tp in newly_assigned if tp.topic == changelog}

    async def on_changelog_event(self, event: Any) -> None:
        """Count the live keys that come by, whatever becomes of them."""
        message = event.message
        if message.topic != self.changelog_topic_name:
            halt(f"a record of {message.topic} was about to be applied to table {self.name}")
        heard = self._heard[message.partition]
        if message.value is None:
            heard.discard(message.key)
        else:
            heard.add(message.key)

    async def on_recovery_completed(self, active_tps: set[Any], standby_tps: set[Any]) -> None:  # noqa: ARG002 - Faust's signature
        """Check every partition that was recovered, then hand it to the listeners.

        Faust drops exceptions from here, so one of them ends the process.
        """
        try:
            for partition in sorted({tp.partition for tp in active_tps} & self._pending):
                await self._check(partition)
                self._pending.remove(partition)
                self._held.add(partition)
                self._assigned(partition, self.data.entries(partition))
        except Exception as error:  # noqa: BLE001 - whatever it is, the agents must not start
            halt(f"table {self.name} was recovered, but could not be taken up", error)

    async def _check(self, partition: int) -> None:
        """Compare the store with the keys that came by, and with the log's own count where there is one."""
        have = len(self.data.entries(partition))
        heard = len(self._heard.pop(partition, ()))
        live = await step("recovery.census", self.app.census(self.changelog_topic_name, partition))
        if have != heard or live not in {None, have}:
            halt(
                f"table {self.name}, partition {partition}: {have} entries recovered, {heard} keys read, "
                f"{'unknown' if live is None else live} live keys on the changelog"
            )
