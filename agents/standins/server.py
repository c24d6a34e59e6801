"""Stand-in: the HTTP server under every vendor's double. It records, and fails as scripted."""

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from agents.standins.changes import Changes
from agents.standins.exchange import Exchange
from agents.standins.plan import Fault, FaultPlan, Trouble
from streams.clock import Clock, wall_clock

BODY_BYTES = 2 * 1024 * 1024
WORKS = (Trouble.LOST, Trouble.SLOW, Trouble.GARBLED)


class Answer(msgspec.Struct, frozen=True):
    """What a route says: a status, a body and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = {}


class Call(msgspec.Struct, frozen=True):
    """One call as it came; `args` are its arguments however they travelled, None where they cannot be read."""

    route: str
    method: str
    path: str
    host: str
    headers: Mapping[str, str]
    query: dict[str, str]
    body: bytes
    args: dict[str, Any] | None


class StandIn(ABC):
    """A vendor's API with state, on loopback.

    `journal` names a file that gets every exchange as a line of JSON. Invariant: state outlives `stop`.
    """

    service: str

    def __init__(self, *, clock: Clock = wall_clock, journal: Path | None = None) -> None:
        self.clock = clock
        self.requests: list[Exchange] = []
        self.faults = FaultPlan()
        self.changed = Changes()
        self.url = ""
        self._journal = journal
        self._runner: web.AppRunner | None = None
        self._serving: set[asyncio.Task[Any]] = set()

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The paths this service answers."""

    def certificate(self) -> ssl.SSLContext | None:
        """The context to serve https with; None is plain http."""
        return None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0 on any free one. `url` says where."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.add_routes(self.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        context = self.certificate()
        await web.TCPSite(runner, host, port, ssl_context=context).start()
        self._runner = runner
        bound = runner.addresses[0][1]
        self.url = f"{'https' if context else 'http'}://{host}:{bound}"

    async def stop(self) -> None:
        """Refuse connections from now on; what hangs is dropped."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
            await asyncio.sleep(0.01)  # transports that are closing need the loop once more
        for task in tuple(self._serving):  # aiohttp forgets a call whose caller has gone
            task.cancel()

    @property
    def port(self) -> int:
        """The port of the last start; start there again to end an outage."""
        return int(self.url.rpartition(":")[2])

    def route_of(self, request: web.Request) -> str:
        """The name of a call's route, in the fault plan and in the records."""
        return request.path

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call: by its fault if one is scripted, by its work otherwise, and record it."""
        at_ms = self.clock()
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        call = await _call(request, self.route_of(request))
        fault = self.faults.take(call.route)
        trouble = fault.trouble if fault else None
        answer: Answer | None = None
        try:
            if fault is not None and trouble in (Trouble.REFUSE, Trouble.HANG):
                await asyncio.sleep(fault.seconds)
            elif fault is not None and trouble is Trouble.LIMITED:
                answer = Answer(self.limited(), 429, {"Retry-After": str(fault.retry_after_s)})
            elif fault is not None and trouble is Trouble.BROKEN:
                answer = Answer({"error": "scripted"}, fault.status)
            else:
                answer = await self.work(call)
                await asyncio.sleep(fault.seconds if fault else 0)
        finally:  # a stop cancels what hangs; that it came is recorded all the same
            self._record(call, at_ms, answer, fault)
        if answer is None or trouble is Trouble.LOST:
            return _drop(request)
        if trouble is Trouble.GARBLED:
            return web.Response(body=b'{"ok": tr', content_type="application/json")
        return _json(answer)

    @abstractmethod
    async def work(self, call: Call) -> Answer:
        """What the vendor does for a call of that route."""

    def recorded(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call as its exchange keeps them: no credential among them."""
        return args

    def limited(self) -> Any:
        """The body of a 429."""
        return {"ok": False, "error": "ratelimited"}

    def _record(self, call: Call, at_ms: int, answer: Answer | None, fault: Fault | None) -> None:
        worked = fault is None or fault.trouble in WORKS
        lost = fault is not None and fault.trouble is Trouble.LOST
        exchange = Exchange(
            service=self.service,
            route=call.route,
            at_ms=at_ms,
            answered_ms=self.clock(),
            sent=self.recorded(call.args or {}),
            status=None if answer is None or lost else answer.status,
            answer=answer.body if answer else None,
            done=worked and answer is not None and self.succeeded(answer),
            fault=str(fault.trouble) if fault else None,
        )
        self.requests.append(exchange)
        if self._journal is not None:
            with self._journal.open("ab") as file:
                file.write(msgspec.json.encode(exchange) + b"\n")
        self.changed.happened()

    def succeeded(self, answer: Answer) -> bool:
        """Whether an answer says that the work was done."""
        return answer.status < 400


async def _call(request: web.Request, route: str) -> Call:
    body = await request.read()
    query = dict(request.query)
    return Call(
        route=route,
        method=request.method,
        path=request.path,
        host=request.host.partition(":")[0],
        headers=request.headers,
        query=query,
        body=body,
        args=_arguments(request.content_type, query, body),
    )


def _arguments(content_type: str, query: dict[str, str], body: bytes) -> dict[str, Any] | None:
    if content_type == "application/json" and body:
        try:
            sent = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return None
        return {**query, **sent} if isinstance(sent, dict) else None
    if content_type == "application/x-www-form-urlencoded":
        return {**query, **dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))}
    return dict(query)


def _json(answer: Answer) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(answer.body),
        status=answer.status,
        headers=answer.headers,
        content_type="application/json",
    )


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # it reaches nobody: the connection is gone
