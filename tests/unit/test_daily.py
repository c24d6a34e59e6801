"""The daily report counts what was, or in observe mode would have been, asked and paged."""

from agents.daily import DAY_MS, SETTLED_MS, DailyReport, ended_on
from agents.decisions.daily import count_day, day_of
from streams.records.case import Case, CaseState
from streams.records.codec import from_wire, to_entry
from streams.records.command import PageAccepted
from streams.records.daily import Daily
from streams.records.verdict import Action
from streams.topics import Topic
from tests.support.cases import GRACE, Partition, call
from tests.support.gateway import NOW_MS, TOPIC, MemoryReader, make_case

DAY = day_of(NOW_MS)
AFTER_MS = NOW_MS - NOW_MS % DAY_MS + DAY_MS
"""Midnight after that day."""


def ended(case_id: str, ended_ms: int = NOW_MS) -> Case:
    return make_case(case_id=case_id, state=CaseState.VERIFIED, ended_ms=ended_ms, deadline_ms=None)


class Looked(DailyReport):
    """A report without a process around it; the time is set by hand."""

    def __init__(self, log: MemoryReader, at_ms: int) -> None:
        self.at_ms = at_ms
        super().__init__(log, None, lambda: self.at_ms)

    def look(self) -> Daily | None:
        send = self._due()
        return None if send is None else from_wire(Daily, send.value)


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


def test_only_what_ended_that_day_is_taken_from_the_log_each_case_in_its_newest_state():
    log = MemoryReader()
    log.put(make_case(case_id="open"))
    log.put(ended("the day before", NOW_MS - DAY_MS))
    log.put(make_case(case_id="one"))
    log.put(ended("one"))
    log.put(ended("other"))
    log.put(ended("gone"))
    log.append(TOPIC, 0, b"gone", None)
    log.append(TOPIC, 1, b"gone", None)
    log.append(TOPIC, 0, b"damaged", to_entry(ended("damaged"))[:-3])
    assert sorted(case.case_id for case in ended_on(log, DAY)) == ["one", "other"]


def test_a_day_is_reported_once_some_minutes_after_its_end():
    log = MemoryReader()
    log.put(ended("one"))
    report = Looked(log, AFTER_MS + SETTLED_MS - 1)
    assert report.look() is None
    report.at_ms += 1
    found = report.look()
    assert (found.day, found.cases) == (DAY, 1)
    for partition in (0, 1):
        log.append(Topic.REPORTS, partition, DAY.encode(), b"{}")
    assert report.look() is None


def test_a_day_on_which_nothing_ended_is_not_counted_every_minute(monkeypatch):
    log, counted = MemoryReader(), []
    log.put(make_case(case_id="open"))
    report = Looked(log, AFTER_MS + SETTLED_MS)
    monkeypatch.setattr("agents.daily.count_day", lambda cases, day: counted.append(day) or count_day(cases, day))
    assert [report.look(), report.look()] == [None, None]
    report.at_ms += DAY_MS
    assert report.look() is None
    assert counted == [DAY, day_of(NOW_MS + DAY_MS)]


def test_what_waited_on_the_log_and_ended_on_that_day_is_reported_all_the_same():
    """A case ends at the time of the message that ended it, which may be handled after midnight."""
    log = MemoryReader()
    report = Looked(log, AFTER_MS + SETTLED_MS)
    assert report.look() is None
    log.put(ended("handled late"))
    report.at_ms += SETTLED_MS
    assert report.look().cases == 1


def test_a_damaged_entry_leaves_the_one_before_it():
    log = MemoryReader()
    log.put(ended("one"))
    log.append(TOPIC, ended("one").partition, b"one", to_entry(ended("one"))[:9])
    assert [case.case_id for case in ended_on(log, DAY)] == ["one"]
