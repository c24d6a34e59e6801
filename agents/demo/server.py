"""Server: the demo's page, its events, and the three things a newcomer can do on it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from agents.demo.company import ACCOUNTS, NAME
from agents.demo.stage import Stage
from agents.demo.state import state_of
from agents.demo.timing import waits
from agents.gateway.guard import foreign_host, set_headers
from agents.pages.environment import STATIC, environment
from agents.pages.stream import stream

BEAT_S = 5.0
BODY_BYTES = 16 * 1024
ANSWERS = frozenset({"allow", "deny"})


class DemoServer:
    """Serves one stage on loopback. The play begins when the first page listens."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._begun = False
        self._closing = False

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[_only_here])
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/demo/state", self.state),
                web.get("/demo/events", self.events),
                web.post("/demo/click", self._doing(self.click)),
                web.post("/demo/tap", self._doing(self.tap)),
                web.post("/demo/scene", self._doing(self.scene)),
                web.static("/static", STATIC),
            ]
        )
        app.on_response_prepare.append(set_headers)
        app.on_shutdown.append(self._close)
        return app

    async def page(self, _request: web.Request) -> web.Response:
        """The page; all that changes on it comes by events."""
        text = (
            environment()
            .get_template("demo.html")
            .render(
                now_ms=self._stage.clock(),
                name=NAME,
                accounts=list(ACCOUNTS.values()),
                waits=waits(self._stage.timing),
                gateway_url=self._stage.pipeline.url,
            )
        )
        return web.Response(text=text, content_type="text/html")

    async def state(self, _request: web.Request) -> web.Response:
        """Everything, once: what the stand-ins recorded and what the log tells."""
        return _json(self._encoded())

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole state, whenever something changed."""
        return await stream(request, self._states())

    async def click(self, asked: dict[str, str]) -> None:
        """A button of a Slack message."""
        await self._stage.standins.slack.click(asked["channel"], asked["ts"], asked["action_id"])

    async def tap(self, asked: dict[str, str]) -> None:
        """Approve or Deny on the phone."""
        if asked["answer"] not in ANSWERS:
            raise LookupError("allow or deny")
        self._stage.standins.duo.answer(asked["txid"], asked["answer"])

    async def scene(self, asked: dict[str, str]) -> None:
        """More to see: another burst, or an alert."""
        scenes = {"burst": self._stage.burst, "alert": self._stage.alert}
        scenes[asked["name"]]()

    async def _states(self) -> AsyncGenerator[bytes]:
        if not self._begun:
            self._begun = True
            self._stage.opening()
        while not self._closing:
            seen = self._stage.changed.count
            yield b"data: " + self._encoded() + b"\n\n"
            await self._stage.changed.wait(seen, BEAT_S)

    def _encoded(self) -> bytes:
        return msgspec.json.encode(state_of(self._stage))

    def _doing(self, act: Callable[[dict[str, str]], Awaitable[None]]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            # A form of another site cannot send this type without asking first, and it would be refused.
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType
            try:
                asked = msgspec.json.decode(await request.read(), type=dict[str, str])
                await act(asked)
            except (msgspec.DecodeError, LookupError) as error:
                return _json(msgspec.json.encode({"wrong": str(error)}), 409)
            self._stage.changed.happened()
            return _json(b"{}")

        return handle

    async def _close(self, _app: Any) -> None:
        self._closing = True
        self._stage.changed.happened()


@web.middleware
async def _only_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    if foreign_host(request):
        raise web.HTTPForbidden(reason="this page answers to 127.0.0.1 and localhost only")
    return await handler(request)


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")
