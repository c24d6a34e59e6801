"""Contents: nothing that has an id may have two contents under it."""

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from agents.decisions.audit.finding import Finding, named, of_call, of_case, place
from agents.decisions.audit.journal import Called, Journal
from agents.decisions.audit.terms import Terms
from streams.records.fact import Fact
from streams.topics import Topic

K = TypeVar("K", bound=Hashable)
KEPT_BYTES = 16


class Contents(Generic[K]):
    """Remembers, for each id, the first content and when that was; 16 bytes of a content tell it from another."""

    def __init__(self) -> None:
        self._first: dict[K, tuple[bytes, int]] = {}

    def __len__(self) -> int:
        return len(self._first)

    def other(self, key: K, content: bytes, at_ms: int) -> bool:
        """Whether the id is known with another content; the first one stays."""
        first = self._first.setdefault(key, (content[:KEPT_BYTES], at_ms))
        return first[0] != content[:KEPT_BYTES]

    def forget_before(self, before_ms: int) -> None:
        """Forget what came before then; what came first is forgotten first."""
        old = []
        for key, (_, at_ms) in self._first.items():
            if at_ms >= before_ms:
                break
            old.append(key)
        for key in old:
            del self._first[key]


def twice_under_an_event(calls: Iterable[Called], seen: Contents[bytes]) -> Iterator[Finding]:
    """The calls whose eventID came before, in the same account, with another content."""
    for called in calls:
        if called.mark is None or called.event is None:
            continue
        key = hashlib.sha256(called.event.encode("utf-8", "surrogatepass")).digest()[:KEPT_BYTES]
        if seen.other(key, called.mark, called.at.at_ms):
            at = place(Topic.CALLS, called.at)
            what = f"at {at} has the eventID of another call ({called.event})"
            yield of_call(called.mark, what, at=at)


def twice_under_a_seq(facts: Iterable[Fact], seen: Contents[tuple[str, int]]) -> Iterator[Finding]:
    """The facts whose case and seq came before with another content."""
    for fact in facts:
        content = hashlib.sha256(msgspec.json.encode(fact)).digest()
        if seen.other((fact.case_id, fact.seq), content, fact.at_ms):
            yield of_case(
                fact.case_id, f"has two contents under seq {fact.seq}", at=f"{fact.seq}/{named(content)}"
            )


def one_content_an_event(journal: Journal, _terms: Terms) -> list[Finding]:
    """I1: one eventID of one account is one call."""
    found = {one.fingerprint: one for one in twice_under_an_event(journal.calls, Contents())}
    return list(found.values())


def one_content_a_seq(journal: Journal, _terms: Terms) -> list[Finding]:
    """I6: one (case_id, seq) is one fact."""
    found = {one.subject: one for one in twice_under_a_seq(journal.facts, Contents())}
    return list(found.values())
