"""Records that break a decision: each a dead letter, and one page an agent, fault and hour, whoever floods."""

import pytest

from agents.decisions import triage as sorting
from agents.decisions.case import reduce
from agents.decisions.rules import Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from agents.refusals import MAX_NAMES
from streams.records.codec import from_wire
from streams.records.command import CommandFrame, Incident
from streams.records.dead_letter import DeadLetter
from streams.records.verdict import Action
from streams.topics import Topic
from tests.support.cases import call
from tests.support.flow import HOUR_MS, Flow, policy, record
from tests.support.story import Story

USERS = 300


@pytest.fixture
def broken(monkeypatch):
    """A decision that raises whatever it is told to."""
    faults = [KeyError("x")]

    def judge(*_, **__):
        raise faults[0]

    monkeypatch.setattr(sorting, "judge", judge)
    return faults


def guarded() -> Flow:
    """DeleteUser is guarded."""
    pattern = {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"]}
    guard = Rule("g", "g", Action.ALERT, "because", parse_pattern(pattern).branches, guard=True)
    held = policy()
    return Flow(held._replace(rules=RuleSet([*held.rules.rules, guard], "v1")))


def handle(flow: Flow, *names: str) -> tuple[list[DeadLetter], list[Incident]]:
    """One frame of calls; what triage makes of it."""
    flow.number = getattr(flow, "number", 0) + 1_000
    flow.calls([record(flow.number + at, "ada", name) for at, name in enumerate(names)])
    return told(flow, -1)


def told(flow: Flow, offset: int) -> tuple[list[DeadLetter], list[Incident]]:
    messages = flow.log.messages[Topic.CALLS]
    sends = flow.triage.handle(flow.message(Topic.CALLS, messages[offset].offset))
    letters = [from_wire(DeadLetter, send.value) for send in sends if send.topic == Topic.DEAD_LETTERS]
    frames = [from_wire(CommandFrame, send.value) for send in sends if send.topic == Topic.COMMANDS]
    return letters, [command for frame in frames for command in frame.commands if isinstance(command, Incident)]


@pytest.mark.slow
def test_a_flood_of_records_that_break_a_decision_is_one_page_and_a_dead_letter_each(broken):
    flow = Flow()
    ids = set()
    for _ in range(10):
        letters, incidents = handle(flow, *["TagUser"] * USERS)
        assert len({letter.body for letter in letters}) == USERS
        assert [incident.count for incident in incidents] == [USERS]
        ids |= {incident.incident_id for incident in incidents}
    assert len(ids) == 1


def test_each_fault_and_each_hour_pages_by_itself(broken):
    flow = Flow()
    ids = [handle(flow, "TagUser")[1][0].incident_id]
    broken[0] = ValueError("KeyError: a message is no name")
    ids.append(handle(flow, "TagUser")[1][0].incident_id)
    broken[0] = ValueError("another message\nOf: another name")
    ids.append(handle(flow, "TagUser")[1][0].incident_id)
    flow.now_ms += HOUR_MS
    ids.append(handle(flow, "TagUser")[1][0].incident_id)
    assert ids[1] == ids[2]
    assert len(set(ids)) == 3


def test_a_frame_that_is_read_again_is_the_same_incidents_and_letters(broken):
    flow = guarded()
    handle(flow, "TagUser", "CreateUser", "DeleteUser")
    assert told(flow, 0) == told(flow, 0)


def test_a_guarded_call_that_breaks_a_decision_hides_behind_no_flood(broken):
    flow = guarded()
    handle(flow, *["CreateUser"] * USERS)
    letters, incidents = handle(flow, "CreateUser", "DeleteUser")
    assert [(one.guard, one.count, one.names) for one in incidents] == [
        (False, 1, ["iam.amazonaws.com:CreateUser"]),
        (True, 1, ["iam.amazonaws.com:DeleteUser"]),
    ]
    assert "iam.amazonaws.com:DeleteUser" in incidents[1].summary
    assert [letter.sensitive for letter in letters] == [[name] for one in incidents for name in one.names]


def test_what_only_a_log_rule_names_is_not_called_sensitive(broken):
    letters, (incident,) = handle(Flow(), "TagUser")
    assert (letters[0].sensitive, incident.names) == ([], [])


def test_a_frame_that_cannot_be_read_is_scanned_for_what_it_names():
    flow = guarded()
    flow.append(Topic.CALLS, b"k", b'{"eventSource":"iam.amazonaws.com","eventName":"DeleteUser"')
    _, (incident,) = told(flow, 0)
    assert (incident.kind, incident.guard, incident.names) == (
        "unreadable_frame",
        True,
        ["iam.amazonaws.com:DeleteUser"],
    )


def test_a_call_that_breaks_its_case_is_named_and_a_guarded_one_pages_alone(monkeypatch):
    def open_case(*_):
        raise ValueError("whatever a record makes us raise")

    monkeypatch.setattr(reduce, "open_case", open_case)
    run = Story(tight=False)
    output = run.send(*[call(number, action=Action.ALERT, guard=number == 5) for number in range(9)])
    (frame,) = [from_wire(CommandFrame, one.value) for one in output.others if one.topic == Topic.COMMANDS]
    assert sorted((one.guard, one.count) for one in frame.commands) == [(False, 8), (True, 1)]
    assert len(output.others) == 9 + 1


def test_an_incident_that_breaks_its_own_case_does_not_page_about_itself_for_ever(monkeypatch):
    def open_incident(*_, **__):
        raise ValueError("whatever it is")

    monkeypatch.setattr(reduce, "open_incident", open_incident)
    run = Story(tight=False)
    output = run.send(Incident("a", "unbound_account", "high", "-", "x"))
    for _ in range(3):
        frames = [one for one in output.others if one.topic == Topic.COMMANDS]
        if not frames:
            break
        (frame,) = frames
        output = run.send(*from_wire(CommandFrame, frame.value).commands)
    assert [send.topic for send in output.others] == [Topic.DEAD_LETTERS]


def test_the_names_on_a_page_are_bounded(broken):
    pattern = {"eventSource": ["iam.amazonaws.com"], "eventName": [{"prefix": "Make"}]}
    made = Rule("m", "m", Action.NOTIFY, "because", parse_pattern(pattern).branches)
    flow = Flow(policy()._replace(rules=RuleSet([made], "v1")))
    _, (incident,) = handle(flow, *[f"Make{number}" for number in range(100)])
    assert (len(incident.names), incident.count) == (MAX_NAMES, 100)
