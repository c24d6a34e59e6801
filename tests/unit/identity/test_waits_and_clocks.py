"""A call that waited and was decided is decided once, also where the bridge's clock is ahead of the log's."""

import json

import pytest

from streams.records.call import CallFrame, FramedCall, SeenSweep
from streams.records.call_frame import frame_bytes
from streams.records.codec import to_wire
from tests.support.flow import policy
from tests.support.sessions import made, session
from tests.support.triage_run import LIVE, TriageRun


@pytest.mark.parametrize("ahead_ms", [0, 60_000])
def test_what_settled_a_wait_is_not_forgotten_before_the_wait_itself(ahead_ms):
    run = TriageRun(policy())
    began_ms = run.now_ms
    call = json.dumps(made(1, session("ASIAONE", "deploy", "x"))).encode()
    run.append(frame_bytes(CallFrame("v1", [LIVE], [FramedCall(0, "m", began_ms + ahead_ms, None, call)])))
    run.handle()
    run.now_ms += run.policy.grant_wait_ms
    run.handle()
    assert len(run.commanded) == 1
    run.append(to_wire(SeenSweep(began_ms + 45_000)))
    run.handle()
    run._start()  # a worker that takes the partition over
    assert run.triage.waiting(0) == 0
