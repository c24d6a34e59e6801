"""In-order commits: a consumer that never commits past a message that is still in hand."""

from collections import defaultdict, deque
from typing import Any


class InOrderCommits:
    """Mixed in before a Faust consumer: replaces its idea of which offset may be committed.

    Faust 0.15.3 commits past an unacknowledged message when the smallest acknowledged offset is one above the
    committed one (issue 606; pull request 707 is open). Here the consumer remembers, for each partition and in
    order, what it handed to the agents, and commits only up to the first of those that is not acknowledged.
    Gaps that compaction or retention left need no bookkeeping that way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._handed: defaultdict[Any, deque[int]] = defaultdict(deque)
        super().__init__(*args, **kwargs)

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
        return last + 1 if last >= committed else None

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Nothing to note: a gap is never handed out."""

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Forget what was handed out of partitions that are no longer ours."""
        await super().on_partitions_revoked(revoked)  # type: ignore[misc]  # the consumer after us in the MRO has it
        for tp in revoked:
            self._handed.pop(tp, None)
