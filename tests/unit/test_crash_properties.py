"""Crashes in the life of cases: what a worker wrote, and what it did not, tell the next one everything."""

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streams.records.case import ENDS
from streams.records.fact import Fact
from tests.support import checker
from tests.support.crash import crash_between, crash_within
from tests.support.examples import examples
from tests.support.story import Story, effect_id, stories

many = settings(max_examples=examples(250))
place = st.integers(0, 60)


def played(story) -> Story:
    tight, steps = story
    run = Story(tight=tight).play(steps)
    assume(run.log)
    return run


def contents(facts: list[Fact]) -> set[bytes]:
    return {msgspec.json.encode(fact) for fact in facts}


@many
@given(stories, place, st.integers(0, 16))
def test_a_crash_between_two_messages_changes_nothing_and_loses_nothing(story, at, back):
    run = played(story)
    after = crash_between(run, at % (len(run.log) + 1), back)
    assert after.worker.cases.entries() == run.worker.cases.entries()
    assert after.worker.counters.entries() == run.worker.counters.entries()
    assert contents(after.facts) == contents(run.facts)
    assert {effect_id(one): _frozen(one) for one in after.effects}.items() <= {
        effect_id(one): _frozen(one) for one in run.effects
    }.items()
    assert checker.check_all(after.journal(), open_allowed=True) == []


def _frozen(effect) -> tuple[int, int | None]:
    """What an effect that is emitted again must have as it was."""
    return effect.emitted_ms, getattr(effect, "not_after_ms", None)


@pytest.mark.slow
@many
@given(stories, place, st.integers(0, 6), st.integers(0, 3), st.integers(0, 16))
def test_a_crash_amid_the_writes_of_a_message_loses_no_case_and_contradicts_no_fact(
    story, at, cases_left, counters_left, back
):
    run = played(story)
    after = crash_within(run, at % len(run.log), cases_left, counters_left, back)
    assert checker.check_all(after.journal(), open_allowed=True) == []
    after.close()
    assert {case_id: case.reason for case_id, case in after.cases.items() if case.state not in ENDS} == {}
    assert checker.check_all(after.journal()) == []
