"""A call that waited is kept whole until nobody can owe anything of it, and no longer, however quiet it gets."""

import pytest

from streams.records.beat import Beat
from streams.records.call import SeenSweep, WaitOver
from streams.records.codec import to_wire
from streams.records.grant import GrantFrame
from tables.waits import IN_FLIGHT, is_waiting_key
from tests.support.flow import policy
from tests.support.sessions import made, session, user
from tests.support.triage_run import TriageRun

KEPT_MS = 25 * 3_600_000
SWEEP = to_wire(SeenSweep(0))
AFTER = {
    "frame": None,
    "grants": to_wire(GrantFrame([])),
    "timer": to_wire(WaitOver()),
    "sweep": SWEEP,
    "beat": to_wire(Beat("worker", 0)),
}


def kept(run: TriageRun) -> list[bytes]:
    """The keys of the calls that the table holds whole."""
    return [key for key in run.tables.backing("seen").entries() if is_waiting_key(key)]


def settled() -> TriageRun:
    """One call waited and was decided when its time was over."""
    run = TriageRun(policy())
    run.calls([made(1, session("ASIAONE", "deploy", "x"))])
    run.handle()
    assert len(kept(run)) == 1
    run.now_ms += run.policy.grant_wait_ms
    run.handle()
    assert len(run.commanded) == 1
    return run


def go_on(run: TriageRun, kind: str, messages: int) -> None:
    """So many messages of one kind follow."""
    for number in range(messages):
        body = AFTER[kind]
        if body is None:
            run.calls([made(100 + number, user("ada"))])
        else:
            run.append(body)
        run.handle()


@pytest.mark.parametrize("kind", AFTER)
def test_it_goes_with_whatever_message_comes_once_no_earlier_one_can_come_again(kind):
    run = settled()
    go_on(run, kind, IN_FLIGHT - 1)
    assert len(kept(run)) == 1
    go_on(run, kind, 1)
    assert kept(run) == []


@pytest.mark.parametrize("kind", AFTER)
def test_it_is_told_again_as_long_as_it_is_kept(kind):
    run = settled()
    before = dict(run.commanded)
    go_on(run, kind, IN_FLIGHT - 1)
    run.commanded.clear()
    run.next = 0  # everything is in flight, and the worker dies
    run._start()
    run.handle()
    assert {mark: told for mark, told in run.commanded.items() if mark in before} == before


def test_a_worker_that_takes_over_after_the_entries_were_swept_forgets_it_as_well():
    run = settled()
    run.append(to_wire(SeenSweep(run.now_ms + KEPT_MS)))
    run.handle()
    run._start()
    assert len(kept(run)) == 1
    go_on(run, "sweep", IN_FLIGHT)
    assert kept(run) == []


def test_a_call_that_came_to_the_log_without_its_entry_waits_when_its_frame_comes_again():
    run = TriageRun(policy())
    run.calls([made(1, session("ASIAONE", "deploy", "x"))])
    run.one(writes=1)  # the call whole is durable, the entry that says that it waits is not
    assert len(kept(run)) == 1
    go_on(run, "beat", 2 * IN_FLIGHT)
    assert (len(kept(run)), run.triage.waiting(0)) == (1, 1)
    run.now_ms += run.policy.grant_wait_ms
    run.handle()
    assert len(run.commanded) == 1


def test_what_was_settled_just_now_is_told_again_although_the_entry_of_its_wait_was_swept():
    run = TriageRun(policy())
    run.calls([made(1, session("ASIAONE", "deploy", "x"))])
    run.one()
    go_on(run, "beat", IN_FLIGHT)
    before_ms = run.now_ms + 1
    run.now_ms += KEPT_MS  # nobody worked for a day
    run.append(AFTER["timer"])
    run.append(to_wire(SeenSweep(before_ms)))
    run.handle()
    told = dict(run.commanded)
    assert len(told) == 1
    run.commanded.clear()
    run.next -= 2  # neither of both was acknowledged
    run._start()
    run.handle()
    assert run.commanded == told
