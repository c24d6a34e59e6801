"""Calls from frame to end: order, copies and lateness decide nothing, and nothing is dropped."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.records.verdict import Action
from tests.support import checker
from tests.support.cases import T0
from tests.support.examples import examples
from tests.support.flow import ANSWERS, BACKFILL, EVENTS, HOUR_MS, LIVE, NAMES, Flow, record
from tests.support.journal import Journal, read_journal

STRANGER = "mallory"
END_OF = {"ada": "verified", "grace": "paged", "linus": "paged", STRANGER: "paged"}

a_call = st.tuples(st.integers(0, 30), st.sampled_from((*NAMES, STRANGER)), st.sampled_from(tuple(EVENTS)))
calls = st.lists(a_call, min_size=1, max_size=12, unique_by=lambda one: one[0])


def settled(frames, feeds=None) -> Journal:
    """What a run of frames, a second apart, left behind when all was over."""
    flow = Flow()
    for number, frame in enumerate(frames):
        flow.calls([record(*one) for one in frame], feeds[number] if feeds else LIVE)
        flow.pass_time(1_000)
    return flow.settle()


def ends(journal: Journal) -> dict[str, tuple[str, str]]:
    """What became of each call: its action and its end."""
    cases = {mark.hex(): str(case.state) for case in journal.cases for mark in checker.fingerprints_of(case)}
    return {
        verdict.fingerprint: (str(verdict.action), cases.get(verdict.fingerprint, str(verdict.end)))
        for verdict in journal.verdicts
    }


def chunks(items, sizes):
    """The items in frames of those sizes, over and over."""
    frames, at = [], 0
    while at < len(items):
        size = sizes[len(frames) % len(sizes)]
        frames.append(items[at : at + size])
        at += size
    return frames


@settings(max_examples=examples(150))
@given(calls, st.data())
def test_any_order_and_any_copies_of_the_calls_give_the_same_ends(some, data):
    copies = some + data.draw(st.lists(st.sampled_from(some), max_size=8))
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    other = settled(chunks(data.draw(st.permutations(copies)), sizes))
    plain = settled([some])
    assert ends(other) == ends(plain)
    assert checker.check_all(other) == []
    assert checker.check_all(plain) == []


@settings(max_examples=examples(80))
@given(calls)
def test_each_call_ends_as_its_action_and_its_engineer_have_it(some):
    journal = settled([some])
    expected = {}
    for called, (_number, who, event) in zip(journal.calls, some, strict=True):
        action = EVENTS[event]
        end = {Action.LOG: "logged", Action.ALERT: "paged", Action.NOTIFY: END_OF[who]}[action]
        expected[called.mark.hex()] = (str(action), end)
    assert ends(journal) == expected


@settings(max_examples=examples(80))
@given(calls, st.integers(1, 72), st.booleans())
def test_late_calls_are_judged_marked_late_and_accounted_for(some, hours, backfill):
    flow = Flow()
    flow.now_ms = T0 + 24 * HOUR_MS + hours * HOUR_MS
    flow.calls([record(*one) for one in some], BACKFILL if backfill else LIVE)
    journal = flow.settle()
    assert len(journal.verdicts) == len(some)
    assert all(verdict.late for verdict in journal.verdicts)
    judged = {verdict.event_name: verdict.action for verdict in journal.verdicts}
    assert all(EVENTS[name] is action for name, action in judged.items())
    late_end = "reported" if backfill else "paged"
    assert {end for action, end in ends(journal).values() if action != "log"} <= {late_end}
    assert checker.check_all(journal) == []


def test_late_calls_of_one_account_are_one_page_whoever_made_them():
    flow = Flow()
    flow.now_ms = T0 + 48 * HOUR_MS
    flow.calls([record(number, who, "CreateUser") for number, who in enumerate((*NAMES, STRANGER))])
    flow.settle()
    assert len(flow.worker.shelf.cases) == 1


def test_a_call_exactly_at_the_bound_is_not_late():
    flow = Flow()
    flow.now_ms = T0 + 24 * HOUR_MS
    flow.calls([record(1, "ada", "CreateUser")])
    (verdict,) = read_journal(flow.log).verdicts
    assert not verdict.late


def test_a_live_copy_of_a_call_that_a_backfill_only_reported_is_paged_in_either_order():
    for feeds in ((BACKFILL, LIVE), (LIVE, BACKFILL)):
        flow = Flow()
        flow.now_ms = T0 + 48 * HOUR_MS
        for feed in feeds:
            flow.calls([record(1, "ada", "CreateUser")], feed)
        journal = flow.settle()
        assert set(ends(journal).values()) == {("notify", "paged")}
        assert checker.check_all(journal) == []


def test_everybody_answers_as_they_are():
    assert {name: END_OF[name] for name in ANSWERS} == {
        name: "verified" if tap == "allow" else "paged" for name, (_, tap) in ANSWERS.items()
    }
