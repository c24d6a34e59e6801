"""A spool gives back, in the order of time, what it was given, however much that is."""

from contextlib import closing

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agents.backtest.intake import Intake
from agents.backtest.known import Known
from agents.backtest.spool import Spool
from streams.envelopes.item import CallItem
from streams.records.command import CallCommand
from tests.support.flow import policy, record

TIMES = st.lists(st.none() | st.integers(0, 5), max_size=30)


class Caught(Spool):
    """A spool that says what it was given."""

    command: CallCommand

    def add(self, at_ms, command):
        self.command = command


def command() -> CallCommand:
    """One command of the pipeline's own."""
    with closing(Caught()) as caught, closing(Known()) as known:
        Intake(policy(), caught, known).take(CallItem(b"{}", record(1, "ada", "CreateUser")))
        return caught.command


COMMAND = command()


@given(times=TIMES, at_once=st.integers(1, 7), earliest_ms=st.none() | st.just(0))
def test_calls_come_out_by_time_then_as_they_came_and_the_undated_first(times, at_once, earliest_ms):
    with closing(Spool(at_once)) as held:
        for number, at_ms in enumerate(times):
            held.add(at_ms, msgspec.structs.replace(COMMAND, actor_key=str(number)))
        out = [(at_ms, one.received_ms, int(one.actor_key)) for at_ms, one in held.ordered(earliest_ms)]
    order = sorted(range(len(times)), key=lambda number: (times[number] is not None, times[number] or 0, number))
    assert out == [(times[number] or 0, times[number] or 0, number) for number in order]
