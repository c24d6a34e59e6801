"""All stand-ins together, and the configuration that reaches them."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agents.standins.duo import PUSH_LIFE_MS, DuoStandIn
from agents.standins.pagerduty import PagerDutyStandIn
from agents.standins.slack import SlackStandIn
from streams.clock import Clock, wall_clock


class StandIns:
    """Slack, Duo and PagerDuty on free ports; `folder` holds the certificate authority and the journals.

    `push_life_ms` is how long a Duo push waits for a tap.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = wall_clock,
        push_life_ms: int = PUSH_LIFE_MS,
        journal: bool = False,
    ) -> None:
        def options(name: str) -> dict[str, Any]:
            return {"clock": clock, "journal": folder / f"{name}.jsonl" if journal else None}

        self.slack = SlackStandIn(**options("slack"))
        self.duo = DuoStandIn(push_life_ms=push_life_ms, **options("duo"))
        self.pagerduty = PagerDutyStandIn(folder=folder, **options("pagerduty"))
        self.all = (self.slack, self.duo, self.pagerduty)

    async def start(self, host: str = "127.0.0.1") -> None:
        """Start the three, each on a free port."""
        for service in self.all:
            await service.start(host)

    async def stop(self) -> None:
        """Stop the three."""
        for service in self.all:
            await service.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def settings(self) -> dict[str, Any]:
        """Configuration values, as `countersign.toml` has them; call it once they are started."""
        return {
            "ca_file": str(self.pagerduty.ca_file),
            "slack": {
                "api_url": f"{self.slack.url}/api/",
                "bot_token": self.slack.bot_token,
                "signing_secret": self.slack.signing_secret,
                "app_token": self.slack.app_token,
                "team_id": self.slack.team_id,
                "app_id": self.slack.app_id,
            },
            "duo": {
                "api_url": self.duo.url,
                "integration_key": self.duo.integration_key,
                "secret_key": self.duo.secret_key,
            },
            "pagerduty": {
                "events_url": self.pagerduty.url,
                "routing_key": self.pagerduty.routing_key,
                "low_urgency_routing_key": self.pagerduty.low_urgency_routing_key,
            },
        }
