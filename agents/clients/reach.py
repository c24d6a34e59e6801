"""Reach: why a service could not be reached, as one of a few words instead of a library's name for it."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from enum import StrEnum


class Reach(StrEnum):
    """What stood in the way; underscores are blanks to whoever reads it."""

    HOST_NOT_FOUND = "host_not_found"
    REFUSED = "connection_refused"
    NO_ROUTE = "no_route"
    UNTRUSTED = "certificate_not_trusted"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "no_answer_in_time"
    PROXY = "proxy_refused"
    CUT = "connection_cut"


_BY_NUMBER = {
    errno.ECONNREFUSED: Reach.REFUSED,
    errno.ENETUNREACH: Reach.NO_ROUTE,
    errno.EHOSTUNREACH: Reach.NO_ROUTE,
    errno.ENETDOWN: Reach.NO_ROUTE,
    errno.ETIMEDOUT: Reach.TIMEOUT,
    errno.ECONNRESET: Reach.CUT,
    errno.EPIPE: Reach.CUT,
}
_BY_KIND: Sequence[tuple[type[BaseException], Reach]] = (
    (socket.gaierror, Reach.HOST_NOT_FOUND),
    (ssl.SSLCertVerificationError, Reach.UNTRUSTED),
    (ssl.SSLError, Reach.TLS_FAILED),
    (TimeoutError, Reach.TIMEOUT),
)
# By name, for each library has its own: aiohttp's, httpx's, urllib3's, botocore's, the standard library's.
_BY_NAME = {
    "ConnectTimeout": Reach.TIMEOUT,
    "ReadTimeout": Reach.TIMEOUT,
    "ConnectTimeoutError": Reach.TIMEOUT,
    "ReadTimeoutError": Reach.TIMEOUT,
    "ConnectionTimeout": Reach.TIMEOUT,
    "ServerTimeoutError": Reach.TIMEOUT,
    "ProxyError": Reach.PROXY,
    "ProxyConnectionError": Reach.PROXY,
    "ServerDisconnectedError": Reach.CUT,
    "RemoteProtocolError": Reach.CUT,
    "RemoteDisconnected": Reach.CUT,
    "ConnectionClosedError": Reach.CUT,
}
_NUMBER = re.compile(r"\[Errno (\d+)\]")


def reach_of(error: BaseException) -> Reach | None:
    """What stood in the way, by the deepest cause that says it; None where none does."""
    found = [reach for each in _causes(error) if (reach := _of_one(each)) is not None]
    return found[-1] if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _of_one(error: BaseException) -> Reach | None:
    for kind, reach in _BY_KIND:
        if isinstance(error, kind):
            return reach
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_NAME:
            return _BY_NAME[kind.__name__]
    if isinstance(error, OSError):
        # Where a host has several addresses, asyncio tells of all of them in one text without a number.
        text = " ".join(map(str, error.args))
        numbers = [error.errno] if error.errno else [int(found) for found in _NUMBER.findall(text)]
        return next((_BY_NUMBER[number] for number in numbers if number in _BY_NUMBER), None)
    return None
