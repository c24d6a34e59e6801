"""Verdict: the offline checks over a run that is over, and the figures of its row."""

from collections import Counter
from typing import Any, NamedTuple

from agents.decisions.audit.asked import case_of_post
from agents.decisions.audit.ends import ends
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.states import RESCUERS
from agents.decisions.case.ids import dedup_key
from streams.log.opening import open_log_reader
from streams.records.case import CaseKind
from tests.chaos.delays import page_delays
from tests.chaos.row import Row
from tests.chaos.world import World
from tests.support.whole import findings_of, whole_journal

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
        journal = whole_journal(
            reader,
            world.cluster,
            exchanges,
            processes=world.keeper.ended,
            archive=world.archive,
            troubles=world.troubles,
        )
    published, incidents = world.trickle.published, world.standins.pagerduty.incidents
    delays = page_delays(journal, published, incidents)
    reached = ends(journal)
    ours = {dedup_key(case_id) for case_id in journal.last()}
    findings = [f"not settled: {missing}"] if missing else []
    within_s = row.paged_within_s(measured_s)
    findings += world.findings + findings_of(journal, world.cluster, paged_within_ms=round(within_s * 1000))
    findings += _lost(journal, published) + _late(journal, delays, within_s)
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
        allowed_s=within_s,
        exits=dict(
            sorted(Counter(f"{one.role} {one.code}" for one in world.keeper.ended if not one.told).items())
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


def _late(journal: Journal, delays: dict[str, float], within_s: float) -> list[str]:
    """Alerts, from the moment they were published: the log knows of them only since a bridge had them."""
    last = journal.last()
    return [
        f"I4: case {case_id} was paged {delay_s:.1f} s after it was published, allowed are {within_s:.0f} s"
        for case_id, delay_s in delays.items()
        if delay_s > within_s and last[case_id].kind is CaseKind.ALERT
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
