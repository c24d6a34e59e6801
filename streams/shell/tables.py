"""Tables: Faust's table manager without Faust's recovery."""

import asyncio
from typing import Any

from faust.tables.manager import TableManager as FaustTableManager
from faust.tables.recovery import Recovery as FaustRecovery
from faust.tables.recovery import ServiceStopped

from streams.shell.failpoints import step
from streams.shell.halt import halt


class Recovery(FaustRecovery):  # type: ignore[misc]  # Faust's types are skipped
    """Orders a rebalance as Faust does, but leaves the reading of changelogs to the tables.

    Faust's reading logs every error and goes on, applies a record of an unknown partition to the previous record's
    table, waits without bound for offsets that are not there, and reads what is ours already again at every
    rebalance. What stays of it: it waits for `on_recovery_completed` of every table, where ours recover, and only
    then resumes the streams at their committed offsets.

    Invariant: nothing is fetched of a stream before all of them have been sought to what is committed. Faust
    resumes them first, and empties the agents' queues after the seek: what was fetched in between is gone. Nor is
    a fetch from before the rebalance under way then.
    """

    def need_recovery(self) -> bool:
        """Nothing for Faust to read."""
        return False

    async def _build_highwaters(self, *_: Any) -> None:
        """Nobody asks for them."""

    async def _build_offsets(self, *_: Any) -> None:
        """Nobody asks for them."""

    async def _seek_offsets(self, *_: Any) -> None:
        """The changelogs stay paused."""

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Recover the tables and seek while everything is paused, then let messages in."""
        await step("recovery.rebalanced", self.app.on_rebalance_complete.send())
        self._set_recovery_ended()
        recoveries = [
            asyncio.ensure_future(
                table.on_recovery_completed(self.actives_for_table[table], self.standbys_for_table[table])
            )
            for table in self.tables.values()
        ]
        if recoveries:
            await step("recovery.tables", asyncio.wait(recoveries))
        if self.app.consumer_generation_id != generation_id:
            return  # another rebalance is under way, and recovers for itself
        assignment = self.app.consumer.assignment()
        if assignment:
            await step("recovery.quiet", self._quiet())
            await step("recovery.seek", self._seek())
        if self.app.consumer_generation_id == generation_id:
            await step("recovery.flow", self._let_in(assignment))

    async def _quiet(self) -> None:
        """Let the fetch end that is under way; it waits for messages for a fraction of a second."""
        try:
            async with asyncio.timeout(self.app.conf.broker_request_timeout):
                await step("recovery.fetched", self.app.consumer.quiet())
        except TimeoutError:
            halt("a fetch from before the rebalance does not end")

    async def _seek(self) -> None:
        """Go to what is committed, within a time: Faust goes on in silence where that is over."""
        sought = asyncio.ensure_future(self.app.consumer.perform_seek())
        timeout_s = self.app.conf.broker_request_timeout
        try:
            await step("recovery.sought", self._wait(sought, timeout=timeout_s))
        except ServiceStopped:  # mode says so also where the time is over
            if self.should_stop:
                raise
        if not sought.done() or sought.cancelled():
            halt(f"the brokers did not say within {timeout_s:g} s how far the group has read")

    async def _let_in(self, assignment: set[Any]) -> None:
        """Everything is where it should be: no await stands between the first of these and the fetching."""
        self.app.flow_control.resume()
        if not self.app.consumer.let_in({tp for tp in assignment if not self._is_changelog_tp(tp)}):
            return  # the next rebalance has begun, and ends with its own
        self.completed.set()
        await step("recovery.fetcher", self.app._fetcher.maybe_start())  # noqa: SLF001 - as Faust does it
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        self.app.on_rebalance_end()


class TableManager(FaustTableManager):  # type: ignore[misc]  # Faust's types are skipped
    """Faust's table manager with our recovery."""

    _ours: Recovery | None = None

    @property
    def recovery(self) -> Recovery:
        """Made once, as Faust does."""
        if self._ours is None:
            self._ours = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
            self._recovery = self._ours  # Faust stops it by this name
        return self._ours
