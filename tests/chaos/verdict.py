"""Verdict: the offline checks over a run that is over, and the figures of its row."""

from collections import Counter
from typing import Any, NamedTuple

from agents.decisions.audit.asked import case_of_post
from agents.decisions.audit.ends import ends
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.states import RESCUERS
from agents.decisions.case.ids import dedup_key
from streams.log.opening import open_log_reader
from tests.chaos.delays import page_delays
from tests.chaos.row import Row
from tests.chaos.world import World
from tests.support.checker import check_all
from tests.support.journal import read_journal

HALTED, REFUSED, KILLED = 70, 4, -9
PIPELINE = "countersign-pipeline-"


class Verdict(NamedTuple):
    """What a row of the report says; `findings` is empty where every promise was kept."""

    calls: int
    ends: dict[str, int]
    pages: int
    by_rescuers: int
    pipeline_pages: int
    duplicates: dict[str, int]
    longest_s: float
    allowed_s: float
    exits: dict[str, int]
    findings: list[str]


def judge(row: Row, world: World, missing: str | None, measured_s: float | None) -> Verdict:
    """Read everything and judge it; `missing` is what had not come to its end in time, `measured_s` an outage."""
    with open_log_reader(world.cluster.log_settings) as reader:
        exchanges = [one for service in world.standins.all for one in service.requests]
        journal = read_journal(reader, exchanges)
    published, incidents = world.trickle.published, world.standins.pagerduty.incidents
    delays = page_delays(journal, published, incidents)
    reached = ends(journal)
    ours = {dedup_key(case_id) for case_id in journal.last()}
    findings = [f"not settled: {missing}"] if missing else []
    findings += world.findings + check_all(journal)
    findings += (
        _lost(journal, published)
        + _unarchived(world, journal)
        + _late(delays, row.paged_within_s(measured_s))
        + _exits(world)
    )
    findings += [
        f"{key} has {count} incidents" for key, count in _many(one.dedup_key for one in incidents).items()
    ]
    return Verdict(
        calls=len(published),
        ends=dict(sorted(Counter("+".join(sorted(reached.get(mark, {"none"}))) for mark in published).items())),
        pages=sum(one.dedup_key in ours for one in incidents),
        by_rescuers=sum(case.page is not None and case.page.by in RESCUERS for case in journal.last().values()),
        pipeline_pages=sum(one.dedup_key.startswith(PIPELINE) for one in incidents),
        duplicates=_duplicates(world, journal),
        longest_s=max(delays.values(), default=0.0),
        allowed_s=row.paged_within_s(measured_s),
        exits=dict(
            sorted(Counter(f"{one.name} {one.code}" for one in world.keeper.ended if not one.asked).items())
        ),
        findings=findings,
    )


def _lost(journal: Journal, published: dict[bytes, int]) -> list[str]:
    """What was published and never accepted."""
    accepted = {called.mark for called in journal.calls}
    return [
        f"I1: call {mark.hex()[:12]} was published and never accepted"
        for mark in published
        if mark not in accepted
    ]


def _unarchived(world: World, journal: Journal) -> list[str]:
    """I16: documents without gap or double."""
    wanted = Counter(
        [
            *(("calls", mark) for mark in {verdict.fingerprint for verdict in journal.verdicts}),
            *(("audit", f"{case_id}-{seq}") for case_id, seq in {(one.case_id, one.seq) for one in journal.facts}),
            *(("cases", case_id) for case_id in journal.last()),
        ]
    )
    found = Counter((index.split("-")[1].partition("-")[0], name) for index, name in world.archive.documents)
    gaps, doubles = wanted - found, found - wanted
    return [f"I16: document {name} of {kind} is missing" for kind, name in list(gaps)[:5]] + [
        f"I16: document {name} of {kind} is one too many" for kind, name in list(doubles)[:5]
    ]


def _late(delays: dict[str, float], within_s: float) -> list[str]:
    return [
        f"I3/I4: case {case_id} was paged {delay_s:.1f} s after it was due, allowed are {within_s:.0f} s"
        for case_id, delay_s in delays.items()
        if delay_s > within_s
    ]


def _exits(world: World) -> list[str]:
    """Whoever was told to end says 0; who was not may be killed, halt or refuse, but not break."""
    return [
        f"{one.name} ended with {one.code}: {one.words}"
        for one in world.keeper.ended
        if one.code not in ((0, HALTED, KILLED) if one.asked else (HALTED, REFUSED, KILLED))
        or (one.asked and one.code != 0)
    ]


def _duplicates(world: World, journal: Journal) -> dict[str, int]:
    """What people or PagerDuty saw more than once for one case."""
    posts = Counter(
        case_of_post(one.sent)
        for one in world.standins.slack.requests
        if one.route == "chat.postMessage" and one.done and one.sent.get("thread_ts") is None
    )
    pushes = Counter(push.pushinfo.get("Case") for push in world.standins.duo.pushes)
    events = Counter(one.dedup_key for one in world.standins.pagerduty.incidents for _ in one.events)
    keys = {dedup_key(case_id) for case_id in journal.last()}
    return {
        "questions": sum(count - 1 for case_id, count in posts.items() if case_id is not None),
        "pushes": sum(count - 1 for count in pushes.values()),
        "page events": sum(count - 1 for key, count in events.items() if key in keys),
    }


def _many(keys: Any) -> dict[str, int]:
    return {key: count for key, count in Counter(keys).items() if count > 1}
