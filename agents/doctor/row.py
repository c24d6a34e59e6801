"""Row: one thing that was looked at, and what to do when it is not as it should be."""

from typing import Any

from msgspec import Struct

from agents.clients.outcome import NO_SENSE, Outcome, Standing, in_words
from agents.clients.reach import Reach


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


def failed(what: str, outcome: Outcome[Any], fix: str, address: str) -> Row:
    """A call that was not done: refused is wrong, anything else is silence. `address` is the key of the URL."""
    if outcome.standing is Standing.REFUSED:
        return wrong(what, in_words(outcome), fix)
    return silent(what, in_words(outcome), remedy(outcome.reason, address))


def remedy(reason: str, address: str) -> str:
    """What to look at where a service was not reached, by what stood in the way."""
    if reason in NO_SENSE:
        return f"does {address} lead there?"
    found = next((text for reach, text in _REMEDIES.items() if reach == reason), _LATER)
    return found.format(address=address)


_LATER = "try again in a moment; else check {address}"
_REMEDIES = {
    Reach.HOST_NOT_FOUND: "check the host name in {address}, and the DNS of this machine",
    Reach.REFUSED: "nothing listens there: check host and port in {address}, and the proxy variables",
    Reach.NO_ROUTE: "check the network and the firewall between here and {address}",
    Reach.UNTRUSTED: "name the authority that signed it in ca_file; does {address} lead where it should?",
    Reach.TLS_FAILED: "check that {address} speaks https, and the proxy variables",
    Reach.TIMEOUT: "check the firewall between here and {address}, and the proxy variables",
    Reach.PROXY: "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    Reach.CUT: "check {address}, and what stands between here and there: a proxy, a firewall",
}
