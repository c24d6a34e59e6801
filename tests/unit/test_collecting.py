"""Collecting: which of a case's calls are listed in full, and in what order."""

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.decisions.case.collect import MAX_CALL_BYTES, MAX_LISTED, add_call
from agents.decisions.case.opening import open_case
from streams.records.case import Case
from streams.records.summary import CallSummary
from tables.case_shelf import CaseShelf
from tests.support.cases import T0, call, fingerprint

times = st.integers(0, 3)
calls = st.lists(st.tuples(st.integers(0, 3), times, st.none() | times, st.integers(0, 220)), max_size=130)


def summary(number: int, risk: int, received_ms: int, happened_ms: int | None, text: int) -> CallSummary:
    return replace(
        call(number).summary,
        fingerprint=fingerprint(number),
        risk=risk,
        received_ms=received_ms,
        event_time_ms=happened_ms,
        target="t" * text,
    )


def collected(summaries: list[CallSummary]) -> Case:
    case = open_case(call(0), CaseShelf(0, 1), T0, 0).case
    for one in summaries:
        case = add_call(case, one)
    return case


def ranked(one: CallSummary) -> tuple[int, int, int, bytes]:
    happened_ms = one.received_ms if one.event_time_ms is None else one.event_time_ms
    return (-one.risk, one.received_ms, happened_ms, one.fingerprint)


@given(calls, st.randoms(use_true_random=False))
def test_the_riskiest_are_listed_first_and_then_the_earliest(some: list, chance: random.Random):
    summaries = [summary(number, *one) for number, one in enumerate(some)]
    listed = collected(summaries).calls
    assert listed == sorted(listed, key=ranked)
    assert len(listed) <= MAX_LISTED
    assert len(msgspec.msgpack.encode(listed)) + 32 * len(summaries) <= MAX_CALL_BYTES
    if len(summaries) <= MAX_LISTED:
        assert listed == sorted(summaries, key=ranked)
        chance.shuffle(summaries)
        assert collected(summaries).calls == listed
