"""Guard: who may see the pages, and the headers that keep a page from doing anything but being read."""

import hashlib
import hmac

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from streams.clock import Clock

COOKIE = "countersign_console"
SESSION_MS = 8 * 3_600_000
OPEN_PATHS = ("/slack/", "/livez", "/readyz", "/metrics", "/static/")
"""Slack signs its requests itself; probes and metrics name nobody; a refused reader still gets the style sheet."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on a response that is about to leave; one that set its own keeps it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def foreign_host(request: web.Request) -> bool:
    """Whether a browser was led here by another name: without a token, that is all DNS rebinding needs."""
    try:
        host = URL(f"http://{request.host}").host
    except ValueError:
        return True
    return host not in LOOPBACK_NAMES


class Guard:
    """Lets readers with the console's token in; without one configured, only readers on this machine.

    A token is taken once from `?token=` or an Authorization header; after that a cookie that is signed with the
    token stands for it, for eight hours at most.
    """

    def __init__(
        self, token: str | None, *, loopback: bool, clock: Clock, open_paths: tuple[str, ...] = ()
    ) -> None:
        self._token = token.encode() if token else None
        self._loopback = loopback
        self._clock = clock
        self._open_paths = open_paths

    def middleware(self) -> Middleware:
        """The check, as aiohttp wants it."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(OPEN_PATHS) or request.path in self._open_paths:
                return await handler(request)
            if self._token is None:
                self._require_loopback(request)
                return await handler(request)
            given = request.query.get("token")
            if given is not None and self._is_token(given):
                raise self._welcome(request)
            if not self._known(request):
                raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
            return await handler(request)

        return check

    def _require_loopback(self, request: web.Request) -> None:
        if not self._loopback:
            raise web.HTTPForbidden(reason="set gateway.console_token: these pages are not on loopback")
        if foreign_host(request):
            raise web.HTTPForbidden(reason="without a token the pages answer to 127.0.0.1 and localhost only")

    def _welcome(self, request: web.Request) -> web.HTTPFound:
        """A cookie, and the same address without the token, which so stays out of history and logs."""
        until_ms = self._clock() + SESSION_MS
        answer = web.HTTPFound(request.rel_url.without_query_params("token"))
        answer.set_cookie(
            COOKIE,
            f"{until_ms}.{self._sign(until_ms)}",
            max_age=SESSION_MS // 1000,
            httponly=True,
            samesite="Lax",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )
        return answer

    def _known(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return True
        return self._is_session(request.cookies.get(COOKIE, ""))

    def _is_session(self, value: str) -> bool:
        until, _, signature = value.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < 16):
            return False
        fresh = self._clock() < int(until)
        return hmac.compare_digest(signature.encode(), self._sign(int(until)).encode()) and fresh

    def _is_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(errors="replace"), self._token)

    def _sign(self, until_ms: int) -> str:
        assert self._token is not None
        return hmac.new(self._token, f"console until {until_ms}".encode(), hashlib.sha256).hexdigest()
