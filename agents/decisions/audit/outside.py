"""Outside: what a journal may know beside the log: processes, documents, troubles of services, leaked secrets."""

from collections.abc import Sequence
from typing import NamedTuple


class Process(NamedTuple):
    """A process of the run that has ended.

    `code` is its exit code, negative where a signal ended it. `told` is whether it was told to end, and `took_s`
    how long it took from there; `lines` is what it wrote.
    """

    role: str
    code: int
    told: bool = False
    took_s: float = 0.0
    lines: Sequence[str] = ()


class Document(NamedTuple):
    """One document that Elasticsearch holds: calls, audit or cases; its id, and its bytes where they are known."""

    kind: str
    name: str
    body: bytes = b""


class Trouble(NamedTuple):
    """A time in which a service (slack, duo, elasticsearch) refused or hung; epoch milliseconds UTC."""

    service: str
    from_ms: int
    until_ms: int


class Leak(NamedTuple):
    """Where a secret was found, and what the configuration calls it; never the secret."""

    where: str
    name: str
