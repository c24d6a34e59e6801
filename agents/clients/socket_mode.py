"""Socket Mode: Slack's interactions over a websocket that we open, for teams without a public URL."""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from agents.clients.address import is_loopback
from agents.clients.patience import Patience
from streams.shell.failpoints import step

Handle = Callable[[dict[str, Any]], Awaitable[None]]
log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)  # at DEBUG slack_sdk prints whole payloads

CONNECT_S = 15.0
WATCH_S = 5.0
STALE_S = 30.0
HANDLE_S = 2.5


class SocketMode:
    """Keeps one websocket open, hands every interaction on, and acknowledges it within three seconds.

    slack_sdk reconnects by itself, but goes on with an address that has expired when Slack was away for longer
    than that lives; so a client that stays unconnected for `stale_s` is replaced by a new one.
    """

    def __init__(
        self,
        *,
        api_url: str,
        app_token: str,
        handle: Handle,
        rng: random.Random,
        context: ssl.SSLContext | None = None,
        patience: Patience = Patience(base_s=1.0, cap_s=30.0),  # noqa: B008 - a frozen value
        ping_s: float = 5.0,
        watch_s: float = WATCH_S,
        stale_s: float = STALE_S,
    ) -> None:
        self._api_url, self._app_token, self._handle = api_url, app_token, handle
        self._rng, self._patience = rng, patience
        self._context = context
        self._ping_s, self._watch_s, self._stale_s = ping_s, watch_s, stale_s
        self._task: asyncio.Task[None] | None = None
        self._client: SocketModeClient | None = None

    async def start(self) -> None:
        """Begin to connect; it does not wait for Slack."""
        self._task = asyncio.create_task(self._keep(), name="socket-mode")

    async def stop(self) -> None:
        """Close the websocket and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def connected(self) -> bool:
        """Whether the websocket is up, for the readiness check."""
        return self._client is not None and await step("slack.socket_alive", self._client.is_connected())

    async def _keep(self) -> None:
        tried = 0
        while True:
            client = self._client = self._new_client()
            try:
                async with asyncio.timeout(CONNECT_S):
                    await step("slack.socket_connect", client.connect_to_new_endpoint())
                tried = 0
                await self._watch()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - slack_sdk raises what it likes; the next client tries again
                log.warning("socket_mode_unconnected: %s", type(error).__name__)
            finally:
                self._client = None
                await _close(client)
            tried += 1
            await asyncio.sleep(self._patience.wait_s(min(tried, 10), self._rng))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while loop.time() - seen < self._stale_s:
            await asyncio.sleep(self._watch_s)
            if await self.connected():
                seen = loop.time()

    def _new_client(self) -> SocketModeClient:
        web = AsyncWebClient(base_url=self._api_url, timeout=10, ssl=self._context, retry_handlers=[])
        client = SocketModeClient(self._app_token, log, web, ping_interval=self._ping_s)
        if is_loopback(self._api_url):
            web.proxy = client.proxy = None
        client.socket_mode_request_listeners.append(self._listen)
        return client

    async def _listen(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Put the answer on the log, then acknowledge: a click that was shown as taken is never lost."""
        if request.type == "interactive":
            try:
                async with asyncio.timeout(HANDLE_S):
                    await step("slack.socket_handle", self._handle(request.payload))
            except TimeoutError:  # not acknowledged: Slack tells the person that the click was not taken
                log.warning("slack_answer_not_taken")
                return
        response = SocketModeResponse(envelope_id=request.envelope_id)
        await step("slack.socket_ack", client.send_socket_mode_response(response))


async def _close(client: SocketModeClient) -> None:
    tasks = [
        task
        for task in (client.message_processor, client.message_receiver, client.current_session_monitor)
        if isinstance(task, asyncio.Task)
    ]
    await client.close()  # type: ignore[no-untyped-call]  # slack_sdk leaves it without a type
    if tasks:
        await asyncio.wait(tasks, timeout=1.0)
