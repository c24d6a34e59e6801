"""What the audit leaves alone: what is young, waits, was swept or retained no longer, and what nothing wants."""

import msgspec
import pytest
from msgspec.structs import replace

from agents.audit.reading import Reading
from agents.audit.report import audited
from agents.decisions.audit.accounted import accounted, open_calls
from agents.decisions.audit.contents import Contents
from agents.decisions.audit.journal import At, Commanded, Journal
from agents.decisions.audit.registry import judged
from agents.decisions.audit.terms import SLACK_MS, Terms
from streams.records.case import CaseState
from streams.records.codec import to_wire
from streams.records.command import CaseSweep
from streams.records.dead_letter import DeadLetter
from streams.topics import Topic
from tests.support.cases import T0
from tests.support.flow import HOUR_MS, Flow, record

WAIT_MS = 120_000


def started(*records: dict) -> Flow:
    flow = Flow()
    flow.calls(list(records))
    return flow


def found_by(journal: Journal, terms: Terms) -> set[str]:
    return {check.name for check, found in judged(journal, terms) if found}


@pytest.fixture
def over() -> Journal:
    flow = started(record(1, "ada", "CreateUser"), record(2, "grace", "TagUser"), record(3, "linus", "DeleteUser"))
    return flow.settle()


def test_a_call_whose_case_waits_is_open_until_its_deadline_and_the_slack_are_over():
    journal = Reading(started(record(1, "ada", "CreateUser")).log).journal()
    for late_ms, found in ((0, 0), (WAIT_MS + SLACK_MS, 0), (WAIT_MS + SLACK_MS + 1, 1)):
        terms = Terms(now_ms=T0 + late_ms)
        assert len(accounted(journal, terms)) == found
        assert open_calls(journal, terms) == 1 - found


def test_the_slack_is_counted_in_real_seconds():
    journal = Reading(started(record(1, "ada", "CreateUser")).log).journal()
    assert accounted(journal, Terms(now_ms=T0 + WAIT_MS + 20 * SLACK_MS, speed=20.0)) == []
    assert len(accounted(journal, Terms(now_ms=T0 + WAIT_MS + 20 * SLACK_MS + 1, speed=20.0))) == 1


def test_a_call_that_nothing_was_decided_about_is_lost_once_it_is_old(over):
    lost = over._replace(verdicts=[], cases=[])
    assert accounted(lost, Terms(now_ms=T0 + SLACK_MS)) == []
    assert len(accounted(lost, Terms(now_ms=T0 + SLACK_MS + 1))) == 3


def test_a_call_that_no_rule_fires_on_is_not_lost():
    flow = started(record(1, "ada", "ListUsers"))
    journal = Reading(flow.log).journal()
    wants_all = Terms(now_ms=T0 + HOUR_MS)
    assert found_by(journal, wants_all) == {"accounted", "committed-is-readable"}

    def wanted(kept: bytes, received_ms: int) -> bool:
        assert received_ms == T0
        return msgspec.json.decode(kept)["eventName"] != "ListUsers"

    assert found_by(journal, wants_all._replace(wanted=wanted)) == set()


def test_only_calls_without_a_verdict_keep_their_records(over):
    flow = started(record(1, "ada", "ListUsers"), record(2, "ada", "TagUser"))
    assert [one.record is None for one in Reading(flow.log).journal().calls] == [False, True]


def test_cases_that_a_sweep_forgot_still_account_for_their_calls(over):
    swept = Commanded(At(0, 99, T0 + 48 * HOUR_MS), CaseSweep(T0 + 24 * HOUR_MS))
    forgotten = over._replace(cases=[], commands=[*over.commands, swept])
    terms = Terms(now_ms=T0 + 48 * HOUR_MS)
    assert found_by(forgotten, terms) == set()
    early = swept._replace(command=CaseSweep(T0))
    lost = over._replace(cases=[], commands=[*over.commands, early])
    assert {"accounted", "covered-once", "committed-is-readable", "cases-kept"} <= found_by(lost, terms)


def test_what_is_older_than_the_log_keeps_is_not_judged(over):
    lost = over._replace(verdicts=[], cases=[], facts=[], commands=[])
    terms = Terms(now_ms=T0 + HOUR_MS)
    assert found_by(lost, terms)
    assert found_by(lost._replace(kept_from_ms=T0 + 1), terms) == set()


def test_what_the_bridge_refused_is_no_second_end_of_a_call_that_came_another_way(over):
    refused = DeadLetter(
        T0, "bridge", "unbound_account", "", "queue", f"{Topic.CALLS}:0:0", over.calls[0].body, [], None
    )
    assert accounted(over._replace(dead_letters=[refused]), Terms()) == []


def test_the_first_content_of_an_id_stays_until_it_is_forgotten():
    seen: Contents[str] = Contents()
    assert [seen.other("a", content, 10) for content in (b"one", b"one", b"two", b"one")] == [
        False,
        False,
        True,
        False,
    ]
    seen.other("b", b"one", 20)
    seen.forget_before(20)
    assert len(seen) == 1
    assert not seen.other("a", b"two", 30)


def test_a_finding_that_is_gone_at_a_second_look_is_none():
    """A pipeline at work: the fact of a case's newest state is appended between the two readings."""
    flow = started(record(1, "linus", "DeleteUser"))
    flow.settle()
    facts = flow.log.messages[Topic.CASE_LOG]
    held = facts.pop()
    terms = Terms(now_ms=flow.now_ms)
    assert audited(flow.log, terms).findings > 0

    def appended(_messages: int) -> None:
        if held not in facts and flow.log.messages["looked"]:
            facts.append(held)
        flow.log.append("looked", None, b"", flow.now_ms)

    assert audited(flow.log, terms, bar=(lambda _: None, appended)).findings == 0


def test_a_case_that_never_ended_is_found_by_its_call(over):
    stuck = [replace(one, state=CaseState.WAITING) for one in over.cases]
    assert "accounted" in found_by(over._replace(cases=stuck), Terms(now_ms=T0 + HOUR_MS))


def test_a_letter_keeps_its_body_where_a_check_needs_it():
    flow = started(record(1, "ada", "TagUser"))
    for stage in ("bridge", "triage"):
        letter = DeadLetter(T0, stage, "garbage", "", "queue", "m1", b"body")
        flow.log.append(Topic.DEAD_LETTERS, b"k", to_wire(letter), T0)
    assert [one.body for one in Reading(flow.log).journal().dead_letters] == [b"", b"body"]
    assert [one.body for one in Reading(flow.log, whole=True).journal().dead_letters] == [b"body", b"body"]
