"""The life of a case under any story: the invariants hold, whatever happens in whatever order."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given, settings

from streams.records.aggregate import Aggregate
from streams.records.case import ENDS, CaseState
from streams.records.case_head import urgency_of
from streams.records.codec import from_entry
from streams.records.command import Incident, PushResult
from streams.records.effect import Page, Push
from streams.records.fact import FactKind
from tests.support import checker
from tests.support.examples import examples
from tests.support.story import Story, states, stories
from tests.support.worker import Worker

ENTRY_BYTES = 65_536
HOUR_MS = 3_600_000


def played(story) -> Story:
    tight, steps = story
    return Story(tight=tight).play(steps)


@settings(max_examples=examples(400))
@given(stories)
def test_no_story_breaks_an_invariant(story):
    run = played(story)
    assert checker.check_all(run.journal(), open_allowed=True) == []
    assert paged_and_verified_later(run) == []
    assert two_on_the_phone(run) == []
    assert [send for output in run.outputs for send in output.others] == []  # no decision broke
    assert max((len(write.value or b"") for write in run.worker.cases.writes), default=0) < ENTRY_BYTES


@settings(max_examples=examples(200))
@given(stories)
def test_every_case_ends_when_time_goes_on_and_pages_are_accepted(story):
    run = played(story).close()
    assert {case_id: case.reason for case_id, case in run.cases.items() if case.state not in ENDS} == {}
    assert checker.check_all(run.journal()) == []


@settings(max_examples=examples(100))
@given(stories)
def test_where_duo_never_allows_no_yes_closes_anything(story):
    tight, steps = story
    run = Story(tight=tight).play([step for step in steps if step[0] != "result"])
    allowed = {one.command.case_id for one in run.journal().commands if _is_allow(one.command)}
    verified = {case.case_id for case in states(run.worker.cases.writes) if case.state is CaseState.VERIFIED}
    assert verified <= allowed


@settings(max_examples=examples(100))
@given(stories)
def test_ceilings_drop_no_case_and_each_is_told_of_on_a_page(story):
    _, steps = story
    run = Story(tight=True).play(steps).close()
    for case in run.cases.values():
        if case.fold is not None:
            assert case.state in ENDS
            assert case.page is not None or case.fold.page <= _accepted(run, case.fold.aggregate_id)


@settings(max_examples=examples(100))
@given(stories)
def test_all_that_is_in_memory_follows_from_the_entries(story):
    run = played(story)
    again = Worker(run.worker.cases.writes, run.worker.counters.writes, run.limits)
    assert _answers(again, run.now_ms) == _answers(run.worker, run.now_ms)


def troubled(steps) -> list[tuple]:
    """The steps with trouble of the pipeline after each, some of it told again."""
    return [one for at, step in enumerate(steps) for one in (step, ("trouble", at % 8), ("again", at % 3))]


@settings(max_examples=examples(100))
@given(stories)
def test_no_case_is_folded_into_a_page_of_another_urgency(story):
    _, steps = story
    run = Story(tight=True).play(troubled(steps))
    aggregates = [from_entry(Aggregate, one.value) for one in run.worker.counters.writes if one.value]
    urgencies = {one.aggregate_id: one.urgency for one in aggregates}
    folded = [case for case in states(run.worker.cases.writes) if case.fold is not None]
    assert {case.case_id for case in folded if urgency_of(case) != urgencies[case.fold.aggregate_id]} == set()
    pages = [page for page in run.effects if isinstance(page, Page) and page.subject in urgencies]
    assert {page.subject for page in pages if page.urgency != urgencies[page.subject]} == set()


@settings(max_examples=examples(100))
@given(stories)
def test_an_incident_counts_each_message_once_however_often_it_is_told(story):
    tight, steps = story
    run = Story(tight=tight).play([step for step in troubled(steps) if step[0] != "sweep"])
    told: defaultdict[str, set[int]] = defaultdict(set)
    for one in run.journal().commands:
        if isinstance(one.command, Incident) and one.command.place:
            told[f"incident {one.command.incident_id}"].add(one.command.offset)
    counts = {case.group_key: case.incident.count for case in run.cases.values() if case.incident is not None}
    assert {key: counts[key] for key in told} == {key: 2 * len(offsets) for key, offsets in told.items()}


def paged_and_verified_later(run: Story) -> list[str]:
    """The cases that were on their way to a page, and that a late Yes or allow closed all the same."""
    escalated: set[str] = set()
    found = []
    for case in states(run.worker.cases.writes):
        if case.case_id in escalated and case.state is CaseState.VERIFIED:
            found.append(case.case_id)
        if case.state in {CaseState.ESCALATED, CaseState.PAGED}:
            escalated.add(case.case_id)
        # Only the 202 takes the page of an escalated case out of the outbox.
        if case.state is CaseState.ESCALATED and case.outbox == []:
            found.append(case.case_id)
    return found


def two_on_the_phone(run: Story) -> list[str]:
    """The persons who had two pushes on the phone at once."""
    lives: dict[str, list[tuple[int, int]]] = {}
    for push in {(one.case_id, one.attempt): one for one in run.effects if isinstance(one, Push)}.values():
        lives.setdefault(push.duo_user, []).append((push.emitted_ms, _over_ms(run, push)))
    return [
        person
        for person, spans in lives.items()
        if any(over_ms > begun_ms for (_, over_ms), (begun_ms, _) in pairwise(sorted(spans)))
    ]


def _over_ms(run: Story, push: Push) -> int:
    """When a push was surely gone from the phone: answered, refused, or its life past."""
    over_ms = push.not_after_ms + 60_000
    for fact in run.facts:
        answered = fact.kind is FactKind.PUSH_ANSWERED
        refused = fact.kind is FactKind.PUSH_FAILED and fact.data["final"] and fact.data["attempt"] == push.attempt
        if fact.case_id == push.case_id and fact.at_ms >= push.emitted_ms and (answered or refused):
            over_ms = min(over_ms, fact.at_ms)
    return over_ms


def _is_allow(command) -> bool:
    return isinstance(command, PushResult) and command.result == "allow"


def _accepted(run: Story, aggregate_id: str) -> int:
    """The last page of an aggregate that PagerDuty took, also of one that was swept since."""
    writes = [one.value for one in run.worker.counters.writes if one.key == aggregate_id.encode() and one.value]
    return max(from_entry(Aggregate, value).accepted_page for value in writes)


def _answers(worker: Worker, now_ms: int) -> dict[str, object]:
    """Everything a decision may ask of the shelf, and everything the timer will tell."""
    shelf, since_ms = worker.shelf, now_ms - HOUR_MS
    cases = sorted(shelf.cases.values(), key=lambda case: case.case_id)
    persons = sorted({case.asked.person for case in cases if case.asked})
    accounts = sorted({case.account for case in cases})
    overdue = worker.agent.deadlines[0].due(1 << 60, 10_000)
    return {
        "cases": cases,
        "collecting": [shelf.collecting(case.group_key) for case in cases],
        "frozen": [max(since_ms, shelf.last_frozen_ms(case.group_key) or 0) for case in cases],
        "prompts": [shelf.prompts_since(person, since_ms) for person in persons],
        "pages": [
            shelf.pages_since(account, urgency, since_ms) for account in accounts for urgency in ("high", "low")
        ],
        "alerted": [shelf.alerted_since(rule, case.account, since_ms) for case in cases for rule in case.rules],
        "live": [shelf.live_push(person, now_ms) for person in persons],
        "queued": [shelf.queued_pushes(person) for person in persons],
        "open": [shelf.open_of(person) for person in persons],
        "aggregates": shelf.aggregates,
        "current": [
            shelf.current_aggregate(f"{front}account/{account}") for account in accounts for front in ("", "low/")
        ],
        "folded": [shelf.folded_into(aggregate_id) for aggregate_id in sorted(shelf.aggregates)],
        "deadlines": sorted((one.subject, one.what or "") for one in overdue),
    }
