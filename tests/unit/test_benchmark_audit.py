"""The benchmark's audit: it must notice what was lost, doubled, or ended otherwise than everybody's Yes."""

import hashlib
from collections import Counter

import pytest

from agents.decisions.case.reduce import Reduction
from benchmarks.load.records import Kind
from benchmarks.run.audit import Sent, findings, spread
from streams.records.case import Case
from streams.records.verdict import Action
from tables.case_shelf import CaseShelf
from tests.support.cases import T0, call
from tests.support.journal import Journal

ALERT = hashlib.sha256(b"1").digest()
QUIET = hashlib.sha256(b"2").digest()


@pytest.fixture
def alert() -> Case:
    """The case of an alert, on its way to its page."""
    shelf = CaseShelf(0, 1)
    reduction = Reduction(shelf, 0, T0)
    reduction.run([call(1, action=Action.ALERT)])
    return next(iter(shelf.cases.values()))


def sent(**kinds: Kind) -> Sent:
    marks = {"alert": ALERT, "quiet": QUIET}
    return Sent({marks[name]: kind for name, kind in kinds.items()}, {}, len(kinds))


def found(journal: Journal, wanted: Sent, **intake: int) -> str:
    return "\n".join(findings(journal, wanted, Counter(intake)))


def test_nothing_sent_and_nothing_there_is_nothing_found():
    assert found(Journal(), sent()) == ""


def test_quiet_records_need_no_case_but_must_be_taken_in():
    assert found(Journal(), sent(quiet=Kind.QUIET), unwanted=1) == ""
    assert "1 records were never taken in" in found(Journal(), sent(quiet=Kind.QUIET))


def test_a_sensitive_call_without_verdict_or_case_is_lost():
    told = found(Journal(), sent(alert=Kind.ALERT), accepted=1)
    assert "1 calls lost, without a verdict" in told
    assert "1 calls lost, without a case" in told


def test_a_case_that_did_not_end_is_found(alert: Case):
    told = found(Journal(cases=[alert]), sent(alert=Kind.ALERT), accepted=1)
    assert "lost, without a case" not in told
    assert "1 cases ended as alert escalated: alert" in told
    assert "1 alerts and pages do not belong together" in told


def test_a_case_of_a_call_nobody_sent_is_found(alert: Case):
    assert "1 calls made up in a case" in found(Journal(cases=[alert]), sent())


def test_a_dead_letter_is_found():
    told = found(Journal(), sent(quiet=Kind.QUIET), unwanted=1, dead_letter=1)
    assert "1 records became dead letters" in told


def test_spread_is_median_tail_and_maximum():
    assert spread([]) == {}
    assert spread([7]) == {"n": 1, "p50": 7, "p99": 7, "max": 7}
    assert spread(list(range(1, 101))) == {"n": 100, "p50": 50, "p99": 99, "max": 100}
