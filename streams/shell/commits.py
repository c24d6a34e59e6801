"""In-order commits: a consumer that never commits past a message that is still in hand."""

import asyncio
from collections import defaultdict, deque
from typing import Any

from mode.services import WaitResults

from streams.clock import uptime_ms
from streams.shell.begun import Begun
from streams.shell.failpoints import step
from streams.shell.halt import halt

FETCH_S = 0.25
"""How long a fetch waits for messages; Faust says 1 s, and so long a rebalance would wait for one at its end."""
LEFT_OUT_MS = 60_000
"""A message that is still in hand so long after later ones were acknowledged was lost on its way to its agent."""


class InOrderCommits:
    """Mixed in before a Faust consumer: replaces its idea of which offset may be committed.

    Faust 0.15.3 commits past an unacknowledged message when the smallest acknowledged offset is one above the
    committed one (issue 606; pull request 707 is open). Here the consumer remembers, for each partition and in
    order, what it handed to the agents, and commits only up to the first of those that is not acknowledged.
    Gaps that compaction or retention left need no bookkeeping that way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._handed: defaultdict[Any, deque[int]] = defaultdict(deque)
        self._overtaken: dict[Any, tuple[int, int]] = {}
        self._taken_away = False
        self._fetches = 0
        self._fetched = asyncio.Event()
        self._fetched.set()
        super().__init__(*args, **kwargs)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's signature
        """As the driver's, and known to be under way."""
        self._fetches += 1
        self._fetched.clear()
        try:
            found = super()._getmany(active_partitions, min(timeout, FETCH_S))  # type: ignore[misc]  # as above
            return await step("commits.fetch", found)
        finally:
            self._fetches -= 1
            if not self._fetches:
                self._fetched.set()

    async def wait_first(self, *coros: Any, timeout: Any = None) -> Any:  # noqa: ASYNC109 - Faust's signature
        """As Faust's, but without the four tasks that it makes for each message, where a message need not wait.

        Faust waits here, among others, until a message has gone into its agents' queues or the flow is stopped.
        """
        if len(coros) == 2 and all(map(asyncio.iscoroutine, coros)):
            stopped = coros[1]
            try:
                handed = Begun(coros[0])
            except BaseException:
                stopped.close()
                raise
            if handed.done:
                stopped.close()
                return WaitResults([coros[0]], [None], False)
            coros = (handed, stopped)
        return await super().wait_first(*coros, timeout=timeout)  # type: ignore[misc]  # as above

    async def quiet(self) -> None:
        """Wait until no fetch from before the rebalance is under way.

        One that was is at work all through a rebalance, and takes what came in of any partition. With the flow
        stopped Faust throws it away; were a partition sought before that, nobody would read it again.
        """
        await self._fetched.wait()

    def _to_message(self, tp: Any, record: Any) -> Any:
        """Remember the offset, unless Faust is going to drop the message as already read."""
        message = super()._to_message(tp, record)  # type: ignore[misc]  # the consumer after us in the MRO has it
        read: int | None = self._read_offset[tp]  # type: ignore[attr-defined]  # the consumer's own
        if self.app.topics.acks_enabled_for(tp.topic) and (read is None or message.offset >= read):  # type: ignore[attr-defined]  # the consumer's own
            self._handed[tp].append(message.offset)
        return message

    def _new_offset(self, tp: Any) -> int | None:
        """The offset after the last message of the unbroken acknowledged run, or None if there is none.

        After a seek a message may have been handed out twice; either acknowledgement will do.
        """
        handed = self._handed[tp]
        acked: set[int] = self._acked_index[tp]  # type: ignore[attr-defined]  # the consumer's own
        committed: int = self._committed_offset[tp] or 0  # type: ignore[attr-defined]  # the consumer's own
        last = -1
        while handed and (handed[0] in acked or handed[0] < max(committed, last + 1)):
            offset = handed.popleft()
            acked.discard(offset)
            last = max(last, offset)
        self._acked[tp].clear()  # type: ignore[attr-defined]  # the consumer's own; only its keys count here
        self._look_for_lost(tp, handed[0] if handed and acked and max(acked) > handed[0] else None)
        return last + 1 if last >= committed else None

    def _look_for_lost(self, tp: Any, overtaken: int | None) -> None:
        """End the process where the same message was overtaken for too long: it is read again by the next one."""
        if overtaken is None:
            self._overtaken.pop(tp, None)
            return
        known, since_ms = self._overtaken.get(tp, (None, 0))
        if known != overtaken:
            self._overtaken[tp] = (overtaken, uptime_ms())
        elif uptime_ms() - since_ms > LEFT_OUT_MS:
            halt(f"message {overtaken} of {tp.topic}[{tp.partition}] was left out, and later ones were handled")

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Nothing to note: a gap is never handed out."""

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Let nothing in, commit what is acknowledged, then forget what was handed out of these partitions.

        Faust stops the flow only of a consumer that has partitions, and it forgets first: of what was acknowledged
        before, it commits nothing then.
        """
        self._taken_away = True
        self.stop_flow()  # type: ignore[attr-defined]  # the consumer's own
        await step("commits.revoked", self.commit())  # type: ignore[attr-defined]  # the consumer's own
        await super().on_partitions_revoked(revoked)  # type: ignore[misc]  # the consumer after us in the MRO has it
        for tp in revoked:
            self._handed.pop(tp, None)
            self._overtaken.pop(tp, None)

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        """Forget how far they were read: what Faust notes after a revocation would hide messages later on."""
        self.stop_flow()  # type: ignore[attr-defined]  # the consumer's own
        self._taken_away = False
        for tp in assigned:
            self._read_offset.pop(tp, None)  # type: ignore[attr-defined]  # the consumer's own
        await super().on_partitions_assigned(assigned, generation_id)  # type: ignore[misc]  # see above

    def resume_flow(self) -> None:
        """Nothing: Faust would let messages in before their tables are recovered, and amid the next rebalance."""

    def let_in(self, tps: set[Any]) -> bool:
        """Fetch these partitions from now on; False where they are being taken away again already."""
        if self._taken_away:
            return False
        self.resume_partitions(tps)  # type: ignore[attr-defined]  # the consumer's own
        super().resume_flow()  # type: ignore[misc]  # the consumer after us in the MRO has it
        return True
