"""Duo: the Auth API through duo_client, in threads, with a timeout always and none of its own sleeps."""

import asyncio
import http.client
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import duo_client
from msgspec import Struct

from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done
from agents.clients.patience import SAFE_ONLY, Patience, persist
from agents.clients.reach import Reach
from streams.shell.failpoints import step

T = TypeVar("T")
FACTOR = "push"
DEVICE = "auto"
REQUEST_KIND = "AWS call"  # Duo's phone shows it in front of "request"
PUSH_THREADS = 8
POLL_THREADS = 32
PLAIN_HTTP = "HTTP"  # duo_client's own word for "no TLS", in the place of a certificate file


class Standby(Struct, frozen=True):
    """Duo's preauth: `result` is auth, allow (bypass), deny or enroll; `can_push` says that a phone is there."""

    result: str
    can_push: bool


class PushStatus(Struct, frozen=True):
    """What became of a push: `result` is waiting, allow, deny, fraud, timeout or error; `detail` Duo's text."""

    result: str
    detail: str


class _Auth(duo_client.Auth):  # type: ignore[misc]  # duo_client has no types
    """Without the sleeps of up to 32 s on a 429, which are duo_client's way and would hold a thread.

    Duo's pinned authorities stay; `ca_file` names others to trust beside them.
    """

    def __init__(self, *args: Any, ca_file: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._MAX_BACKOFF_WAIT_SECS = 0
        self._ca_file = ca_file

    def _connect(self) -> Any:
        connection = super()._connect()
        if self._ca_file is not None and self.ca_certs != PLAIN_HTTP:
            connection.default_ssl_context.load_verify_locations(self._ca_file)
        return connection

    def _attempt_single_request(self, connection: Any, *request: Any) -> Any:
        try:
            return super()._attempt_single_request(connection, *request)
        except BaseException:
            connection.close()  # duo_client leaves it open when there is no answer
            raise


class DuoClient:
    """Pushes and polls; each has threads of its own, so that many waiting polls hold no push back."""

    def __init__(
        self,
        *,
        api_url: str,
        integration_key: str,
        secret_key: str,
        rng: random.Random,
        timeout_s: float = 5.0,
        poll_timeout_s: float = 10.0,
        patience: Patience = Patience(),  # noqa: B008 - a frozen value
        ca_file: str | None = None,
    ) -> None:
        def auth(timeout: float) -> _Auth:
            parts = urlsplit(api_url)
            plain = {"ca_certs": PLAIN_HTTP} if parts.scheme == "http" else {}
            keys = (integration_key, secret_key, parts.hostname)
            return _Auth(*keys, port=parts.port, timeout=timeout, ca_file=ca_file, **plain)

        self._short, self._long = auth(timeout_s), auth(poll_timeout_s)
        self._timeout_s, self._poll_timeout_s = timeout_s, poll_timeout_s
        self._pushes = ThreadPoolExecutor(PUSH_THREADS, "duo-push")
        self._polls = ThreadPoolExecutor(POLL_THREADS, "duo-poll")
        self._rng = rng
        self._patience = patience

    def close(self) -> None:
        """Take no more calls; threads end by themselves, at the latest when their timeout is over."""
        self._pushes.shutdown(wait=False, cancel_futures=True)
        self._polls.shutdown(wait=False, cancel_futures=True)

    async def check(self) -> Outcome[dict[str, Any]]:
        """Whether Duo answers and takes our keys."""
        return await step("duo.check", self._short_call(self._short.check))

    async def preauth(self, username: str, *, until: Callable[[], bool] = lambda: False) -> Outcome[Standby]:
        """Whether a user can be pushed to; it starts nothing, so it is tried again until the time is over."""

        def ask() -> Any:
            return self._short.preauth(username=username)

        asking = persist(lambda: self._short_call(ask), self._patience, self._rng, until=until)
        return _part(await step("duo.preauth", asking), _standby)

    async def push(
        self,
        username: str,
        pushinfo: Mapping[str, str],
        *,
        until: Callable[[], bool] = lambda: False,
    ) -> Outcome[str]:
        """Start one push and get its txid. Tried again only where Duo surely started none."""
        info = urlencode(dict(pushinfo))

        def start() -> Any:
            return self._short.auth(
                FACTOR, username=username, device=DEVICE, type=REQUEST_KIND, pushinfo=info, async_txn=True
            )

        pushing = persist(
            lambda: self._short_call(start), self._patience, self._rng, again_on=SAFE_ONLY, until=until
        )
        return _part(await step("duo.push", pushing), lambda data: str(data["txid"]))

    async def status(self, txid: str) -> Outcome[PushStatus]:
        """What became of a push; one try, for the caller polls anyway.

        Duo holds the call until something changes. We hold it for less, so that no thread outlives a shutdown
        for long: a poll that ends by our own timeout says that the push still waits.
        """

        def poll() -> Any:
            return self._long.auth_status(txid)

        outcome = await step("duo.status", self._call(self._polls, poll, self._poll_timeout_s))
        if outcome.reason == Reach.TIMEOUT:
            return done(PushStatus("waiting", ""))
        return _part(outcome, _push_status)

    async def _short_call(self, call: Callable[[], Any]) -> Outcome[dict[str, Any]]:
        return await self._call(self._pushes, call, self._timeout_s)

    async def _call(
        self, pool: ThreadPoolExecutor, call: Callable[[], Any], timeout_s: float
    ) -> Outcome[dict[str, Any]]:
        # A socket's timeout is for each read; the whole call, queue included, gets twice that.
        try:
            async with asyncio.timeout(2 * timeout_s):
                answer = await step("duo.call", asyncio.get_running_loop().run_in_executor(pool, call))
        except (OSError, http.client.HTTPException, TimeoutError, ValueError) as error:
            return by_fault(error)
        except RuntimeError as error:
            return _refusal(error)
        return done(answer) if isinstance(answer, dict) else Outcome(Standing.UNKNOWN, reason="malformed_answer")


def _standby(data: dict[str, Any]) -> Standby:
    devices = data.get("devices") or []
    can_push = any("push" in (device.get("capabilities") or ()) for device in devices)
    return Standby(str(data["result"]), can_push)


def _push_status(data: dict[str, Any]) -> PushStatus:
    """Only Duo's plain allow is an allow: a bypass also "succeeds", and no phone was touched."""
    status, detail = str(data["status"]), str(data.get("status_msg", ""))
    if data["waiting"]:
        return PushStatus("waiting", detail)
    if data["success"]:
        return PushStatus("allow" if status == "allow" else "error", detail or status)
    return PushStatus(status if status in ("deny", "fraud", "timeout") else "error", detail or status)


def _part(outcome: Outcome[dict[str, Any]], take: Callable[[dict[str, Any]], Any]) -> Outcome[Any]:
    if outcome.standing is not Standing.DONE:
        return outcome
    try:
        return done(take(outcome.got()))
    except (KeyError, TypeError, AttributeError):
        return Outcome(Standing.UNKNOWN, reason="malformed_answer")


def _refusal(error: RuntimeError) -> Outcome[dict[str, Any]]:
    """duo_client raises RuntimeError for every answer that is no success, the HTTP status in an attribute."""
    status = getattr(error, "status", 0)
    if status == 200:
        return Outcome(Standing.UNKNOWN, reason="malformed_answer")
    return by_status(status, f"http_{status}")
