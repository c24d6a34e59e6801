"""Order: hours, answers and feeds between the copies of a call change nothing about how it ends."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.decisions.judge import Policy
from agents.decisions.rules import RuleSet
from streams.records.verdict import Action
from tables.case_index import fingerprints_of
from tests.support import checker
from tests.support.cases import T0
from tests.support.examples import examples
from tests.support.flow import BACKFILL, EVENTS, HOUR_MS, LIVE, NAMES, Flow, policy, record, replies
from tests.support.journal import Journal

STRANGER = "mallory"
ENDS = {"ada": "verified", "grace": "paged", "linus": "paged", STRANGER: "paged"}
NOW_MS = T0 + 96 * HOUR_MS
BOUND_H = 24
AGES_H = (0, 1, BOUND_H - 1, BOUND_H + 1, 72)

a_call = st.tuples(
    st.integers(0, 30),
    st.sampled_from((*NAMES, STRANGER, "ada", "ada")),  # only her calls are verified, and so can fail to be
    st.sampled_from((*EVENTS, "CreateUser", "CreateAccessKey")),
    st.sampled_from(AGES_H),
)
calls = st.lists(a_call, min_size=1, max_size=8, unique_by=lambda one: one[0])
feeds = st.sampled_from((LIVE, BACKFILL))
pauses_ms = st.sampled_from((1_000, 1_000, 1_000, 119_000, 180_000, 1_200_000))


def by_event() -> Policy:
    """The usual policy, with a question for each event, so that one person answers several at a time."""
    usual = policy()
    rules = [msgspec.structs.replace(rule, group_by=["event"]) for rule in usual.rules.rules]
    return usual._replace(rules=RuleSet(rules, "v1"))


def made(one, start_ms: int):
    """The record of a call that was made `age` hours before the run began."""
    number, who, event, age_h = one
    return record(number, who, event, start_ms - age_h * HOUR_MS)


def ended(journal: Journal) -> dict[str, str]:
    """How each call ended, by its event's id."""
    cases = {mark.hex(): str(case.state) for case in journal.cases for mark in fingerprints_of(case)}
    return {one.event_id: cases.get(one.fingerprint, str(one.end)) for one in journal.verdicts}


def live_on(flow: Flow, ms: int) -> None:
    """Time goes on, and everybody does within a minute what is theirs to do."""
    while ms > 0:
        flow.pass_time(min(ms, 60_000))
        ms -= 60_000
        while flow.unanswered:
            for command in replies(flow.unanswered.pop(0)):
                flow.command(command)


def expected(one, brought_by) -> str:
    """How a call must end, from who made it, how old it is, and which feeds brought it."""
    _, who, event, age_h = one
    if EVENTS[event] is Action.LOG:
        return "logged"
    if age_h > BOUND_H:
        return "paged" if LIVE in brought_by else "reported"
    return "paged" if EVENTS[event] is Action.ALERT else ENDS[who]


@settings(max_examples=examples(400))
@given(calls, st.data())
def test_copies_that_come_hours_and_answers_apart_in_any_order_change_no_end(some, data):
    some = [(number, who, event, 0) for number, who, event, _ in some]
    copies = data.draw(st.permutations(some + data.draw(st.lists(st.sampled_from(some), max_size=8))))
    flow = Flow(by_event())
    for one in copies:
        flow.calls([made(one, T0)])
        live_on(flow, data.draw(pauses_ms))
    journal = flow.settle()
    assert ended(journal) == {f"e{one[0]}": expected(one, {LIVE}) for one in some}
    assert checker.check_all(journal) == []


@settings(max_examples=examples(150))
@given(calls, st.data())
def test_late_calls_among_others_from_any_feeds_in_any_order_are_marked_and_none_is_dropped(some, data):
    copies = data.draw(st.permutations(some + data.draw(st.lists(st.sampled_from(some), max_size=8))))
    flow = Flow()
    flow.now_ms = NOW_MS
    brought = {f"e{one[0]}": [] for one in some}
    for one in copies:
        feed = data.draw(feeds)
        brought[f"e{one[0]}"].append(feed)
        flow.calls([made(one, NOW_MS)], feed)
        flow.pass_time(1_000)
    journal = flow.settle()
    ages = {f"e{one[0]}": one[3] for one in some}
    assert all(one.late == (ages[one.event_id] > BOUND_H) for one in journal.verdicts)
    assert all(one.action is EVENTS[one.event_name] for one in journal.verdicts)
    assert ended(journal) == {f"e{one[0]}": expected(one, brought[f"e{one[0]}"]) for one in some}
    assert checker.check_all(journal) == []
