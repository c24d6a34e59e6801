"""Console: the read-only pages. Invariant: nothing here changes a case, and no page has a button that would."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from agents.gateway import present
from agents.gateway.deps import GatewayDeps
from agents.gateway.live import Live
from agents.gateway.words import in_words
from agents.pages.environment import STATIC, environment
from agents.pages.stream import stream
from streams.records.case import Case

BEAT_S = 15.0
SHOWN_ENDED = 100


class Console:
    """Renders the overview, the list of cases and a case, and tells open pages what changed."""

    def __init__(self, deps: GatewayDeps, live: Live) -> None:
        self._deps = deps
        self._live = live
        self._env = environment()

    def routes(self) -> list[web.AbstractRouteDef]:
        """The paths of the pages and of what they load."""
        return [
            web.get("/", self.overview),
            web.get("/cases", self.cases),
            web.get("/cases/{case_id:[a-z2-7]{1,64}}", self.case),
            web.get("/events", self.events),
            web.static("/static", STATIC),
        ]

    async def overview(self, _request: web.Request) -> web.Response:
        """Open questions with their countdowns, and today's counts."""
        view = self._live.view
        opened, ended = view.open_cases(), view.ended_cases()
        return self._page(
            "overview.html",
            here="/",
            today=present.today(opened, ended, self._deps.clock()),
            open_rows=self._rows(opened),
            ended_rows=self._rows(ended[:8]),
            stale=self._live.trouble,
        )

    async def cases(self, _request: web.Request) -> web.Response:
        """All open cases, and those that ended last."""
        view = self._live.view
        return self._page(
            "cases.html",
            here="/cases",
            open_rows=self._rows(view.open_cases()),
            ended_rows=self._rows(view.ended_cases()[:SHOWN_ENDED]),
        )

    async def case(self, request: web.Request) -> web.Response:
        """One case from its first call to its end."""
        case = await self._live.find(request.match_info["case_id"])
        if case is None:
            raise web.HTTPNotFound(reason="no such case is open or among the last that ended")
        accounts = self._deps.accounts
        return self._page(
            "case.html",
            here="/cases",
            case=case,
            row=present.row(case, accounts),
            accounts=accounts,
            rules=present.notes(case, self._deps.rules),
            not_asked=in_words(case.unaskable) if case.unaskable else "",
            steps=present.timeline(case, self._live.view.facts(case.case_id)),
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one `case` event a change, with the id and the state."""
        return await stream(request, self._changes())

    def problem(self, status: int, reason: str) -> web.Response:
        """The page of a refusal."""
        response = self._page("problem.html", here="", status=status, reason=reason)
        response.set_status(status)
        return response

    async def _changes(self) -> AsyncGenerator[bytes]:
        yield b"retry: 2000\n\n"
        async with aclosing(self._live.changes(BEAT_S)) as changes:
            async for case in changes:
                yield b": still here\n\n" if case is None else _event(case)

    def _rows(self, cases: list[Case]) -> list[present.Row]:
        return [present.row(case, self._deps.accounts) for case in cases]

    def _page(self, template: str, **values: object) -> web.Response:
        text = self._env.get_template(template).render(
            now_ms=self._deps.clock(), observe=self._deps.observe, **values
        )
        return web.Response(text=text, content_type="text/html")


def _event(case: Case) -> bytes:
    data = json.dumps({"case_id": case.case_id, "state": case.state})
    return f"event: case\ndata: {data}\n\n".encode()
