"""One live push a person: what only we gave up on may still be approved on the phone."""

import pytest

from streams.records.command import PushResult, PushStarted
from streams.records.effect import Push
from tests.support.cases import click, of
from tests.unit.test_case_corners import two_questions


def second_yes_after(result):
    """A question whose push came to this, and right after it the Yes to the person's other question."""
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", result))
    run.send(click(second, "yes"))
    return run


@pytest.mark.parametrize("result", ["timeout", "error"])
def test_a_push_we_stopped_asking_about_keeps_the_next_one_waiting_for_its_life(result):
    run = second_yes_after(result)
    assert of(Push, run.effects_now()) == []
    run.wait(60_000)
    assert of(Push, run.effects_now()) == []
    run.wait(15_000)
    assert len(of(Push, run.effects_now())) == 1


@pytest.mark.parametrize("result", ["allow", "deny"])
def test_a_push_that_the_person_answered_keeps_nobody_waiting(result):
    run = second_yes_after(result)
    assert len(of(Push, run.effects_now())) == 1
