"""PagerDuty: the Events API v2 through the official client, in threads of its own, its retries off."""

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pagerduty
from msgspec import Struct

from agents.clients.address import is_loopback, trusting
from agents.clients.outcome import Outcome, by_fault, by_status, done
from agents.clients.patience import Patience, persist
from streams.shell.failpoints import step

THREADS = 16
SUMMARY_CHARS = 1024
SEVERITY = {"high": "critical", "low": "warning"}


class PageContent(Struct, frozen=True):
    """What a responder reads; `summary` is one line of at most 1024 characters."""

    summary: str
    source: str
    details: Mapping[str, str] = {}


class PagerDutyClient:
    """Triggers by urgency, each with a routing key. A repeat is harmless: the dedup_key merges it.

    `ca_file` names certificate authorities to trust beside the machine's.
    """

    def __init__(
        self,
        *,
        events_url: str,
        routing_keys: Mapping[str, str],
        rng: random.Random,
        timeout_s: float = 8.0,
        patience: Patience = Patience(honour_s=5.0),  # noqa: B008 - a frozen value
        ca_file: str | None = None,
    ) -> None:
        context = trusting(ca_file)
        self._clients = {
            urgency: _client(key, events_url, timeout_s, context) for urgency, key in routing_keys.items()
        }
        self._threads = ThreadPoolExecutor(THREADS, "pagerduty")
        self._timeout_s = timeout_s
        self._rng = rng
        self._patience = patience

    def close(self) -> None:
        """Take no more calls; threads end by themselves, at the latest when their timeout is over."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in self._clients.values():
            client.close()

    async def trigger(self, dedup_key: str, urgency: str, content: PageContent) -> Outcome[str]:
        """Open an incident or add to it; done is PagerDuty's 202."""
        client = self._clients.get(urgency) or self._clients["high"]

        def send() -> Any:
            return client.trigger(
                summary=content.summary,
                source=content.source,
                dedup_key=dedup_key,
                severity=SEVERITY.get(urgency, SEVERITY["high"]),
                custom_details=dict(content.details),
            )

        return await step("pagerduty.trigger", persist(lambda: self._call(send), self._patience, self._rng))

    async def probe(self, urgency: str) -> Outcome[str]:
        """Whether an urgency's routing key is taken: resolving what was never triggered opens nothing."""
        client = self._clients[urgency]
        return await step("pagerduty.probe", self._call(lambda: client.resolve("countersign-doctor")))

    async def _call(self, send: Callable[[], Any]) -> Outcome[str]:
        # The client's timeout is for each read; the whole call, queue included, gets twice that.
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                sending = asyncio.get_running_loop().run_in_executor(self._threads, send)
                return done(str(await step("pagerduty.call", sending)))
        except pagerduty.Error as error:
            if error.response is None:
                return by_fault(error)
            status = error.response.status_code
            return by_status(status, f"http_{status}", error.response.headers.get("Retry-After"))
        except (TimeoutError, OSError) as error:
            return by_fault(error)


def _client(routing_key: str, events_url: str, timeout_s: float, context: ssl.SSLContext) -> Any:
    client = pagerduty.EventsApiV2Client(
        routing_key,
        base_url=events_url.rstrip("/"),
        verify=context,
        trust_env=not is_loopback(events_url),
    )
    client.timeout = timeout_s
    # Out of the box it retries 429 without end and sleeps between tries; so: one try, whatever comes.
    client.retry = {429: 1}
    client.max_http_attempts = -1
    client.max_network_attempts = 0
    return client


def minimal(dedup_key: str, content: PageContent) -> PageContent:
    """A page that PagerDuty cannot find fault with: ids only, for when it refused the full one."""
    source = "".join(letter for letter in content.source if letter.isalnum() or letter in "-._")[:64]
    return PageContent(f"Countersign page {dedup_key}", source or "countersign")
