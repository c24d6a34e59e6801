"""Row: one thing that was looked at, and what to do when it is not as it should be."""

from typing import Any

from msgspec import Struct

from agents.clients.outcome import Outcome, Standing


class Row(Struct, frozen=True):
    """`ok` is None for what the configuration does not use; `reached` is False where nobody answered at all."""

    what: str
    ok: bool | None
    detail: str
    fix: str = ""
    reached: bool = True


def well(what: str, detail: str) -> Row:
    """It is as it should be."""
    return Row(what, ok=True, detail=detail)


def wrong(what: str, detail: str, fix: str) -> Row:
    """It answered, and something is wrong."""
    return Row(what, ok=False, detail=detail, fix=fix)


def silent(what: str, detail: str, fix: str) -> Row:
    """It did not answer."""
    return Row(what, ok=False, detail=detail, fix=fix, reached=False)


def unused(what: str, why: str) -> Row:
    """The configuration does without it."""
    return Row(what, ok=None, detail=why)


def failed(what: str, outcome: Outcome[Any], fix: str) -> Row:
    """A call that was not done: refused is wrong, anything else is silence."""
    if outcome.standing is Standing.REFUSED:
        return wrong(what, outcome.reason, fix)
    detail = outcome.reason or str(outcome.standing)
    return silent(what, detail, "is it reachable from here? see ca_file and the proxy variables")
