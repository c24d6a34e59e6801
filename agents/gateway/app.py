"""App: the gateway as one aiohttp application."""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from agents.gateway.console import Console
from agents.gateway.deps import GatewayDeps
from agents.gateway.guard import Guard, set_headers
from agents.gateway.health import Health, view_trouble
from agents.gateway.live import Live
from agents.gateway.slack import SlackDoor

BODY_BYTES = 1024 * 1024
"""For the doors that read their body whole; an SNS message of 256 KB is escaped once more on its way."""


def create_gateway(deps: GatewayDeps) -> web.Application:
    """Slack's interactions, probes, metrics and the read-only pages; whoever runs it chooses the address."""
    live = Live(deps.view)
    console, door = Console(deps, live), SlackDoor(deps)
    health = Health({**deps.checks, "case_view": lambda: view_trouble(live)})
    guard = Guard(deps.token, loopback=deps.loopback, clock=deps.clock, open_paths=_paths(deps.routes))
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[_refusals(console), guard.middleware()])
    app.add_routes([*console.routes(), *door.routes(), *health.routes(), *deps.routes])
    app.on_response_prepare.append(set_headers)

    async def running(_app: web.Application) -> AsyncIterator[None]:
        await live.start()
        yield
        await door.stop()
        await live.stop()

    async def stopping(_app: web.Application) -> None:
        live.release()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(stopping)
    return app


def _paths(routes: Sequence[web.AbstractRouteDef]) -> tuple[str, ...]:
    """The paths of the further doors: whoever comes there proves by a signature who it is."""
    return tuple(route.path for route in routes if isinstance(route, web.RouteDef))


def _refusals(console: Console) -> Middleware:
    """Refused pages are pages too: an error of aiohttp's becomes one, in our words and style."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400 or "text/html" not in request.headers.get("Accept", ""):
                raise
            page = console.problem(error.status, error.reason)
            page.headers.update({"WWW-Authenticate": "Bearer"} if error.status == 401 else {})
            return page

    return refuse
