"""Probes: the small HTTP door of the roles that have no other."""

from collections.abc import Mapping

from aiohttp import web

from agents.gateway.deps import Check
from agents.gateway.health import Health
from agents.gateway.listening import AddressRefused
from agents.plain_words import system_words
from streams.settings.model import Settings
from streams.shell.failpoints import step


class Probes:
    """A server for the probes alone; nothing can be changed there, and nothing of a case is told."""

    def __init__(self, host: str, port: int, checks: Mapping[str, Check]) -> None:
        app = web.Application(client_max_size=1024)
        app.add_routes(Health(checks).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._address = host, port

    async def start(self) -> None:
        """Listen.

        Raises:
            AddressRefused: somebody else listens there, or it is not ours.
        """
        await step("probes.setup", self._runner.setup())
        try:
            await step("probes.listen", web.TCPSite(self._runner, *self._address).start())
        except OSError as error:
            host, port = self._address
            raise AddressRefused(f"health.listen {host}:{port} cannot be had: {system_words(error)}") from error

    async def stop(self) -> None:
        """Close."""
        await step("probes.close", self._runner.cleanup())


def probes(settings: Settings, checks: Mapping[str, Check]) -> list[Probes]:
    """The probes of this configuration; none where it names no address."""
    listen = settings.health.listen
    if listen is None:
        return []
    host, _, port = listen.rpartition(":")
    return [Probes(host.strip("[]"), int(port), checks)]
