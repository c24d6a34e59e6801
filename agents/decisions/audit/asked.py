"""Asked: a notify call leads to a delivered question or a page (I2)."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agents.decisions.audit.ends import holders
from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from agents.decisions.case.ids import dedup_key
from streams.records.case import ENDS
from streams.records.fact import FactKind
from streams.records.verdict import Action, End

TOLD = frozenset({FactKind.DELIVERED, FactKind.PAGED, FactKind.REPORTED})


def asked_or_paged(journal: Journal, terms: Terms) -> list[Finding]:
    """I2: a notify call leads to a delivered question or a page, and Slack or PagerDuty saw it."""
    held, last = holders(journal), journal.last()
    told = {case_id: {fact.kind for fact in facts} for case_id, facts in journal.facts_of().items()}
    due = {
        case_id
        for verdict in journal.verdicts
        if verdict.action is Action.NOTIFY and verdict.end is End.CASE
        for case_id in held.get(bytes.fromhex(verdict.fingerprint), ())
    }
    found = []
    for case_id in sorted(due):
        case = last[case_id]
        waits = case.state not in ENDS and (terms.now_ms is not None or terms.open_allowed)
        if not case.observe and not waits and not told[case_id] & TOLD:
            found.append(of_case(case_id, "was neither delivered nor paged"))
    return found + (list(_unseen(journal)) if journal.exchanges else [])


def _unseen(journal: Journal) -> Iterator[Finding]:
    """Facts of a delivery or a page that no vendor knows of."""
    posted = {case_of_post(one.sent) for one in journal.exchanges if one.route == "chat.postMessage" and one.done}
    paged = {one.sent.get("dedup_key") for one in journal.exchanges if one.service == "pagerduty" and one.done}
    for fact in journal.facts_once():
        if fact.kind is FactKind.DELIVERED and fact.case_id not in posted:
            yield of_case(fact.case_id, "was delivered, but Slack has no such message")
        if fact.kind is FactKind.PAGED and dedup_key(fact.case_id) not in paged:
            yield of_case(fact.case_id, "was paged, but PagerDuty took no such event")


def case_of_post(sent: Mapping[str, Any]) -> str | None:
    """The case that a Slack message speaks of, by its metadata."""
    metadata = sent.get("metadata") or {}
    if isinstance(metadata, str):
        metadata = msgspec.json.decode(metadata)
    case_id: str | None = (metadata.get("event_payload") or {}).get("case_id")
    return case_id
