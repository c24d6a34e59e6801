"""Counting calls: each once, for its own credential, across frames, restarts and redeliveries; bounded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tables.tallies
from agents.decisions.rules import RuleSet
from agents.decisions.rules.past import CountCondition
from agents.decisions.rules.when import When
from agents.decisions.tally import MAX_MARKS, Tallies
from agents.decisions.triage import sort_frame
from streams.records.call import CallFrame, FramedCall, SeenSweep
from streams.records.codec import to_wire
from streams.records.verdict import Action
from streams.topics import Topic
from tables.seen import SeenShelf
from tables.tallies import TallyTable
from tests.support.cases import T0
from tests.support.flow import LIVE, Flow, policy, record
from tests.support.rules import rule
from tests.support.worker import Changelog

FIVE = When(count=CountCondition(5, 600_000))
DENIED = {"errorCode": ["AccessDenied"]}
POLICY = policy()._replace(rules=RuleSet([rule(DENIED, when=FIVE, action=Action.NOTIFY)], "v1"))


def denied(number: int, minute: float = 0, key: str = "AKIA1") -> dict:
    """A denied call of a credential, at a minute of its own."""
    call = record(number, "ada", "GetRole", T0 + int(minute * 60_000))
    call["userIdentity"]["accessKeyId"] = key
    return call | {"errorCode": "AccessDenied"}


class Counter:
    """A tallies table, and the changelog that survives it."""

    def __init__(self, writes=()) -> None:
        self.changelog = Changelog(writes)
        self.table = TallyTable(self.changelog)
        self.changelog.assign()

    def frame(self, *calls) -> list[str]:
        """Sort a frame as triage does; the event ids of the calls that the rule fired on."""
        framed = [FramedCall(0, f"m{n}", T0, None, json.dumps(call).encode()) for n, call in enumerate(calls)]
        tallies = Tallies(self.table.shelf(0))
        sorting = sort_frame(CallFrame("v1", [LIVE], framed), 1, SeenShelf(), POLICY, tallies=tallies)
        assert not sorting.broken, sorting.broken[0].trace
        self.table.write(0, tallies.changed, POLICY.rules.horizons)
        return [one.verdict.event_id for one in sorting.calls]


def test_the_fifth_denied_call_in_ten_minutes_fires_and_those_before_do_not():
    calls = [denied(n, n) for n in range(6)]
    assert Counter().frame(*calls) == [calls[4]["eventID"], calls[5]["eventID"]]


def test_each_credential_is_counted_by_itself():
    assert Counter().frame(*(denied(n, n, f"AKIA{n % 2}") for n in range(8))) == []


def test_the_count_goes_on_in_the_next_frame_and_after_a_restart():
    first = Counter()
    assert first.frame(denied(0), denied(1), denied(2)) == []
    again = Counter(first.changelog.writes)
    assert again.frame(denied(3)) == []
    assert again.frame(denied(4)) == [denied(4)["eventID"]]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_redelivery_fires_on_the_same_calls(sizes):
    counter, number, frames = Counter(), 0, []
    for size in sizes:
        frames.append([denied(number + n) for n in range(size)])
        number += size
    fired = [counter.frame(*calls) for calls in frames]
    assert [counter.frame(*calls) for calls in frames] == fired
    assert [Counter(counter.changelog.writes).frame(*calls) for calls in frames] == fired


def test_copies_of_one_call_count_once():
    counter = Counter()
    assert [counter.frame(denied(0)) for _ in range(10)] == [[]] * 10


def test_a_frame_writes_each_key_once_and_no_key_for_calls_it_does_not_count():
    counter = Counter()
    counter.frame(*(denied(n) for n in range(4)), record(9, "ada", "GetRole"))
    assert len(counter.changelog.writes) == 1
    assert len(counter.changelog.writes[0].value) < 4 * 30 + 40


def test_marks_are_bounded_and_stay_reached():
    counter = Counter()
    for at in range(0, 300, 50):
        counter.frame(*(denied(n) for n in range(at, at + 50)))
    assert len(counter.changelog.writes[-1].value) < MAX_MARKS * 30
    assert counter.frame(denied(1_000)) == [denied(1_000)["eventID"]]


def test_beyond_the_bound_the_quiet_are_forgotten_and_count_as_reached(monkeypatch):
    monkeypatch.setattr(tables.tallies, "MAX_KEYS", 3)
    counter = Counter()
    assert counter.frame(*(denied(n, 0, f"AKIA{n}") for n in range(3))) == []
    assert counter.frame(denied(3, 1, "AKIA3")) == []
    for again in (counter, Counter(counter.changelog.writes)):
        assert again.frame(denied(4, 2, "AKIA0")) == [denied(4, 2)["eventID"]]  # forgotten: it may be the fifth
    assert counter.frame(denied(5, 12, "AKIA0")) == []  # what was forgotten lies too far back
    assert len(counter.changelog.entries()) == 4


def test_a_sweep_forgets_what_no_rule_looks_back_at():
    counter = Counter()
    counter.frame(denied(0, 0, "AKIA0"), denied(1, 9, "AKIA1"))
    assert counter.table.sweep(0, T0 + 11 * 60_000, POLICY.rules.horizons) == 1
    assert len(counter.changelog.entries()) == 1
    assert counter.table.sweep(0, T0, {}) == 1
    assert counter.changelog.entries() == {}


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.data())
def test_a_crash_that_loses_the_last_writes_changes_no_decision(sizes, data):
    counter, number, frames, fired = Counter(), 0, [], []
    for position, size in enumerate(sizes):
        frames.append([denied(number + n) for n in range(size)])
        number += size
        counter.changelog.src = position
        fired.append(counter.frame(*frames[-1]))
    durable = data.draw(st.integers(0, len(sizes)))
    again_from = data.draw(st.integers(0, durable))
    left = Counter([write for write in counter.changelog.writes if write.src < durable])
    assert [left.frame(*calls) for calls in frames[again_from:]] == fired[again_from:]


def test_triage_asks_about_the_fifth_call_and_sweeps_what_it_counted():
    flow = Flow(POLICY)
    for number in range(4):
        flow.calls([denied(number)])
    assert not flow.log.messages[Topic.COMMANDS]
    flow.calls([denied(4)])
    assert len(flow.log.messages[Topic.COMMANDS]) == 1
    assert len(flow.tallies.entries()) == 1
    flow.now_ms += POLICY.lateness_ms + 9 * 60_000
    flow.append(Topic.CALLS, b"timer", to_wire(SeenSweep(0)))
    assert len(flow.tallies.entries()) == 1  # a call that is a day late may still ask for it
    flow.now_ms += 2 * 60_000
    flow.append(Topic.CALLS, b"timer", to_wire(SeenSweep(0)))
    assert flow.tallies.entries() == {}


@pytest.mark.parametrize("position", [1, 2])
def test_without_rules_that_count_nothing_is_written(position):
    counter = Counter()
    tallies = Tallies(counter.table.shelf(0))
    framed = [FramedCall(0, "m", T0, None, json.dumps(denied(position)).encode())]
    sort_frame(CallFrame("v1", [LIVE], framed), position, SeenShelf(), policy(), tallies=tallies)
    assert tallies.changed == {}


def test_a_backfill_of_old_calls_pushes_no_call_of_today_out():
    counter = Counter()
    for n in range(4):
        counter.frame(denied(n, n))
    for n in range(MAX_MARKS):
        counter.frame(denied(1_000 + n, -600 - n))
    fifth = denied(4, 5)
    assert counter.frame(fifth) == [fifth["eventID"]]
