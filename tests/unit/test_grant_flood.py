"""Floods of sessions, and of calls under unknown ones: memory stays bounded, and nothing is lost."""

import random

from agents.decisions.directory import Directory
from streams.records.call import SeenSweep, WaitOver
from streams.records.codec import to_wire
from tables import sessions, waits
from tests.support.flow import policy
from tests.support.sessions import assume, made, session, user
from tests.support.triage_run import TriageRun

POLICY = policy()


def entries(run: TriageRun, table: str) -> dict[bytes, bytes]:
    last = {key: value for name, key, value in run.tables.writes if name == table}
    return {key: value for key, value in last.items() if value is not None}


def test_whoever_assumes_roles_without_end_loses_their_own_sessions_only(monkeypatch):
    monkeypatch.setattr(sessions, "MAX_OF_ONE", 20)
    run = TriageRun(POLICY)
    run.calls([assume(0, user("ada"), "ASIAADA", "deploy", "x")])
    for number in range(1, 301, 50):
        run.calls(
            [assume(one, user("mallory"), f"ASIA{one}", "deploy", "x") for one in range(number, number + 50)]
        )
    run.handle()
    assert len(entries(run, "sessions")) == 21
    run.calls([made(1, session("ASIAADA", "deploy", "x"))])
    run.handle()
    assert {told[2] for told in run.told["e1"]} == {"ada"}


def test_calls_beyond_those_that_may_wait_are_decided_at_once_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(waits, "MAX_WAITING", 30)
    run = TriageRun(POLICY)
    for number in range(0, 100, 10):
        run.calls([made(one, session(f"ASIA{one}", "deploy", "x")) for one in range(number, number + 10)])
        run.handle()
    assert run.triage.waiting(0) == 30
    assert len(run.told) == 70
    run.now_ms += 30_000
    run.handle()
    assert len(run.told) == 100
    assert {next(iter(told))[2] for told in run.told.values()} == {None}


def test_what_waited_leaves_no_more_than_its_decision_behind():
    run = TriageRun(POLICY)
    run.calls([made(one, session(f"ASIA{one}", "deploy", "x")) for one in range(20)])
    run.handle()
    assert sum(key.startswith(b"w") for key in entries(run, "seen")) == 20
    run.now_ms += 30_000
    run.handle()
    for number in range(waits.IN_FLIGHT + 1):
        run.calls([assume(number, user("ada"), f"ASIAADA{number}", "deploy", "x")])
    run.handle()
    assert sum(key.startswith(b"w") for key in entries(run, "seen")) == 0


def test_a_call_that_is_too_large_to_be_kept_is_decided_at_once():
    noise = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=200_000))
    run = TriageRun(POLICY)
    run.calls([made(1, session("ASIA1", "deploy", "x"), requestParameters={"userName": noise})])
    run.calls([made(2, session("ASIA1", "deploy", "x"), requestParameters={"userName": "x" * 200_000})])
    run.handle()
    assert set(run.told) == {"e1"}
    assert run.triage.waiting(0) == 1
    kept = [value for key, value in entries(run, "seen").items() if key.startswith(b"w")]
    assert max(map(len, kept)) < 65_536


def test_a_wait_of_nothing_waits_for_nothing():
    run = TriageRun(POLICY._replace(grant_wait_ms=0))
    run.calls([made(1, session("ASIA1", "deploy", "x"))])
    run.handle()
    assert set(run.told) == {"e1"}


def test_calls_that_wait_are_not_swept_before_they_are_decided():
    run = TriageRun(POLICY)
    run.calls([made(1, session("ASIA1", "deploy", "x"))])
    run.handle()
    run.now_ms += 72 * 3_600_000
    run.append(to_wire(SeenSweep(run.now_ms - 3_600_000)))
    run.one()
    run.handle()
    assert set(run.told) == {"e1"}


def test_sessions_are_swept_when_they_are_over_and_no_call_of_theirs_can_come_in_time():
    run = TriageRun(POLICY._replace(directory=Directory()))
    run.calls([assume(1, user("ada"), "ASIA1", "deploy", "x")])
    run.handle()
    for hours, left in ((36 + 23, 1), (2, 0)):  # 36 h at most, and 24 h of lateness
        run.now_ms += hours * 3_600_000
        run.append(to_wire(SeenSweep(run.now_ms)))
        run.handle()
        assert len(entries(run, "sessions")) == left


def test_a_session_of_a_record_that_names_no_account_is_nobodys():
    run = TriageRun(POLICY)
    record = assume(1, user("ada"), "ASIA1", "deploy", "x")
    del record["recipientAccountId"]
    record["userIdentity"] = {"type": "IAMUser", "userName": "ada"}
    run.calls([record])
    run.handle()
    assert entries(run, "sessions") == {}


def test_a_call_that_breaks_a_decision_is_a_dead_letter_at_once_and_does_not_wait(monkeypatch):
    def breaks(*_args, **_kwargs):
        raise ValueError("odd")

    run = TriageRun(POLICY)
    monkeypatch.setattr("agents.decisions.triage.summarise", breaks)
    run.calls([made(1, session("ASIA1", "deploy", "x"))])
    run.handle()
    assert run.triage.waiting(0) == 0
    assert len(run.letters) == 1


def test_a_call_that_breaks_when_it_is_settled_is_a_dead_letter_of_the_place_where_it_came(monkeypatch):
    def breaks(*_args, **_kwargs):
        raise ValueError("odd")

    run = TriageRun(POLICY)
    run.calls([made(1, session("ASIA1", "deploy", "x"))])
    run.handle()
    run.now_ms += 30_000
    run.append(to_wire(WaitOver()))
    monkeypatch.setattr("agents.decisions.triage.summarise", breaks)
    run.one(sends=0)
    run.handle()
    assert run.triage.waiting(0) == 0
    assert run.letters == {"calls:0:0"}
