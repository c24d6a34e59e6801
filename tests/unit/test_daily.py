"""The daily report counts what was, or in observe mode would have been, asked and paged."""

from agents.decisions.daily import count_day, day_of
from streams.records.command import PageAccepted
from streams.records.verdict import Action
from tests.support.cases import GRACE, Partition, call


def test_observe_counts_what_it_would_have_asked_and_paged():
    partition = Partition()
    partition.send(call(1, observe=True), call(2, observe=True), call(3, GRACE, observe=True))
    partition.send(call(4, action=Action.ALERT, rule="guard", observe=True), call(5, None, observe=True))
    for case in list(partition.shelf.cases.values()):
        partition.due(case.case_id, after_ms=120_000)
    report = count_day(partition.shelf.cases.values(), day_of(partition.now_ms))
    assert report.observe
    assert report.asked == {"ada": 1, "grace": 1}
    assert report.paged == {"alert": 1, "unattributed": 1}
    assert (report.cases, report.calls, report.verified) == (4, 5, 0)
    assert report.rules == {"iam.create-user": 3, "guard": 1}


def test_another_day_counts_nothing():
    partition = Partition()
    partition.send(call(4, action=Action.ALERT, observe=True))
    assert count_day(partition.shelf.cases.values(), "2001-01-01").cases == 0


def test_a_day_in_enforce_mode_is_not_marked():
    partition = Partition()
    partition.send(call(1), call(4, action=Action.ALERT))
    case = next(case for case in partition.shelf.cases.values() if case.page)
    partition.send(PageAccepted(case.case_id, 1))
    report = count_day(partition.shelf.cases.values(), day_of(partition.now_ms))
    assert (report.observe, report.cases, report.paged) == (False, 1, {"alert": 1})
