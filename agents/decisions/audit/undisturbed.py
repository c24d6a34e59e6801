"""Undisturbed: services in trouble delay no page, and documents catch up (I16)."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.outside import Trouble
from agents.decisions.audit.paged import RESCUE_MS, Heard, due_alerts, due_others
from agents.decisions.audit.states import RESCUERS
from agents.decisions.audit.terms import Terms

SERVICES = ("slack", "duo", "elasticsearch")
"""Those whose trouble delays nobody; PagerDuty's own delays its pages."""


def nobody_delays_a_page(journal: Journal, terms: Terms) -> list[Finding]:
    """I16: pages that were due while a service was in trouble went out in time; each document is there once."""
    return [*_delayed(journal, terms), *_documents(journal)]


def nothing_outside(journal: Journal, terms: Terms) -> str | None:
    """What is missing for this check, None where there is something to judge."""
    if journal.documents is not None or (terms.page_ms() is not None and journal.exchanges and troubles(journal)):
        return None
    return "no documents, and no trouble of a service, are handed over with the log"


def troubles(journal: Journal) -> list[Trouble]:
    """Those that were handed over, and stretches in which a stand-in let every call go wrong."""
    found = [one for one in journal.troubles if one.service in SERVICES]
    for service in SERVICES:
        begun_ms: int | None = None
        for one in sorted((one for one in journal.exchanges if one.service == service), key=lambda one: one.at_ms):
            if one.fault is None:
                begun_ms = None
            elif begun_ms is None:
                begun_ms = one.at_ms
                found.append(Trouble(service, begun_ms, one.answered_ms))
            else:
                found[-1] = Trouble(service, begun_ms, max(found[-1].until_ms, one.answered_ms))
    return found


def _delayed(journal: Journal, terms: Terms) -> Iterator[Finding]:
    page_ms = terms.page_ms()
    if page_ms is None or terms.speed != 1.0 or not journal.exchanges:
        return
    heard, in_trouble = Heard(journal, terms), troubles(journal)
    for case, due_ms in chain(due_alerts(journal), due_others(journal)):
        service = next((one.service for one in in_trouble if one.from_ms <= due_ms <= one.until_ms), None)
        at_ms = heard.by_vendor(case, due_ms)
        if service is None or at_ms is None:  # a page that nobody took is a finding of I2, I3 or I4
            continue
        rescued = case.page is not None and case.page.by in RESCUERS
        if at_ms - due_ms > page_ms + (RESCUE_MS if rescued else 0):
            late_s = (at_ms - due_ms) / 1000
            yield of_case(
                case.case_id, f"was due while {service} was in trouble, and PagerDuty took it {late_s:.0f} s later"
            )


def _documents(journal: Journal) -> Iterator[Finding]:
    """What is missing, and what is there twice or belongs to nothing."""
    if journal.documents is None:
        return
    wanted = {
        *(("calls", verdict.fingerprint) for verdict in journal.verdicts),
        *(("audit", f"{fact.case_id}-{fact.seq}") for fact in journal.facts),
        *(("cases", case_id) for case_id in journal.last()),
    }
    known = wanted | {("cases", fact.case_id) for fact in journal.facts}
    found = Counter((one.kind, one.name) for one in journal.documents)
    for kind, name in sorted(wanted - found.keys()):
        yield Finding(f"document {name} of {kind} is missing", at=name)
    for (kind, name), count in sorted(found.items()):
        if count > 1:
            yield Finding(f"document {name} of {kind} is there {count} times", at=name)
        elif (kind, name) not in known and journal.kept_from_ms == 0:
            yield Finding(f"document {name} of {kind} belongs to nothing on the log", at=name)
