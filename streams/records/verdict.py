"""Verdict: what triage decided about one call."""

from enum import StrEnum

from msgspec import Raw, Struct

from streams.records.actor import Actor
from streams.records.call import Feed


class Action(StrEnum):
    """What happens about a call, in rising strength."""

    LOG = "log"
    NOTIFY = "notify"
    ALERT = "alert"


class End(StrEnum):
    """What triage itself already knows of the call's end; `case` means that a case decides it."""

    LOGGED = "logged"
    CASE = "case"
    REPORTED = "reported"


class Shadow(Struct, frozen=True):
    """What a rule in shadow would have done: `asked` a person of the directory, or `unaskable` says why not."""

    rule: str
    action: Action
    asked: str | None = None
    unaskable: str | None = None


class Verdict(Struct, frozen=True):
    """One accepted call with its decision; `fingerprint` is hex and the id of its document.

    `event_time_ms` is None where the record has no readable eventTime; times are epoch milliseconds UTC.
    """

    fingerprint: str
    action: Action
    end: End
    rules: list[str]
    actor: Actor
    asked: str | None
    why: str
    event_source: str
    event_name: str
    event_id: str | None
    account: str | None
    event_time_ms: int | None
    received_ms: int
    late: bool
    feed: Feed
    position: str
    rules_version: str
    record: Raw
    shadow: list[Shadow] = []


class VerdictFrame(Struct, frozen=True):
    """One message on `verdicts`."""

    verdicts: list[Verdict]
    v: int = 1
