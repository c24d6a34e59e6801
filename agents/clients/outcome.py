"""Outcome: how a call to a vendor went, as a value. What an effect does next depends on nothing else."""

from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from agents.clients.reach import Reach, reach_of

T = TypeVar("T")


class Standing(StrEnum):
    """The four ways a call can end; only `unknown` leaves open whether the vendor did the work."""

    DONE = "done"
    REFUSED = "refused"  # not done, and asking again is of no use
    NOT_DONE = "not_done"  # not done, asking again may help
    UNKNOWN = "unknown"  # the answer did not come, or says nothing


class Outcome(Struct, Generic[T], frozen=True):
    """`reason` is the vendor's error code or the kind of fault, never a message that could hold a secret.

    `value` is there when the standing is done; `retry_after_s` is what the vendor asked for.
    """

    standing: Standing
    value: T | None = None
    reason: str = ""
    retry_after_s: float | None = None

    def got(self) -> T:
        """The value of a call that was done."""
        assert self.value is not None, f"asked a {self.standing} outcome for its value"
        return self.value


def done(value: T) -> Outcome[T]:
    """The vendor did it."""
    return Outcome(Standing.DONE, value)


def by_status(status: int, reason: str, retry_after: str | None = None) -> Outcome[T]:
    """The outcome of an HTTP status that is no success, where the vendor's API says no more.

    A 429 was not done, other 4xx are refusals, and after anything else the work may have been done.
    """
    if status == 429:
        return Outcome(Standing.NOT_DONE, reason=reason, retry_after_s=_seconds(retry_after))
    standing = Standing.REFUSED if 400 <= status < 500 else Standing.UNKNOWN
    return Outcome(standing, reason=reason)


def by_fault(error: BaseException) -> Outcome[T]:
    """The outcome of a fault on the way: a connection that was never made did nothing, all else is unknown.

    The reason is what stood in the way; only a fault that nobody has foreseen goes by its library's name.
    """
    standing = Standing.NOT_DONE if unconnected(error) else Standing.UNKNOWN
    return Outcome(standing, reason=reach_of(error) or type(error).__name__)


def in_words(outcome: Outcome[Any]) -> str:
    """What came of a call that was not done, as somebody who is tired understands it."""
    said = outcome.reason  # a vendor's own code stays as it is, for that is what one looks up
    if said in frozenset(Reach):
        return f"cannot be reached: {said.replace('_', ' ')}"
    if outcome.reason in NO_SENSE:
        return "answers, but not as this service does"
    if outcome.reason.startswith("http_"):
        said = f"HTTP status {outcome.reason.removeprefix('http_')}"
    if outcome.standing is Standing.REFUSED:
        return f"refuses: {said}"
    return f"did not do it: {said or outcome.standing}"


NO_SENSE = frozenset({"malformed_answer", "no_json"})
"""What the clients call an answer that nobody can make sense of."""


def unconnected(error: BaseException | None) -> bool:
    """Whether a fault, or what caused it, says that no connection came about."""
    while error is not None:
        if any(kind.__name__ in UNCONNECTED for kind in type(error).__mro__):
            return True
        error = error.__cause__ or error.__context__
    return False


# By name, for each library has its own: the standard library's, aiohttp's, httpx's. A failed TLS handshake counts,
# for no request was sent yet.
UNCONNECTED = frozenset(
    {
        "gaierror",
        "ConnectionRefusedError",
        "SSLCertVerificationError",
        "ClientConnectorError",
        "ConnectError",
        "ConnectTimeout",
    }
)


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
