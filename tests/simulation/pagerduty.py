"""PagerDuty: incidents by dedup_key, behind the product's own client."""

import random
from typing import Any

import pagerduty

from agents.clients.pagerduty import PagerDutyClient
from agents.clients.patience import Patience
from tests.simulation.faults import Status, Vendor, Weather

TIMEOUT_S = 8.0


class _Response:
    def __init__(self, status: int, retry_after_s: float | None) -> None:
        self.status_code = status
        self.headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}


class SimPagerDuty(Vendor):
    """`triggers` holds what was taken: when (milliseconds), under which key, and what it said."""

    def __init__(self, world: Any, weather: Weather) -> None:
        super().__init__(world, weather, TIMEOUT_S)
        self.triggers: list[tuple[int, str, dict[str, Any]]] = []

    def client(self, rng: random.Random) -> PagerDutyClient:
        """The product's client over this PagerDuty."""
        made = PagerDutyClient.__new__(PagerDutyClient)
        made._clients = {"high": self, "low": self}
        made._threads, made._timeout_s = None, TIMEOUT_S
        made._rng, made._patience = rng, Patience(honour_s=5.0)
        return made

    async def trigger(self, *, dedup_key: str, **content: Any) -> Any:
        def take() -> str:
            self.triggers.append((self.world.now_ms(), dedup_key, content))
            return dedup_key

        try:
            return await self.serve("trigger", take)
        except Status as answer:
            response = _Response(answer.status, answer.retry_after_s)
            raise pagerduty.Error("Received error", response) from None
