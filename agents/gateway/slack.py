"""Slack: takes the buttons that people press, checks that Slack sent them, and puts the answers on the log."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from prometheus_client import Counter

from agents.clients.interaction import DetailsWanted, Refused, Reply, read_interaction
from agents.gateway.deps import GatewayDeps, SlackAccess
from streams.shell.failpoints import step

BODY_BYTES = 256 * 1024
READ_S = 5.0
MODAL_S = 3.0  # as long as Slack lets a trigger_id live
APPEND_S = 2.5
"""Slack gives up after three seconds and shows the person that it did; so do we, a little earlier."""

INTERACTIONS = Counter(
    "countersign_slack_interactions", "Requests to /slack/interactions by what became of them", ["outcome"]
)

log = structlog.get_logger()


class SlackDoor:
    """POST /slack/interactions.

    Invariant: nothing of the body is parsed before its signature held, over the bytes as they came. A click is
    acknowledged once it is on the log: an answer that was shown as taken is never lost.
    """

    def __init__(self, deps: GatewayDeps) -> None:
        self._deps = deps
        self._modals: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The path that Slack calls."""
        return [web.post("/slack/interactions", self.interaction)]

    async def interaction(self, request: web.Request) -> web.Response:
        """One button pressed, or something that only pretends to be."""
        slack = self._deps.slack
        if slack is None:
            raise web.HTTPNotFound
        body = await _read(request)
        refusal = slack.check.refusal(request.headers, body)
        if refusal is not None:
            INTERACTIONS.labels(refusal).inc()
            raise web.HTTPUnauthorized
        pressed = read_interaction(_payload(body), team_id=slack.team_id, app_id=slack.app_id, seal=slack.seal)
        match pressed:
            case Reply():
                return await self._append(pressed)
            case DetailsWanted():
                INTERACTIONS.labels("details").inc()
                self._open_modal(slack, pressed)
            case Refused():
                INTERACTIONS.labels(pressed.reason).inc()
                log.warning("interaction_refused", reason=pressed.reason)
        return web.Response()

    async def stop(self) -> None:
        """Let the modals that are being opened go."""
        for task in self._modals:
            task.cancel()
        await asyncio.gather(*self._modals, return_exceptions=True)

    async def _append(self, reply: Reply) -> web.Response:
        try:
            async with asyncio.timeout(APPEND_S):
                await self._deps.report(reply.partition, reply.actor_key, reply.answered)
        except TimeoutError:
            INTERACTIONS.labels("log_slow").inc()
            log.warning("answer_not_taken", case_id=reply.answered.case_id)
            return web.Response(status=503)
        INTERACTIONS.labels("answer").inc()
        return web.Response()

    def _open_modal(self, slack: SlackAccess, wanted: DetailsWanted) -> None:
        task = asyncio.create_task(_show(slack, wanted), name=f"details {wanted.case_id}")
        self._modals.add(task)
        task.add_done_callback(self._modals.discard)


async def _show(slack: SlackAccess, wanted: DetailsWanted) -> None:
    try:
        async with asyncio.timeout(MODAL_S):
            await step("gateway.details", slack.show_details(wanted))
    except Exception as error:  # noqa: BLE001 - a modal is a comfort; the question itself does not hang on it
        log.warning("details_not_shown", case_id=wanted.case_id, error=type(error).__name__)


def _payload(body: bytes) -> Any:
    """The JSON in the form's `payload` field; None for anything else."""
    try:
        form = parse_qs(body.decode(), max_num_fields=10)
        return json.loads(form.get("payload", [""])[0])
    except (ValueError, RecursionError):
        return None


async def _read(request: web.Request) -> bytes:
    """The raw body, at most 256 KB of it and in five seconds."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_BYTES:
                    raise web.HTTPRequestEntityTooLarge(BODY_BYTES, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
