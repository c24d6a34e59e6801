"""Judging: the terms that a configuration gives an audit."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from agents.decisions.audit.secret_texts import SecretTexts
from agents.decisions.audit.terms import Folding, Terms
from agents.decisions.judge import Policy, judge
from streams.embedded.location import parse_location
from streams.settings.model import Settings
from streams.settings.secret import Secret
from tables.case_shelf import CaseShelf

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Keeping(NamedTuple):
    """How long the log keeps calls, and the table cases that ended, in milliseconds."""

    calls_ms: int
    cases_ms: int


def keeping(settings: Settings) -> Keeping:
    """How long what an audit looks for is there."""
    return Keeping(settings.log.retention_days * DAY_MS, 2 * settings.limits.lateness_h * HOUR_MS)


def terms_of(
    policy: Policy, url: str, versions_at: Callable[[int], Sequence[Policy | None]] | None = None
) -> Terms:
    """Terms without a clock: what these rules fire on, when a call is late, how fast the log's clock runs.

    `versions_at` says which versions may have judged a call received then; a call has to have an end where each of
    them fires on it.
    """

    def wanted(record: bytes, received_ms: int) -> bool:
        """Whether triage would have said anything of a record; what it cannot judge has to be a dead letter."""
        try:
            fields: Any = msgspec.json.decode(record)
            versions = [policy] if versions_at is None else versions_at(received_ms)
            return all(one is not None and _fires(fields, one, received_ms) for one in versions)
        except Exception:  # noqa: BLE001 - as triage, which makes a dead letter of it
            return True

    speed = 1.0 if url.startswith("kafka:") else parse_location(url).clock_speed
    folding = Folding(CaseShelf, policy.limits, policy.observe)
    return Terms(
        speed=speed,
        wanted=wanted,
        lateness_ms=policy.lateness_ms,
        folding=folding,
        grant_wait_ms=policy.grant_wait_ms,
    )


def _fires(fields: Any, policy: Policy, received_ms: int) -> bool:
    if policy.rules.depends_on_actor(fields):
        return False  # what was decided may hang on a grant that this one record does not show
    return judge(fields, account=None, policy=policy, received_ms=received_ms).decision is not None


def secrets_of(settings: Settings) -> SecretTexts:
    """Every secret that the configuration gave, by its key: what I17 looks for."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [("", settings)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Secret):
            found[path] = value.reveal()
        elif isinstance(value, msgspec.Struct):
            prefix = f"{path}." if path else ""
            waiting += [(f"{prefix}{name}", getattr(value, name)) for name in value.__struct_fields__]
        elif isinstance(value, list | tuple):
            waiting += [(f"{path}[{number}]", one) for number, one in enumerate(value)]
    return SecretTexts(found)
