"""Corners of the life of a case: rare orders of events, each of which went wrong once, or nearly."""

import msgspec
import pytest

from agents.decisions.case import reduce
from agents.decisions.case.ids import incident_case_id
from streams.records.case import ENDS, CaseState, EffectKind
from streams.records.command import (
    CaseSweep,
    Delivered,
    EffectFailed,
    Incident,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.effect import Page, Prompt, Push
from streams.records.fact import FactKind
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action
from tests.support import checker
from tests.support.cases import ADA, T0, Partition, call, click
from tests.support.crash import crash_between, crash_within
from tests.support.story import Story
from tests.support.worker import Worker

LOW = Limits(pages_per_account_hour=1)
DAY_MS = 86_400_000


def of(kind, effects):
    return [effect for effect in effects if isinstance(effect, kind)]


def two_questions() -> tuple[Story, Prompt, Prompt]:
    """Two questions to one person, both delivered."""
    run = Story(tight=False)
    run.send(call(1))
    run.wait(120_000)
    (first,) = of(Prompt, run.effects_now())
    run.send(call(2), Delivered(first.case_id, 1, "D1", "1.1"))
    run.wait(300_000)
    (second,) = of(Prompt, run.effects_now())
    run.send(Delivered(second.case_id, 1, "D1", "1.2"))
    return run, first, second


def test_a_push_that_a_no_overtook_keeps_the_next_one_waiting_while_it_may_be_on_the_phone():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(click(first, "no"))
    run.send(click(second, "yes"))
    assert of(Push, run.effects_now()) == []
    run.wait(5_000)
    assert run.cases[second.case_id].push.queued_ms is not None
    run.wait(65_000)
    (push,) = of(Push, run.effects_now())
    assert push.case_id == second.case_id


def test_a_push_that_duo_refused_keeps_nobody_waiting():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(EffectFailed(first.case_id, EffectKind.PUSH, 1, "not_enrolled", final=True))
    run.send(click(second, "yes"))
    assert len(of(Push, run.effects_now())) == 1


def test_a_transaction_is_not_recorded_for_a_yes_that_still_waits_its_turn():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(click(second, "yes"))
    run.send(PushStarted(second.case_id, 0, "tx-of-nobody"))
    run.send(PushResult(second.case_id, 0, "tx-of-nobody", "allow"))
    assert run.cases[second.case_id].state is CaseState.CHALLENGING


def test_a_transaction_that_comes_after_the_deadline_does_not_put_it_off():
    run, first, _ = two_questions()
    run.send(click(first, "yes"))
    run.sleep(70_001)
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", "allow"))
    assert run.cases[first.case_id].reason == "push_timeout"


def test_a_fraud_report_takes_along_what_is_open_even_when_it_comes_after_a_no():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(click(first, "no"))
    run.send(PushResult(first.case_id, 1, "tx1", "fraud"))
    assert run.cases[second.case_id].reason == "fraud"


def test_a_fraud_report_that_is_told_again_takes_nothing_along_that_was_opened_since():
    run, first, _ = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", "fraud"))
    run.send(call(3))
    run.send(PushResult(first.case_id, 1, "tx1", "fraud"))
    assert [case.state for case in run.cases.values()].count(CaseState.COLLECTING) == 1


def test_a_fraud_report_takes_all_along_though_a_crash_left_only_the_reported_case():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", "fraud"))
    after = crash_within(run, len(run.log) - 1, cases=1, counters=0, back=0)
    assert after.cases[second.case_id].reason == "fraud"
    assert checker.facts_in_order(after.journal()) == []


def test_what_a_message_did_in_passing_is_told_again_after_a_crash():
    run, first, second = two_questions()
    run.send(click(first, "yes"))
    run.send(click(second, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", "allow"))
    (push,) = of(Push, run.effects_now())
    after = crash_between(run, len(run.log), back=1)
    assert push in after.effects_now()
    assert checker.facts_in_order(after.journal()) == []


def test_a_group_that_a_call_froze_in_passing_is_told_of_again_after_a_crash():
    run = Story(tight=False)
    run.send(*[call(number, source=f"198.51.100.{number}") for number in range(30)])
    run.send(call(99, source="203.0.113.9"))
    (prompt,) = of(Prompt, run.effects_now())
    after = crash_between(run, len(run.log), back=1)
    assert after.effects_now() == [prompt]
    assert checker.facts_in_order(after.journal()) == []


def folded_story() -> Story:
    """Three alerts beyond a ceiling: one on the aggregate's first page, two on the second."""
    run = Story(tight=False)
    for number in range(4):
        run.send(call(number, action=Action.ALERT, limits=LOW))
    return run


@pytest.mark.parametrize("counters_left", [0, 1, 2])
def test_a_folded_case_outlives_the_loss_of_its_aggregate(counters_left):
    run = folded_story()
    run.torn = {write.src for write in run.worker.counters.writes[counters_left:]}
    run.worker = Worker(run.worker.cases.writes, run.worker.counters.writes[:counters_left])
    run.close()
    assert {case.state for case in run.cases.values()} <= ENDS
    assert checker.check_all(run.journal()) == []


def test_an_aggregates_page_reports_what_it_held_and_nothing_folded_since():
    run = folded_story()
    (aggregate_id,) = run.worker.shelf.aggregates
    run.send(PageAccepted(aggregate_id, 99))
    assert [case.state for case in run.cases.values()].count(CaseState.REPORTED) == 1
    run.send(PageAccepted(aggregate_id, 1))
    assert [case.state for case in run.cases.values()].count(CaseState.REPORTED) == 1


def test_the_first_case_beyond_a_ceiling_is_paged_at_once():
    run = folded_story()
    assert len({page.subject for page in of(Page, run.effects)}) == 2


def test_an_incident_told_again_after_midnight_is_the_same_case():
    run = Story(tight=False)
    run.now_ms = T0 - T0 % DAY_MS + DAY_MS - 1
    incident = Incident("spoof", "unbound_account", "high", "1" * 12, "somebody speaks for another")
    run.send(incident)
    run.sleep(2)
    run.send(incident)
    assert len(run.cases) == 1


def test_an_incident_told_again_after_it_was_forgotten_is_another_case():
    run = Story(tight=False)
    incident = Incident("spoof", "unbound_account", "high", "1" * 12, "somebody speaks for another")
    run.send(incident)
    (first,) = run.cases
    run.send(PageAccepted(first, 1))
    run.sleep(1)
    run.sweep()
    assert run.cases == {}
    run.send(incident)
    assert first not in run.cases
    assert checker.facts_in_order(run.journal()) == []
    assert first == incident_case_id("spoof", T0 // DAY_MS)


def test_a_sweep_that_is_read_again_forgets_no_case_whose_last_fact_is_still_to_be_told():
    run = Story(tight=False)
    run.send(call(1, action=Action.ALERT))
    (case_id,) = run.cases
    run.sleep(1_000)
    run.send(CaseSweep(run.now_ms + 1))
    run.send(PageAccepted(case_id, 1))
    after = crash_between(run, len(run.log), back=2)
    assert case_id in after.cases
    assert checker.facts_in_order(after.journal()) == []


def test_a_sweep_that_is_read_again_forgets_no_aggregate_that_was_paged_since():
    run = folded_story()
    (aggregate_id,) = run.worker.shelf.aggregates
    run.wait(60_000)
    run.sleep(1_000)
    run.send(CaseSweep(run.now_ms))
    run.send(PageAccepted(aggregate_id, 2))
    after = crash_between(run, len(run.log), back=2)
    assert after.worker.counters.entries() == run.worker.counters.entries() != {}


def test_a_decision_that_breaks_halfway_leaves_the_group_as_it_was(monkeypatch):
    run = Story(tight=False)
    run.send(*[call(number, source=f"198.51.100.{number}") for number in range(30)])
    (before,) = run.cases.values()

    def broken(*_):
        raise ValueError("whatever a record makes us raise")

    monkeypatch.setattr(reduce, "open_case", broken)
    output = run.send(call(99, source="203.0.113.9"))
    assert len(output.others) == 2  # its dead letter and the incident that pages for it
    (after,) = run.cases.values()
    assert (after, output.facts, output.effects) == (before, [], [])


def huge(number: int):
    """A call whose every text is as long as AWS lets it be, and a claim as long as we keep."""
    plain = call(number, rule="r" * 60)
    actor = msgspec.structs.replace(plain.decision.actor, claim="c" * 128, why="w" * 200)
    rules = [f"{index:02}".rjust(60, "r") for index in range(10)]
    decision = msgspec.structs.replace(plain.decision, actor=actor, rules=rules)
    texts = {
        "event_source": "s" * 50,
        "event_name": "n" * 60,
        "source": str(number % 30).rjust(45, "a"),
        "target": "t" * 40,
    }
    summary = msgspec.structs.replace(plain.summary, event_id="e" * 36, **texts)
    assert 450 < len(msgspec.msgpack.encode(summary)) <= 500
    return msgspec.structs.replace(plain, decision=decision, summary=summary, actor_key=f"person/{'k' * 120}")


def test_the_largest_case_stays_below_64_kilobytes_whatever_happens_to_it():
    run = Story(tight=False)
    for begin in range(0, 1_000, 50):
        run.send(*[huge(number) for number in range(begin, begin + 50)])
    run.wait(120_000)
    (prompt,) = of(Prompt, run.effects)
    assert prompt.question.count == 1_000
    for number in range(30):
        run.send(click(prompt, "yes", user=f"U{number}"))
        run.send(EffectFailed(prompt.case_id, EffectKind.PROMPT, 1, "x" * 100, final=False))
    assert max(len(write.value) for write in run.worker.cases.writes) < 65_536


def test_a_click_that_overtakes_the_delivery_counts_and_the_late_delivery_changes_nothing():
    run = Story(tight=False)
    run.send(call(1))
    run.wait(120_000)
    (prompt,) = of(Prompt, run.effects_now())
    run.send(click(prompt, "yes"))
    assert run.cases[prompt.case_id].state is CaseState.CHALLENGING
    run.send(Delivered(prompt.case_id, 1, "D1", "1.1"))
    assert run.cases[prompt.case_id].state is CaseState.CHALLENGING
    told = [fact.kind for fact in run.facts]
    assert told.count(FactKind.DELIVERED) == 1
    assert run.cases[prompt.case_id].asked == ADA


def test_what_guards_the_guard_pages_alone_beyond_the_ceiling_of_questions():
    run = Story(tight=False)
    run.send(call(1, limits=Limits(prompts_per_person_hour=0), guard=True))
    run.wait(120_000)
    (page,) = of(Page, run.effects_now())
    assert page.subject in run.cases
    assert run.cases[page.subject].fold is None


def test_a_second_push_waits_out_the_first_ones_life_whatever_the_rules_timeout():
    run = Story(tight=False)
    run.send(call(1, timing=Timing(push_timeout_ms=20_000)))
    run.wait(120_000)
    (asked,) = of(Prompt, run.effects_now())
    run.send(Delivered(asked.case_id, 1, "D1", "1.1"))
    run.send(click(asked, "yes"))
    (first,) = of(Push, run.effects_now())
    run.wait(120_000)
    later = [push for push in run.effects if isinstance(push, Push) and push.attempt == 2]
    assert later
    assert later[0].emitted_ms >= first.not_after_ms + 60_000


def test_a_no_after_verified_pages_though_the_watchdog_had_paged():
    run, first, _second = two_questions()
    run.send(click(first, "yes"))
    run.send(PushStarted(first.case_id, 1, "tx1"))
    run.send(PushResult(first.case_id, 1, "tx1", "allow"))
    run.send(PageAccepted(first.case_id, 1, by="watchdog"))
    run.send(click(first, "no"))
    (page,) = of(Page, run.effects_now())
    assert (page.subject, page.attempt) == (first.case_id, 2)
    run.send(PageAccepted(first.case_id, 2))
    run.send(click(first, "no"))
    assert of(Page, run.effects_now()) == []


def test_a_no_to_a_question_that_is_forgotten_pages_once():
    run, first, _second = two_questions()
    swept = msgspec.structs.replace(first, case_id="z" * 26)
    run.send(click(swept, "yes"))
    assert of(Page, run.effects_now()) == []
    run.send(click(swept, "no"))
    (page,) = of(Page, run.effects_now())
    assert swept.case_id in str(page.details)
    run.send(click(swept, "no"))
    assert of(Page, run.effects_now()) == []


def test_a_rule_with_an_interval_of_its_own_makes_no_other_rule_wait():
    often, seldom = Timing(), Timing(group_interval_ms=3_600_000)
    partition = Partition()
    partition.send(call(1, timing=seldom))
    partition.due(partition.only().case_id, after_ms=seldom.group_wait_ms)  # asked: the next one waits an hour
    partition.send(call(2, timing=seldom))
    partition.send(call(3, timing=often))
    waits = [case.deadline_ms for case in partition.shelf.cases.values() if case.state is CaseState.COLLECTING]
    assert min(waits) - partition.now_ms <= often.group_interval_ms
