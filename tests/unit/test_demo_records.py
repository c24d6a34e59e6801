"""The demo's records and folder, judged by the default pack: what the play needs is what the rules decide."""

from collections import Counter
from pathlib import Path

import pytest

from agents.decisions.case.collect import add_call
from agents.decisions.judge import Policy, judge
from agents.decisions.summary import summarise
from agents.demo import records
from agents.demo.company import ACCOUNTS
from agents.demo.folder import DemoFolder
from agents.demo.timing import PAGE, QUICK, waits
from agents.policy import load_policy
from agents.standins.together import StandIns
from streams.records.fingerprint import fingerprint
from streams.records.verdict import Action
from streams.settings.load import load
from streams.settings.model import Settings, TimingSettings
from tests.support.gateway import make_case

NOW_MS = 1_790_000_000_000


def settings_of(folder: Path, timing: TimingSettings) -> Settings:
    demo = DemoFolder(folder)
    standins = StandIns(folder)
    standins.slack.url = standins.duo.url = "http://127.0.0.1:1"
    standins.pagerduty.url = "https://127.0.0.1:1"
    standins.pagerduty.certificate()
    services = standins.settings()
    demo.lay_out(services, "127.0.0.1:2", timing)
    return load(demo.config, {})


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return load_policy(settings_of(tmp_path, QUICK)).policy


def actions(policy: Policy, calls: list[records.Record]) -> Counter[Action | None]:
    found: Counter[Action | None] = Counter()
    for record in calls:
        judged = judge(record, account=record["recipientAccountId"], policy=policy, received_ms=NOW_MS)
        found[judged.decision.action if judged.decision else None] += 1
        if judged.decision is not None and judged.decision.action is Action.NOTIFY:
            assert judged.decision.asked is not None
            assert judged.decision.asked.person == "ada"
    return found


def test_routine_calls_interest_no_rule(policy: Policy) -> None:
    calls = records.routine(NOW_MS)
    assert actions(policy, calls) == {None: len(calls)}
    assert not any(policy.rules.may_match(record) for record in calls)
    assert {record["recipientAccountId"] for record in calls} == set(ACCOUNTS)


def test_the_riskiest_call_of_the_burst_is_the_one_that_gives_everything_away(policy: Policy) -> None:
    """What comes after it has one risk, and so the calls' own order: nothing is left to chance."""
    for number in range(1, 6):
        shown = []
        for record in records.burst(NOW_MS, number):
            decision = judge(record, account=None, policy=policy, received_ms=NOW_MS).decision
            assert decision is not None
            mark = fingerprint(record)
            shown.append(
                summarise(
                    record,
                    fingerprint=mark,
                    rule=decision.rule,
                    risk=decision.risk,
                    account=None,
                    received_ms=NOW_MS,
                )
            )
        case = make_case(calls=[], lines=[], fingerprints=b"")
        for call in shown:
            case = add_call(case, call)
        told = [f"{call.event_name} {call.target}" for call in case.calls]
        assert "AdministratorAccess" in told[0]
        assert [text.split()[0] for text in told[1:]] == ["CreateAccessKey", "AttachUserPolicy", "CreateUser"]


def test_a_group_is_logged_a_burst_asks_and_an_open_port_alerts(policy: Policy) -> None:
    assert actions(policy, records.group_created(NOW_MS)) == {Action.LOG: 1}
    assert actions(policy, records.burst(NOW_MS, 1)) == {Action.NOTIFY: 4}
    assert actions(policy, records.opened_to_the_world(NOW_MS, 1)) == {Action.ALERT: 1}


@pytest.mark.parametrize("timing", [PAGE, QUICK])
def test_the_configuration_it_writes_is_without_fault(tmp_path: Path, timing: TimingSettings) -> None:
    settings = settings_of(tmp_path, timing)
    assert settings.timing == timing
    assert [feed.accounts for feed in settings.feeds] == [tuple(ACCOUNTS)]


def test_the_real_waits_stand_beside_the_shortened_ones() -> None:
    shown = {wait.name: (wait.demo_s, wait.real_s) for wait in waits(PAGE)}
    assert shown["You may answer for"] == (PAGE.prompt_timeout_s, 900)
    assert all(demo_s < real_s for demo_s, real_s in shown.values())
