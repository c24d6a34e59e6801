"""Tables: Faust's table manager without Faust's recovery."""

from typing import Any

from faust.tables.manager import TableManager as FaustTableManager
from faust.tables.recovery import Recovery as FaustRecovery


class Recovery(FaustRecovery):  # type: ignore[misc]  # Faust's types are skipped
    """Orders a rebalance as Faust does, but leaves the reading of changelogs to the tables.

    Faust's reading logs every error and goes on, applies a record of an unknown partition to the previous record's
    table, waits without bound for offsets that are not there, and reads what is ours already again at every
    rebalance. What stays of it: it waits for `on_recovery_completed` of every table, where ours recover, and only
    then resumes the streams at their committed offsets.
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
