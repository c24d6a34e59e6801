"""Health: is the process alive, is it ready, and what does it count."""

from collections.abc import Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from agents.gateway.deps import Check
from agents.gateway.live import Live


class Health:
    """Answers probes: /livez says that the loop turns, /readyz asks every check and names what fails."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def routes(self) -> list[web.RouteDef]:
        """The paths of the probes."""
        return [
            web.get("/livez", self.livez),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def livez(self, _request: web.Request) -> web.Response:
        """200 for as long as the event loop can answer."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """200, or 503 with the reasons by the name of the check."""
        reasons = {name: reason for name, check in self._checks.items() if (reason := check())}
        status = 503 if reasons else 200
        return web.json_response({"status": "not ready" if reasons else "ok", "reasons": reasons}, status=status)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Everything this process counts, in Prometheus' text format."""
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


def view_trouble(live: Live) -> str | None:
    """Why the pages do not show the cases as they are; None when they do."""
    if live.trouble:
        return live.trouble
    return None if live.view.caught_up else "still reading the cases from the log"
