"""Audit: what became of every record of a run, and what took how long; a finding is a record lost or doubled."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

import msgspec

from agents.decisions.case.ids import dedup_key
from benchmarks.load.records import Arrival, Kind
from streams.log.reader import OpenLog
from streams.records.case import Case, CaseKind, CaseState
from streams.records.codec import from_wire
from streams.records.fingerprint import fingerprint
from streams.records.intake import Intake
from streams.topics import Topic
from tables.case_index import fingerprints_of
from tests.support.checker import check_all
from tests.support.journal import Journal

PAGE = 500
AUDIT_S = 1_800.0


class Sent(NamedTuple):
    """Every distinct call that was delivered, by fingerprint: what it is, and when its first copy was sent."""

    kinds: dict[bytes, Kind]
    delivered_ms: dict[bytes, int]
    records: int


def mark(arrival: Arrival) -> bytes:
    """The fingerprint of a record."""
    return fingerprint(msgspec.json.decode(arrival.record))


def findings(journal: Journal, sent: Sent, intake: Mapping[str, int]) -> list[str]:
    """Everything that is not as it must be; empty when nothing was lost or doubled and all ended well."""
    wanted = {one for one, kind in sent.kinds.items() if kind is not Kind.QUIET}
    judged = Counter(bytes.fromhex(verdict.fingerprint) for verdict in journal.verdicts)
    cases = journal.last()
    held = Counter(one for case in cases.values() for one in fingerprints_of(case))
    found = check_all(journal)
    found += _differences("verdict", wanted, judged)
    found += _differences("case", wanted, held)
    taken = intake["accepted"] + intake["unwanted"]
    if taken < sent.records:
        found.append(f"{sent.records - taken} records were never taken in")
    if intake.get("dead_letter"):
        found.append(f"{intake['dead_letter']} records became dead letters")
    found += _wrong_ends(cases.values())
    return found + _wrong_messages(journal, cases)


def _differences(what: str, wanted: set[bytes], got: Counter[bytes]) -> list[str]:
    lost, made_up = wanted - got.keys(), got.keys() - wanted
    doubled = [one for one, number in got.items() if number > 1]
    named = {"lost, without a": lost, "doubled in a": doubled, "made up in a": made_up}
    return [f"{len(ones)} calls {how} {what}" for how, ones in named.items() if ones]


def _wrong_ends(cases: Iterable[Case]) -> list[str]:
    """Everybody answers Yes, so questions end verified and alerts paged; nothing else is a case here."""
    due = {CaseKind.QUESTION: CaseState.VERIFIED, CaseKind.ALERT: CaseState.PAGED}
    wrong = Counter(
        f"{case.kind} {case.state}: {case.reason}" for case in cases if due.get(case.kind) != case.state
    )
    return [f"{number} cases ended as {how}" for how, number in wrong.items()]


def _wrong_messages(journal: Journal, cases: Mapping[str, Case]) -> list[str]:
    posts: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for one in journal.exchanges:
        if one.route == "chat.postMessage" and one.done and one.sent.get("metadata"):
            posts[str(metadata(one.sent)["event_payload"]["case_id"])] += 1
        if one.service == "pagerduty" and one.done:
            pages[str(one.sent.get("dedup_key"))] += 1
    alerts = {dedup_key(case.case_id) for case in cases.values() if case.kind is CaseKind.ALERT}
    questions = {case.case_id for case in cases.values() if case.kind is CaseKind.QUESTION}
    found = [f"{number} questions of case {case_id}" for case_id, number in posts.items() if number > 1]
    found += [f"{number} pages of {key}" for key, number in pages.items() if number > 1]
    if posts.keys() != questions:
        found.append(f"{len(questions ^ posts.keys())} cases and questions do not belong together")
    if pages.keys() != alerts:
        found.append(f"{len(alerts ^ pages.keys())} alerts and pages do not belong together")
    return found


def metadata(sent: Mapping[str, Any]) -> Any:
    """What a message to Slack carries beside its text."""
    given = sent["metadata"]
    return msgspec.json.decode(given) if isinstance(given, str) else given


def intake_counts(log: OpenLog) -> Counter[str]:
    """What the bridges counted, by outcome."""
    counts: Counter[str] = Counter()
    for partition in range(log.partitions(Topic.INTAKE)):
        offset = log.begin_offset(Topic.INTAKE, partition)
        while messages := log.read(Topic.INTAKE, partition, offset, PAGE):
            for message in messages:
                counts.update(from_wire(Intake, message.value or b"").counts)
            offset = messages[-1].offset + 1
    return Counter({outcome: number for outcome, number in counts.items() if ":" not in outcome})


def alert_latencies(journal: Journal, sent: Sent) -> dict[str, list[int]]:
    """For each alert, milliseconds to PagerDuty's stand-in: from the bridge's stamp, and from the delivery."""
    paged = {str(one.sent.get("dedup_key")): one.at_ms for one in reversed(journal.exchanges) if _is_page(one)}
    alerts = [case for case in journal.last().values() if case.kind is CaseKind.ALERT]
    ends = [(case.calls[0], paged[dedup_key(case.case_id)]) for case in alerts if dedup_key(case.case_id) in paged]
    return {
        "received_to_page": [at_ms - call.received_ms for call, at_ms in ends],
        "delivered_to_page": [at_ms - sent.delivered_ms[call.fingerprint] for call, at_ms in ends],
    }


def _is_page(one: Any) -> bool:
    return bool(one.service == "pagerduty" and one.done)


def spread(values: list[int]) -> dict[str, int]:
    """Median, 99th percentile and maximum; empty without values."""
    if not values:
        return {}
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [float(values[0])] * 99
    return {"n": len(values), "p50": round(cuts[49]), "p99": round(cuts[98]), "max": max(values)}


def audited(config: Path) -> list[str]:
    """What `countersign audit`, a process of its own, finds on the log that the benchmark leaves."""
    command = [sys.executable, "-m", "agents.cli.main", "audit", "--config", str(config), "-o", "json"]
    done = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, timeout=AUDIT_S, check=False)
    if done.returncode not in {0, 1}:
        return [f"the audit ended with {done.returncode}: {done.stderr[-300:]}"]
    return [f"{row['invariant']}: {row['finding']}" for row in json.loads(done.stdout) if "finding" in row]
