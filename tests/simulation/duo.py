"""Duo: users, phones and pushes that live sixty seconds, behind the product's own client."""

import asyncio
import contextlib
import random
from typing import Any
from urllib.parse import parse_qsl

from agents.clients.duo import DuoClient
from agents.clients.patience import Patience
from tests.simulation.faults import BEHIND, Status, Vendor, Weather
from tests.simulation.life import LIFE

TIMEOUT_S = 5.0
HOLD_S = 8.0
LIFE_S = 60.0


class Pushed:
    """A push on a phone; `result` is what became of it, `ended_ms` when."""

    def __init__(self, at_ms: int, txid: str, user: str, info: dict[str, str]) -> None:
        self.at_ms, self.txid, self.user, self.info = at_ms, txid, user, info
        self.answered = False
        self.known: str | None = None
        self.result: str | None = None
        self.ended_ms: int | None = None
        self.over = asyncio.Event()

    def end(self, result: str, at_ms: int) -> None:
        """The first word counts."""
        if self.result is None:
            self.result, self.ended_ms = result, at_ms
            self.over.set()


class _Dict(dict[str, Any]):
    """An answer that knows its push."""

    pushed: Pushed | None = None

    @property
    def answered(self) -> bool:
        return False

    @answered.setter
    def answered(self, value: bool) -> None:
        if self.pushed is not None:
            self.pushed.answered = value


class SimDuo(Vendor):
    """`standings` says of each user what preauth answers: auth, or why nobody can be pushed to."""

    def __init__(self, world: Any, weather: Weather, standings: dict[str, str]) -> None:
        super().__init__(world, weather, TIMEOUT_S)
        self._standings = standings
        self.pushes: dict[str, Pushed] = {}

    def client(self, rng: random.Random) -> DuoClient:
        """The product's client over this Duo; its threads are the virtual loop's."""
        made = DuoClient.__new__(DuoClient)
        made._short = made._long = self
        made._timeout_s, made._poll_timeout_s = TIMEOUT_S, 10.0
        made._pushes = made._polls = None
        made._rng, made._patience = rng, Patience()
        return made

    async def preauth(self, *, username: str) -> Any:
        def look() -> _Dict:
            devices = [{"capabilities": ["auto", "push"]}]
            return _Dict(result=self._standings.get(username, "enroll"), devices=devices)

        return await self._call("preauth", look)

    async def auth(self, _factor: str, *, username: str, pushinfo: str, **_options: Any) -> Any:
        sender = LIFE.get()

        def start() -> _Dict:
            txid = f"tx{len(self.pushes)}"
            pushed = Pushed(self.world.now_ms(), txid, username, dict(parse_qsl(pushinfo)))
            pushed.known = BEHIND if self.world.skews_ms[sender.name] < 0 else None
            self.pushes[txid] = pushed
            asyncio.get_running_loop().call_later(LIFE_S, lambda: pushed.end("timeout", self.world.now_ms()))
            self.world.pushed(pushed)
            answer = _Dict(txid=txid)
            answer.pushed = pushed
            return answer

        return await self._call("push", start)

    async def auth_status(self, txid: str) -> Any:
        pushed = self.pushes[txid]
        if pushed.result is None and not self.weather.calm:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pushed.over.wait(), HOLD_S)
        result = pushed.result
        return await self._call(
            "status",
            lambda: {
                "waiting": result is None,
                "success": result == "allow",
                "status": result or "pushed",
                "status_msg": "",
            },
        )

    async def _call(self, route: str, execute: Any) -> Any:
        try:
            return await self.serve(route, execute)
        except Status as answer:
            error = RuntimeError("Received error")
            error.status = answer.status  # type: ignore[attr-defined]  # as duo_client does
            raise error from None
