"""Rules in shadow: recorded with what they would have done, and nobody hears of them."""

import asyncio
import json

from click.testing import CliRunner

from agents.cli.rules import rules
from agents.decisions.judge import judge
from agents.decisions.rules import RuleSet
from agents.decisions.shadow import Costs, groups
from streams.records.codec import from_wire
from streams.records.seen import Decision
from streams.records.timing import Timing
from streams.records.verdict import Action, End, Shadow, VerdictFrame
from streams.shell.message import Send
from streams.topics import Topic, plan
from tests.support.cases import T0
from tests.support.flow import Flow, policy, record
from tests.support.logs import open_writer
from tests.support.rules import rule

RULES = """\
id: team.new
title: A rule
action: notify
stage: shadow
match: {eventName: [CreateUser], eventSource: [iam.amazonaws.com]}
because: it matters
tests: [{name: fires, event: {eventName: CreateUser, eventSource: iam.amazonaws.com}, expect: notify}]
"""
MADE = {"eventName": ["CreateUser"]}
NEW = rule(MADE, rule_id="team.new", action=Action.NOTIFY, shadow=True)
PAGES = rule(MADE, rule_id="team.pages", action=Action.ALERT, shadow=True)
LIVE = rule(MADE, rule_id="team.live", action=Action.NOTIFY)


def ruled(*chosen):
    return policy()._replace(rules=RuleSet(chosen, "v1"))


def decided(*chosen, who="ada") -> Decision:
    fields = record(1, who, "CreateUser")
    found = judge(fields, account=None, policy=ruled(*chosen), received_ms=T0).decision
    assert found is not None
    return found


def test_alone_it_leaves_a_logged_call_with_what_it_would_have_done():
    decision = decided(NEW, PAGES)
    assert (decision.action, decision.end, decision.rules, decision.asked) == (Action.LOG, End.LOGGED, [], None)
    assert decision.shadow == [
        Shadow("team.pages", Action.ALERT),
        Shadow("team.new", Action.NOTIFY, asked="ada"),
    ]
    assert decided(NEW, who="stranger").shadow[0].unaskable is not None


def test_beside_a_live_rule_it_changes_nothing_but_the_record():
    with_it, without = decided(LIVE, PAGES), decided(LIVE)
    assert with_it.shadow == [Shadow("team.pages", Action.ALERT)]
    assert (with_it.action, with_it.rules, with_it.asked, with_it.risk) == (
        without.action,
        without.rules,
        without.asked,
        without.risk,
    )


def test_promotion_is_that_word():
    assert decided(rule(MADE, action=Action.NOTIFY)).action is Action.NOTIFY


def test_an_unreadable_body_is_not_paged_for_a_rule_in_shadow():
    assert RuleSet([PAGES], "v").named("iam.amazonaws.com", "CreateUser") is None
    assert RuleSet([PAGES], "v").may_match(record(1, "ada", "CreateUser"))


def test_nobody_is_asked_and_the_verdict_says_what_would_have_been():
    flow = Flow(ruled(NEW))
    flow.calls([record(1, "ada", "CreateUser")])
    assert not flow.log.messages[Topic.COMMANDS]
    [frame] = [from_wire(VerdictFrame, one.value) for one in flow.log.messages[Topic.VERDICTS]]
    [verdict] = frame.verdicts
    assert [one.rule for one in verdict.shadow] == ["team.new"]
    costs = Costs()
    costs.add(verdict)
    costs.add(verdict)  # a redelivered frame
    [cost] = costs.told({})
    assert (cost.rule, cost.calls, cost.questions, cost.pages.total()) == ("team.new", 1, {"ada": 1}, 0)


def test_the_report_counts_them_out_of_the_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "new.yaml").write_text(RULES)
    flow = Flow(ruled(NEW))
    flow.calls([record(n, "ada", "CreateUser") for n in range(3)])
    flow.calls([record(9, "stranger", "CreateUser")])

    async def write() -> None:
        writer = open_writer(tmp_path / "countersign.db", plan=plan(1))
        sends = [Send(Topic.VERDICTS, one.key, one.value, 0) for one in flow.log.messages[Topic.VERDICTS]]
        await writer.append(sends * 2)  # every frame twice, as after a crash
        writer.close()

    asyncio.run(write())
    found = CliRunner().invoke(rules, ["report", "--log", "countersign.db", "-o", "json"], catch_exceptions=False)
    assert json.loads(found.stdout) == [
        {
            "rule": "team.new",
            "stage": "shadow",
            "would": "notify",
            "calls": 4,
            "questions": 1,
            "people": 1,
            "most": "ada: 1",
            "pages": 1,
        }
    ]


def test_a_burst_is_one_question_and_a_run_that_goes_on_joins_the_next():
    timing = Timing()
    assert groups([0, 1_000, 120_000], timing) == 1
    assert groups([0, 121_000, 300_000, 420_000], timing) == 2
    assert groups([0, 121_000, 420_001], timing) == 3
    assert groups([], timing) == 0
