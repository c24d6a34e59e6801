"""Calls that were decided more than once: alike by the same rules, or a finding (I12)."""

import pytest
from msgspec.structs import replace

from agents.decisions.audit.journal import Journal
from agents.decisions.audit.repeated import decided_alike
from agents.decisions.audit.terms import Terms
from streams.records.verdict import Action, End
from tests.support.flow import Flow, record
from tests.support.journal import read_journal


@pytest.fixture
def run() -> Journal:
    flow = Flow()
    flow.calls([record(1, "ada", "CreateUser")])
    return read_journal(flow.log)


def found(run: Journal, **changes: object) -> list[str]:
    """What is said of a run whose one call was decided once more, with these changes."""
    again = replace(run.verdicts[0], **changes)
    return [str(one) for one in decided_alike(run._replace(verdicts=[*run.verdicts, again]), Terms())]


def test_a_replay_a_copy_and_another_version_of_the_rules_are_no_findings(run):
    assert found(run) == []
    assert found(run, received_ms=1, late=True) == []
    assert found(run, action=Action.ALERT, rules_version="v2") == []


def test_what_a_backfill_reported_may_become_a_case(run):
    assert found(run, end=End.REPORTED) == []
    assert found(run, end=End.REPORTED, action=Action.ALERT) == []


def test_another_action_or_end_by_the_same_rules_is_a_finding(run):
    (action,) = found(run, action=Action.ALERT)
    assert "alert, case and as notify, case by the same rules" in action
    (end,) = found(run, end=End.LOGGED)
    assert "notify, case and as notify, logged by the same rules" in end
