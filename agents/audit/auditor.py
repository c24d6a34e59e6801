"""Auditor: reads on in the log, and pages what it finds, each finding once."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable

import structlog

from agents.audit.tail import Found, Tail
from agents.clients.outcome import Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.ledger import Ledger
from agents.decisions.audit.terms import Terms
from agents.paging import send_page
from streams.log.reader import OpenLog
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0
BLIND_LOOKS = 6
ACCOUNTED = "accounted"
HOUR_MS = 3_600_000
ALONE_AN_HOUR = 20
"""So many findings an hour page alone, more of a kind share a page: whoever may publish can make findings."""


class Auditor:
    """`terms` without a clock are what it judges by; `pager` is None where nobody is paged (observe).

    `keep_ms` is how long the log keeps calls, `case_keep_ms` how long the table keeps cases that ended.
    """

    def __init__(
        self,
        open_log: Callable[[], OpenLog],
        pager: PagerDutyClient | None,
        terms: Terms,
        *,
        keep_ms: int,
        case_keep_ms: int,
    ) -> None:
        self._open_log = open_log
        self._log: OpenLog | None = None
        self._pager = pager
        self._terms = terms
        self._keep_ms = keep_ms
        self._case_keep_ms = case_keep_ms
        self._begin()
        self._owed: deque[Found] = deque()
        self._paged: dict[str, int] = {}
        self._alone: deque[int] = deque()
        self._blind = 0
        self._forget_ms = 0

    async def run(self) -> None:
        """Look every five seconds, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def trouble(self) -> str | None:
        """Why the last look saw nothing, None where it did."""
        return f"it cannot read the log since {self._blind} looks" if self._blind else None

    def sizes(self) -> dict[str, int]:
        """How much it keeps in memory, by what it is."""
        return self._ledger.sizes()

    async def look(self) -> None:
        """One round: read up to the log's end, judge, page what was not paged yet."""
        try:
            now_ms = await step("auditor.look", asyncio.to_thread(self._read))
            self._blind = 0
        except Exception as fault:  # noqa: BLE001 - whatever keeps us from reading the log is worth a page
            self._blind += 1
            log.error("audit_blind", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - the text says it
            if self._blind == BLIND_LOOKS:
                await self._send(
                    "countersign-audit-blind", "the auditor cannot read the log", {"fault": str(fault)}
                )
            return
        while self._owed and await self._page(*self._owed[0], now_ms):
            self._owed.popleft()

    def _begin(self) -> None:
        self._ledger = Ledger()
        self._tail = Tail(self._ledger)

    def _read(self) -> int:
        """Everything new; the log's time of the look. What fails begins again with the whole log."""
        try:
            if self._log is None:
                self._log = self._open_log()
            now_ms = self._log.clock()
            terms = self._terms._replace(now_ms=now_ms)
            found = self._tail.catch_up(self._log, terms)
        except Exception:
            self.close()
            self._begin()
            raise
        found += [(ACCOUNTED, one) for one in self._ledger.overdue(terms, now_ms - self._case_keep_ms)]
        if now_ms >= self._forget_ms:
            self._forget(now_ms - self._keep_ms)
            self._forget_ms = now_ms + HOUR_MS
        waiting = set(self._owed)
        self._owed += [one for one in dict.fromkeys(found) if one not in waiting]
        return now_ms

    def _forget(self, before_ms: int) -> None:
        self._ledger.forget_before(before_ms)
        self._paged = {key: at_ms for key, at_ms in self._paged.items() if at_ms >= before_ms}

    async def _page(self, check: str, finding: Finding, now_ms: int) -> bool:
        """Page; whether it needs no page any more."""
        key, summary = _key(check, finding), f"Countersign audit, {check}: {finding}"
        if key in self._paged:
            return True
        while self._alone and self._alone[0] < now_ms - HOUR_MS:
            self._alone.popleft()
        if len(self._alone) >= ALONE_AN_HOUR:
            key = f"countersign-audit-{check}-{now_ms // HOUR_MS}"
            summary = (
                f"Countersign audit, {check}: more than {ALONE_AN_HOUR} findings an hour; the last: {finding}"
            )
        log.error("audit_finding", check=check, finding=str(finding))
        if key not in self._paged and not await self._send(
            key, summary, {"check": check, "finding": str(finding)}
        ):
            return False
        self._alone.append(now_ms)
        self._paged[key] = now_ms
        return True

    async def _send(self, key: str, summary: str, details: dict[str, str]) -> bool:
        if self._pager is None:
            return True
        details |= {"next": "countersign audit"}
        content = PageContent(summary, "countersign", details)
        try:
            outcome = await step("auditor.page", send_page(self._pager, key, "high", content))
        except Exception as fault:  # noqa: BLE001 - a page that fails is tried again at the next look
            log.error("audit_not_heard", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above
            return False
        if outcome.standing is not Standing.DONE:
            log.error("audit_not_heard", key=key, reason=outcome.reason)
        return outcome.standing is Standing.DONE

    def close(self) -> None:
        """Give the log back."""
        if self._log is not None:
            self._log.close()
            self._log = None


def _key(check: str, finding: Finding) -> str:
    """The dedup_key of a finding: the same for whoever finds it again, and for every copy of a call."""
    subject = finding.fingerprint or f"{finding.case_id} {finding.at}"
    return f"countersign-audit-{hashlib.sha256(f'{check} {subject}'.encode()).hexdigest()[:26]}"
