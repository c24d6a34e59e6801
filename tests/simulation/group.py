"""Group: which worker owns which partitions, and how they pass from one to another."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from tests.simulation.app import SESSION_S
from tests.simulation.worker import Worker

DRAIN_S = 60.0
LOOK_S = 0.1


class Group:
    """The coordinator: it hears of joins at once, of deaths and hangs a session later, and then shares out anew.

    On the embedded log there is one worker, and no session to wait for: its death is known to the supervisor.
    """

    def __init__(self, world: Any, rng: random.Random) -> None:
        self._world, self._rng = world, rng
        self.generation = 0
        self.members: list[Worker] = []
        self._turn = asyncio.Lock()

    async def join(self, worker: Worker) -> None:
        """A worker comes; the group waits for those whose session still runs."""
        gone = [one for one in self.members if one.silent]
        if gone and not self._world.schedule.embedded:
            await asyncio.sleep(SESSION_S)
        self.members.append(worker)
        await self.rebalance()

    async def lost(self, worker: Worker) -> None:
        """A worker died or stopped: a session later, somebody else gets its partitions."""
        await asyncio.sleep(0.0 if self._world.schedule.embedded else SESSION_S)
        if worker in self.members and worker.silent:
            self.members.remove(worker)
            await self.rebalance()

    async def rebalance(self) -> None:
        """One new generation: leave in order, claim, go on."""
        async with self._turn:
            self.members = [one for one in self.members if not one.dead]
            self.generation += 1
            wanted = self._shares()
            for worker in self.members:
                worker.app.active = set()
            for worker in list(self.members):
                await self._leave(worker, worker.owned - wanted[worker])
            for worker in list(self.members):
                await self._enter(worker, wanted.get(worker, set()))

    def _shares(self) -> dict[Worker, set[int]]:
        shares: dict[Worker, set[int]] = {worker: set() for worker in self.members}
        order: Sequence[Worker] = self._rng.sample(self.members, len(self.members))
        if not order:
            return shares
        for partition in range(self._world.log.count):
            shares[order[partition % len(order)]].add(partition)
        return shares

    async def _leave(self, worker: Worker, partitions: set[int]) -> None:
        """Finish what is in hand, commit, forget; whoever does not manage that in time is no member any more."""
        until_s = asyncio.get_running_loop().time() + DRAIN_S
        while not worker.dead and not worker.app.idle(partitions):
            if asyncio.get_running_loop().time() > until_s:
                self.members.remove(worker)
                return
            await asyncio.sleep(LOOK_S)
        if worker.dead:
            return
        if partitions:
            self._world.covered("fault", "rebalance")
            worker.app.commit()
        for partition in partitions:
            worker.app.forget(partition)
        worker.owned -= partitions

    async def _enter(self, worker: Worker, partitions: set[int]) -> None:
        """Recover what is new, then read on."""
        if worker.dead or worker not in self.members:
            return
        new = sorted(partitions - worker.owned)
        if new:
            recovering = worker.spawn("shell", worker.recover(new, self.generation))
            await asyncio.wait([recovering])
            if worker.dead:
                return
            assert recovering.result(), "two workers claim a partition in one generation"
        worker.owned |= partitions
        worker.generation = self.generation
        worker.app.resume(set(worker.owned))
