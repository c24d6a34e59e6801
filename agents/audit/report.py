"""Report: one audit of a whole log."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agents.audit.reading import Log, Reading, Tick
from agents.decisions.audit.accounted import open_calls
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.registry import CHECKS, Check, judged, unjudged
from agents.decisions.audit.terms import Terms

HOUR_MS = 3_600_000

Found = Mapping[str, Sequence[Finding]]


class Report(NamedTuple):
    """What each check found, by its name; how many messages were read, and how many calls are on their way.

    `unjudged` says of each other check why it had nothing to go by.
    """

    by_check: Found
    messages: int
    open_calls: int
    unjudged: Mapping[str, str] = {}

    @property
    def findings(self) -> int:
        """How many there are in all."""
        return sum(map(len, self.by_check.values()))

    def rows(self) -> list[dict[str, Any]]:
        """A row a check; `ok` is None where it has nothing to go by: `lacks` says why, `tests` name what tells."""
        return [self._row(check) for check in CHECKS]

    def _row(self, check: Check) -> dict[str, Any]:
        found = self.by_check.get(check.name)
        return {
            "invariant": check.invariant,
            "check": check.name,
            "ok": None if found is None else not found,
            "findings": None if found is None else len(found),
            "promise": check.promise,
            "lacks": self.unjudged.get(check.name),
            "tests": list(check.tests),
        }

    def found(self) -> list[dict[str, Any]]:
        """A row a finding."""
        return [
            {"invariant": check.invariant, "check": check.name, "finding": one.sentence, **_about(one)}
            for check in CHECKS
            for one in self.by_check.get(check.name, ())
        ]


def _about(finding: Finding) -> dict[str, str | None]:
    return {"case_id": finding.case_id, "fingerprint": finding.fingerprint, "at": finding.at}


def audited(log: Log, terms: Terms, *, keep_ms: int | None = None, bar: tuple[Tick, Tick] | None = None) -> Report:
    """Read the log and judge it. What is found is looked for a second time: a pipeline at work is no finding.

    `keep_ms` is how long the log keeps calls; what is older than that, but for an hour, is not judged.

    Raises:
        LogUnusable: the log cannot be read.
    """
    first = _once(log, terms, keep_ms, bar)
    if not first.findings:
        return first
    second = _once(log, terms, keep_ms, None)
    before = {name: {one.subject for one in found} for name, found in first.by_check.items()}
    stayed = {
        name: [one for one in found if one.subject in before[name]] for name, found in second.by_check.items()
    }
    return second._replace(by_check=stayed)


def _once(log: Log, terms: Terms, keep_ms: int | None, bar: tuple[Tick, Tick] | None) -> Report:
    read = 0

    def tick(messages: int) -> None:
        nonlocal read
        read += messages
        if bar is not None:
            bar[1](messages)

    reading = Reading(log, tick=tick, secrets=terms.secrets)
    if bar is not None:
        bar[0](reading.total())
    kept_from_ms = 0
    if reading.trimmed():
        now_ms = terms.now_ms or 0
        oldest_ms = reading.oldest_ms() if keep_ms is None else now_ms - keep_ms
        kept_from_ms = oldest_ms + HOUR_MS
    journal = reading.journal(kept_from_ms=kept_from_ms)
    found = {check.name: findings for check, findings in judged(journal, terms)}
    return Report(found, read, open_calls(journal, terms), unjudged(journal, terms))
