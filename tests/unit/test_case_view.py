"""The case view: what it keeps, what it forgets, and whom it tells."""

import msgspec
import pytest

from agents.gateway.case_view import READ_LIMIT, CaseView
from streams.records.case import Case, CaseState
from streams.records.fact import Fact, FactKind
from tests.support.gateway import NOW_MS, TOPIC, MemoryReader, make_case


@pytest.fixture
def log() -> MemoryReader:
    return MemoryReader()


def ended(case_id: str, ended_ms: int) -> Case:
    return make_case(case_id=case_id, state=CaseState.VERIFIED, ended_ms=ended_ms, deadline_ms=None)


def test_a_case_is_found_in_its_newest_state(log: MemoryReader) -> None:
    view = CaseView(log)
    log.put(make_case(state=CaseState.COLLECTING))
    log.put(make_case(state=CaseState.WAITING))
    changed = view.poll()
    assert [case.state for case in changed] == [CaseState.WAITING]
    assert view.get(changed[0].case_id) == changed[0]
    assert view.poll() == []


def test_open_cases_come_by_deadline_and_ended_ones_newest_first(log: MemoryReader) -> None:
    view = CaseView(log)
    log.put(make_case(case_id="late", deadline_ms=NOW_MS + 9, partition=0))
    log.put(make_case(case_id="soon", deadline_ms=NOW_MS + 1))
    log.put(ended("first", NOW_MS - 2))
    log.put(ended("last", NOW_MS - 1))
    view.poll()
    assert [case.case_id for case in view.open_cases()] == ["soon", "late"]
    assert [case.case_id for case in view.ended_cases()] == ["last", "first"]


def test_a_case_that_ends_is_open_no_more(log: MemoryReader) -> None:
    view = CaseView(log)
    log.put(make_case(case_id="one"))
    view.poll()
    log.put(ended("one", NOW_MS))
    view.poll()
    assert view.open_cases() == []
    assert [case.case_id for case in view.ended_cases()] == ["one"]


def test_only_the_last_ended_cases_are_kept_and_every_open_one(log: MemoryReader) -> None:
    view = CaseView(log, kept_ended=2)
    for number in range(5):
        log.put(ended(f"ended{number}", NOW_MS + number))
        log.put(make_case(case_id=f"open{number}"))
    view.poll()
    assert [case.case_id for case in view.ended_cases()] == ["ended4", "ended3"]
    assert len(view.open_cases()) == 5
    assert view.facts("ended0") == []


def test_a_tombstone_forgets_a_case(log: MemoryReader) -> None:
    view = CaseView(log)
    log.put(make_case(case_id="gone"))
    log.append(TOPIC, 1, b"gone", None)
    assert view.poll() == []
    assert view.get("gone") is None


def test_facts_are_gathered_although_the_entry_forgets_the_old_ones(log: MemoryReader) -> None:
    view = CaseView(log)
    case = make_case()
    later = Fact(case.case_id, 9, NOW_MS, FactKind.DELIVERED, 9, case.actor_key, {})
    log.put(case)
    log.put(msgspec.structs.replace(case, facts=[later]))
    view.poll()
    assert [fact.kind for fact in view.facts(case.case_id)] == [
        FactKind.OPENED,
        FactKind.ASKED,
        FactKind.DELIVERED,
    ]


def test_a_long_log_is_caught_up_in_short_polls(log: MemoryReader) -> None:
    view = CaseView(log)
    for number in range(READ_LIMIT + 1):
        log.put(make_case(case_id=f"case{number}"))
    view.poll()
    assert not view.caught_up
    view.catch_up()
    assert view.caught_up
    assert len(view.open_cases()) == READ_LIMIT + 1


def test_an_entry_that_is_no_case_is_kept_in_mind_and_passed_until_the_case_is_told_anew(
    log: MemoryReader,
) -> None:
    view = CaseView(log)
    log.append(TOPIC, 0, b"case1", b"\xff\xff")
    log.put(make_case(case_id="case2"))
    assert len(view.poll()) == 1
    assert set(view.damaged) == {"case1"}
    log.put(make_case(case_id="case1"))
    view.poll()
    assert view.damaged == {}


def test_a_listener_hears_changes_until_it_stops(log: MemoryReader) -> None:
    view = CaseView(log)
    heard: list[list[Case]] = []
    stop = view.listen(heard.append)
    log.put(make_case())
    view.poll()
    view.poll()
    stop()
    log.put(make_case(state=CaseState.PROMPTING))
    view.poll()
    assert [len(cases) for cases in heard] == [1]
