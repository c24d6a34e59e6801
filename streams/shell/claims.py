"""Claims: how a worker makes itself the owner of a changelog's partitions, and stays the one that is believed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.shell.ownership import (
    NO_EPOCH,
    Change,
    Replay,
    late_keys,
    mark,
    next_epoch,
    rewrites,
)

Changes = dict[int, list[Change]]


class Claim(NamedTuple):
    """A partition that is owned, since its epoch; records below `swept` need no second look."""

    epoch: int
    swept: int


class Claims:
    """The changelog of one table: read, claimed and kept clean of what former owners still write."""

    def __init__(self, app: Any, changelog: str) -> None:
        self._app = app
        self._changelog = changelog

    async def replay(self, replays: Mapping[int, Replay], kept: Changes | None = None) -> None:
        """Fold what is new on the changelog into the replays, and keep it where that is wanted."""
        starts = {partition: replay.next_offset for partition, replay in replays.items()}
        async for partition, changes in self._app.changelog.read(self._changelog, starts):
            replays[partition].fold(changes)
            if kept is not None:
                kept[partition] += changes

    async def take(self, replays: Mapping[int, Replay], generation: int) -> dict[int, Claim]:
        """Write this worker's mark, read what came in between, and write what a former owner overwrote late.

        Returns the claims that hold: a partition is missing if another worker's claim is as high. Invariant:
        before a claim is known to hold nothing but its mark is written, for another may own the partition with
        the very same epoch.
        """
        if not self._app.changelog.owned:
            return {partition: Claim(NO_EPOCH, replay.next_offset) for partition, replay in replays.items()}
        claims = {
            partition: Claim(next_epoch(generation, replay.epoch), replay.next_offset)
            for partition, replay in replays.items()
        }
        await self._append([mark(self._changelog, partition, claim.epoch) for partition, claim in claims.items()])
        tails: Changes = {partition: [] for partition in claims}
        await self.replay(replays, tails)
        held = {partition: claim for partition, claim in claims.items() if _holds(claim, tails[partition])}
        await self._append([send for one, claim in held.items() for send in self._again(one, claim, replays[one])])
        return held

    async def sweep(
        self, claims: Mapping[int, Claim], table: Mapping[int, dict[bytes, bytes]]
    ) -> dict[int, Claim]:
        """Write again what former owners overwrote late, before compaction can make it the truth.

        Returns the claims with how far they were swept.

        Raises:
            Superseded: another worker has claimed one of the partitions since.
        """
        swept = dict(claims)
        starts = {partition: claim.swept for partition, claim in claims.items()}
        late: dict[int, set[bytes]] = {partition: set() for partition in claims}
        async for partition, changes in self._app.changelog.read(self._changelog, starts):
            if changes:
                epoch = claims[partition].epoch
                late[partition] = late_keys(changes, epoch, late[partition])
                swept[partition] = Claim(epoch, changes[-1].offset + 1)
        sends: list[Send] = []
        for partition, keys in late.items():
            if partition in table:
                sends += rewrites(keys, table[partition], self._changelog, (partition, claims[partition].epoch))
        await self._append(sends)
        return swept

    def _again(self, partition: int, claim: Claim, replay: Replay) -> list[Send]:
        return rewrites(replay.overruled, replay.entries, self._changelog, (partition, claim.epoch))

    async def _append(self, sends: list[Send]) -> None:
        if sends:
            self._app.lease.check()
            await step("claims.append", self._app.appender.append(sends))


def _holds(claim: Claim, tail: list[Change]) -> bool:
    """Whether nothing is as high as the claim but its own mark."""
    return [change.epoch for change in tail if change.epoch >= claim.epoch] == [claim.epoch]
