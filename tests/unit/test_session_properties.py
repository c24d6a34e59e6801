"""Sessions under any order, repetition and crash: each call is put down to one person, once (I11, I12)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.audit.judging import terms_of
from agents.decisions.audit.registry import judged
from agents.decisions.directory import Directory
from streams.records.call import WaitOver
from streams.records.codec import to_wire
from tables.case_index import fingerprints_of
from tests.support.examples import examples
from tests.support.flow import Flow, policy
from tests.support.sessions import A, B, across, assume, made, session, user
from tests.support.triage_run import TriageRun

WAIT_S = 30
POLICY = policy()._replace(feeds=frozenset({A, B}))

ONE = session("ASIAONE", "deploy", "grace")
TWO = session("ASIATWO", "admin", "grace")
FAR = session("ASIAFAR", "audit", "grace", B)
LOST = session("ASIALOST", "deploy", "grace")
GRANTS = [
    assume(1, user("ada"), "ASIAONE", "deploy", "grace"),
    assume(2, ONE, "ASIATWO", "admin", "grace"),
    *across(3, TWO, "ASIAFAR", "audit", "grace"),
    assume(9, user("mallory"), "ASIANOBODY", "deploy", "grace"),
]
CALLS = [
    made(number, caller, event)
    for number, (caller, event) in enumerate(
        (caller, event)
        for caller in (ONE, TWO, FAR, LOST, session("ASIANOBODY", "deploy", "grace"), user("linus"))
        for event in ("CreateUser", "DeleteUser", "TagUser")
    )
]
HOLDERS = ("ada", "ada", "ada", None, None, "linus")
ASKED = {f"e{number}": HOLDERS[number // 3] for number in range(len(CALLS))}
"""Who is to be asked about each notify call; about an alert anybody may be named, or nobody."""

some = st.lists(st.sampled_from(CALLS), min_size=1, max_size=6, unique_by=lambda one: one["eventID"])


def check(run: TriageRun, calls) -> None:
    """Each call was decided once, as its session's holder has it."""
    for call in calls:
        (told,) = run.told[call["eventID"]]
        action = {"CreateUser": "notify", "DeleteUser": "alert", "TagUser": "log"}[call["eventName"]]
        assert told[:2] == (action, "logged" if action == "log" else "case")
        if action == "notify":
            assert told[2] == ASKED[call["eventID"]]
    assert all(len(told) == 1 for told in run.commanded.values())
    assert run.triage.waiting(0) == 0
    assert run.incidents == set()


def frames(data, records):
    """The records in frames of one to three, and the seconds after each; less than the wait all together."""
    found, left_s, at = [], WAIT_S - 1, 0
    while at < len(records):
        size, pause_s = data.draw(st.integers(1, 3)), data.draw(st.integers(0, min(4, left_s)))
        found.append((records[at : at + size], pause_s))
        at, left_s = at + size, left_s - pause_s
    return found


@settings(max_examples=examples(250))
@given(some, st.data())
def test_any_order_and_repetition_within_the_wait_puts_each_call_down_to_the_same_person(calls, data):
    records = GRANTS + calls
    records += data.draw(st.lists(st.sampled_from(records), max_size=6))
    run = TriageRun(POLICY)
    for frame, pause_s in frames(data, data.draw(st.permutations(records))):
        run.calls(frame)
        run.handle()
        run.now_ms += 1_000 * pause_s
    run.now_ms += 1_000 * WAIT_S
    run.handle()
    check(run, calls)


ENDS = {"ada": "verified", "linus": "paged", None: "paged"}
"""What each of them answers: ada Yes and allow, linus Yes and deny; about what is nobody's nobody is asked."""


