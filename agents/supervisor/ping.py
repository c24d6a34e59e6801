"""Ping: the dead man's switch: an outside service that is called while all is well, and misses the call if not."""

import asyncio
from collections.abc import Callable

import aiohttp
import structlog

from agents.clients.address import is_loopback, trusting
from agents.plain_words import system_words
from streams.settings.model import Settings
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
TIMEOUT_S = 10.0


class Ping:
    """Calls a URL (GET) every so often while `well` says so. A call that fails is logged and never fatal.

    The URL may hold a secret in its path: it is never logged.
    """

    def __init__(self, url: str, every_s: float, well: Callable[[], bool], *, ca_file: str | None = None) -> None:
        self._url = url
        self._every_s = every_s
        self._well = well
        self._context = trusting(ca_file) if url.startswith("https:") else None

    async def run(self) -> None:
        """Call until cancelled."""
        while True:
            if self._well():
                await self.call()
            await asyncio.sleep(self._every_s)

    async def call(self) -> bool:
        """Call once; whether the service took it."""
        try:
            status = await step("ping.call", self._get())
        except Exception as fault:  # noqa: BLE001 - whatever the network does, the watchdog goes on
            log.warning("ping_failed", fault=_told(fault))
            return False
        if status >= 300:
            log.warning("ping_refused", status=status)
        return status < 300

    async def _get(self) -> int:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=not is_loopback(self._url)) as session:
            asked = session.get(self._url, ssl=self._context or True, allow_redirects=False)
            answer = await step("ping.get", asked)
            answer.release()
            return answer.status


def _told(fault: BaseException) -> str:
    """The fault without its own text, which may name the URL; the system's words about it do not."""
    name = type(fault).__name__
    return f"{name}: {system_words(fault)}" if isinstance(fault, OSError) and fault.errno is not None else name


def ping_of(settings: Settings, well: Callable[[], bool]) -> Ping | None:
    """The ping of this configuration; None where it names none."""
    chosen = settings.watchdog
    if chosen.ping_url is None:
        return None
    ca_file = str(settings.ca_file) if settings.ca_file else None
    return Ping(chosen.ping_url.reveal(), chosen.ping_every_s, well, ca_file=ca_file)