@settings(max_examples=examples(120))
@given(some, st.data())
def test_any_order_and_repetition_within_the_wait_gives_the_same_ends_of_all_cases(calls, data):
    records = GRANTS + calls
    records += data.draw(st.lists(st.sampled_from(records), max_size=4))
    flow = Flow(POLICY)
    for frame, pause_s in frames(data, data.draw(st.permutations(records))):
        flow.calls(frame)
        flow.pass_time(1_000 * pause_s)
    journal = flow.settle()
    states = {mark.hex(): str(case.state) for case in journal.last().values() for mark in fingerprints_of(case)}
    ended = {one.event_id: states.get(one.fingerprint, str(one.end)) for one in journal.verdicts}
    notified = {call["eventID"]: ENDS[ASKED[call["eventID"]]] for call in calls}
    other = {"DeleteUser": "paged", "TagUser": "logged"}
    assert ended == {call["eventID"]: other.get(call["eventName"]) or notified[call["eventID"]] for call in calls}
    terms = terms_of(POLICY, "sqlite:///x.db")
    assert [one for _, found in judged(journal, terms) for one in found] == []


deaths = st.lists(
    st.tuples(st.integers(0, 5), st.none() | st.integers(0, 4), st.integers(0, 4), st.integers(0, 3)), max_size=6
)


@settings(max_examples=examples(250))
@given(some, deaths, st.data())
def test_wherever_a_worker_dies_each_call_is_decided_once_and_told(calls, deaths, data):
    """After `pass_by` messages the worker dies amid the writes of the next, or amid its sends."""
    run = TriageRun(POLICY)
    pending = list(deaths)
    for frame, pause_s in frames(data, data.draw(st.permutations(GRANTS + calls))):
        run.calls(frame)
        _die(run, pending)
        run.handle()
        run.now_ms += 1_000 * pause_s
    run.now_ms += 1_000 * WAIT_S
    _die(run, pending)
    run.handle()
    check(run, calls)


def _die(run: TriageRun, pending: list) -> None:
    if not pending:
        return
    pass_by, writes, sends, back = pending.pop()
    while pass_by and run.next < len(run.log):
        run.one()
        pass_by -= 1
    if run.next < len(run.log):
        run.one(writes=writes, sends=sends if writes is None else None, back=back)


@settings(max_examples=examples(100))
@given(some, st.data())
def test_a_message_that_is_handled_again_after_the_people_changed_decides_nothing_anew(calls, data):
    """Redelivery emits again what it decided, whatever rules, people or grants say by then."""
    run = TriageRun(POLICY)
    for frame, _ in frames(data, data.draw(st.permutations(GRANTS + calls))):
        run.calls(frame)
    run.handle()
    run.now_ms += 1_000 * WAIT_S
    run.handle()
    asked = {event: told for event, told in run.told.items() if "log" not in {one[0] for one in told}}
    run.policy = POLICY._replace(directory=Directory())
    run.next = data.draw(st.integers(0, len(run.log)))
    while run.next < len(run.log):
        run.one()
    assert {event: run.told[event] for event in asked} == asked
    assert all(len(told) == 1 for told in run.commanded.values())


def reversed_run(at: int, writes: int | None, sends: int | None, back: int) -> TriageRun:
    """Calls first, then their grants, the last hop first; the worker dies at message `at`."""
    run = TriageRun(POLICY)
    for records in (CALLS, GRANTS[::-1]):
        run.calls(records)
    waited = False
    while True:
        if run.next == len(run.log):
            if waited:
                return run
            waited = True
            run.now_ms += 1_000 * WAIT_S
            run.append(to_wire(WaitOver()))
        if run.next == at:
            at = -1
            run.one(writes=writes, sends=sends, back=back)
        else:
            run.one()


MESSAGES = len(reversed_run(-1, None, None, 0).log)


def test_a_worker_may_die_at_any_write_and_any_send_of_any_message():
    assert MESSAGES > 5
    for at in range(MESSAGES):
        for count in range(6):
            for back in (0, 2):
                check(reversed_run(at, count, None, back), CALLS)
                check(reversed_run(at, None, count, back), CALLS)
