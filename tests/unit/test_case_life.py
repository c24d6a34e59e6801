"""The life of a case, ending by ending."""

from streams.records.case import CaseState, EffectKind
from streams.records.command import (
    Delivered,
    EffectFailed,
    Incident,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.effect import Page, Poll, Prompt, Push, Update
from streams.records.fact import FactKind
from streams.records.timing import Limits
from streams.records.verdict import Action
from tests.support.cases import GRACE, Partition, call, click, of


def asked(partition: Partition) -> Prompt:
    """Let the group wait pass and have the question sent."""
    (prompt,) = partition.due(partition.only().case_id, after_ms=120_000)
    assert isinstance(prompt, Prompt)
    return prompt


def delivered(partition: Partition) -> Prompt:
    prompt = asked(partition)
    partition.send(Delivered(prompt.case_id, 1, "D1", "1.1"))
    return prompt


def challenged(partition: Partition) -> Push:
    prompt = delivered(partition)
    (push,) = partition.send(click(prompt, "yes"))
    assert isinstance(push, Push)
    return push


def test_a_yes_countersigned_in_time_is_verified():
    partition = Partition()
    partition.send(call(1), call(2))
    push = challenged(partition)
    (poll,) = partition.send(PushStarted(push.case_id, 1, "tx1"))
    assert isinstance(poll, Poll)
    (update,) = partition.send(PushResult(push.case_id, 1, "tx1", "allow"))
    assert isinstance(update, Update)
    assert update.outcome == "verified"
    assert partition.only().state is CaseState.VERIFIED
    kinds = [fact.kind for fact in partition.facts]
    assert kinds == [
        "opened",
        "asked",
        "delivered",
        "answered",
        "push_asked",
        "push_started",
        "push_answered",
        "verified",
    ]
    assert [fact.seq for fact in partition.facts] == list(range(1, 9))


def test_a_yes_alone_closes_nothing_and_its_silent_push_pages():
    partition = Partition()
    partition.send(call(1))
    push = challenged(partition)
    partition.send(PushStarted(push.case_id, 1, "tx1"))
    effects = partition.due(push.case_id, after_ms=60_000)
    assert partition.only().reason == "push_timeout"
    (page,) = [effect for effect in effects if isinstance(effect, Page)]
    assert page.dedup_key == f"countersign-{push.case_id}"
    partition.send(PageAccepted(push.case_id, 1))
    assert partition.only().state is CaseState.PAGED


def test_no_pages_at_once():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    effects = partition.send(click(prompt, "no"))
    assert {type(effect) for effect in effects} == {Page, Update}
    assert partition.only().reason == "denied"


def test_no_while_the_push_is_out_pages_and_a_late_allow_does_not_close_it():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    partition.send(click(prompt, "yes"))
    partition.send(PushStarted(prompt.case_id, 1, "tx1"))
    partition.send(click(prompt, "no"))
    partition.send(PushResult(prompt.case_id, 1, "tx1", "allow"))
    assert partition.only().state is CaseState.ESCALATED
    partition.send(PageAccepted(prompt.case_id, 1))
    assert partition.only().state is CaseState.PAGED
    assert FactKind.LATE_ANSWER in [fact.kind for fact in partition.facts]


def test_silence_reminds_then_pages():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    (remind,) = partition.due(prompt.case_id, "remind", after_ms=300_000)
    assert remind.ts == "1.1"
    assert partition.due(prompt.case_id, after_ms=599_999) == []
    partition.due(prompt.case_id, after_ms=1)
    assert partition.only().reason == "no_answer"


def test_denied_push_and_fraud_page_and_fraud_takes_all_open_cases_of_the_person_along():
    partition = Partition()
    partition.send(call(1))
    push = challenged(partition)
    partition.send(PushStarted(push.case_id, 1, "tx1"))
    partition.send(call(2), call(3, GRACE))
    partition.send(PushResult(push.case_id, 1, "tx1", "fraud"))
    states = {
        case.asked.person: case.state for case in partition.shelf.cases.values() if case.case_id != push.case_id
    }
    assert states == {"ada": CaseState.ESCALATED, "grace": CaseState.COLLECTING}
    assert {case.reason for case in partition.shelf.cases.values()} == {"fraud", None}


def test_undeliverable_at_once_or_at_the_delivery_deadline_pages():
    for final, after_ms in ((True, 0), (False, 120_000)):
        partition = Partition()
        partition.send(call(1))
        prompt = asked(partition)
        partition.send(EffectFailed(prompt.case_id, EffectKind.PROMPT, 1, "user_not_found", final))
        partition.due(prompt.case_id, after_ms=after_ms)
        assert partition.only().reason == "unreachable"


def test_an_alert_is_a_case_of_its_own_and_leaves_the_open_group_alone():
    partition = Partition()
    partition.send(call(1))
    (page,) = partition.send(call(2, action=Action.ALERT))
    assert isinstance(page, Page)
    states = sorted(case.state for case in partition.shelf.cases.values())
    assert states == [CaseState.COLLECTING, CaseState.ESCALATED]


def test_unattributed_calls_become_one_page_after_the_group_wait():
    partition = Partition()
    partition.send(call(1, None), call(2, None))
    (page,) = partition.due(partition.only().case_id, after_ms=120_000)
    assert isinstance(page, Page)
    assert partition.only().reason == "unattributed"


def test_another_persons_click_and_another_digest_are_refused_and_recorded():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    assert partition.send(click(prompt, "yes", user="U0GRACE")) == []
    assert partition.send(click(prompt, "yes", digest="0" * 64)) == []
    assert partition.only().state is CaseState.WAITING
    refused = [fact.data["why"] for fact in partition.facts if fact.kind is FactKind.ANSWER_REFUSED]
    assert refused == ["not the person asked", "another question's digest"]


def test_a_push_without_a_transaction_is_tried_once_more_after_its_life_then_pages():
    partition = Partition()
    partition.send(call(1))
    push = challenged(partition)
    partition.send(EffectFailed(push.case_id, EffectKind.PUSH, 1, "unknown", final=False))
    assert partition.due(push.case_id, after_ms=69_999) == []
    (second,) = partition.due(push.case_id, after_ms=1)
    assert (second.attempt, second.not_after_ms) == (2, partition.now_ms + 10_000)
    partition.due(push.case_id, after_ms=70_000)
    assert partition.only().reason == "push_failed"


def test_one_live_push_a_person_the_second_yes_waits_its_turn():
    partition = Partition()
    partition.send(call(1))
    first = delivered(partition)
    partition.send(call(2), after_ms=1_000)
    second_id = next(case_id for case_id in partition.shelf.cases if case_id != first.case_id)
    (second,) = partition.due(second_id, after_ms=300_000)
    partition.send(Delivered(second_id, 1, "D1", "1.2"))
    partition.send(click(first, "yes"))
    assert partition.send(click(second, "yes")) == []
    partition.send(PushStarted(first.case_id, 1, "tx1"))
    effects = partition.send(PushResult(first.case_id, 1, "tx1", "allow"))
    (push,) = [effect for effect in effects if isinstance(effect, Push)]
    assert push.case_id == second_id


def test_no_after_verified_pages_as_a_contradiction_and_the_end_stays():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    partition.send(click(prompt, "yes"))
    partition.send(PushStarted(prompt.case_id, 1, "tx1"))
    partition.send(PushResult(prompt.case_id, 1, "tx1", "allow"))
    effects = partition.send(click(prompt, "no"))
    assert any(isinstance(effect, Page) for effect in effects)
    partition.send(PageAccepted(prompt.case_id, 1))
    assert partition.only().state is CaseState.VERIFIED
    assert partition.only().page.reason == "contradiction"


def test_calls_after_the_freeze_are_another_question():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    partition.send(call(2))
    assert len(partition.shelf.cases) == 2
    assert partition.case(prompt.case_id).digest == prompt.question.digest
    other = next(case for case in partition.shelf.cases.values() if case.case_id != prompt.case_id)
    assert other.deadline_ms == partition.case(prompt.case_id).frozen_ms + 300_000


def test_a_copy_of_a_covered_call_changes_nothing():
    partition = Partition()
    partition.send(call(1))
    before = partition.only()
    partition.send(call(1))
    assert partition.only() == before


def test_a_thousand_calls_close_a_question_and_open_its_successor():
    partition = Partition()
    effects = partition.send(*[call(number) for number in range(1_001)])
    assert [effect.question.count for effect in effects] == [1_000]
    assert len(partition.shelf.cases) == 2
    assert max(len(entry) for entry in partition.entries.values()) < 65_536


def test_beyond_the_page_ceiling_cases_share_an_aggregated_page():
    partition = Partition()
    limits = Limits(pages_per_account_hour=2)
    for number in range(6):
        partition.send(call(number, action=Action.ALERT, limits=limits))
    aggregates = list(partition.shelf.aggregates.values())
    assert [aggregate.count for aggregate in aggregates] == [4]
    pages = [effect for effect in partition.effects if isinstance(effect, Page)]
    assert len(pages) == 3
    aggregate_id = aggregates[0].aggregate_id
    partition.send(PageAccepted(aggregate_id, 1))
    assert sum(case.state is CaseState.REPORTED for case in partition.shelf.cases.values()) == 1
    (page,) = partition.due(aggregate_id, "aggregate", after_ms=60_000)
    assert page.attempt == 2
    partition.send(PageAccepted(aggregate_id, 2))
    assert sum(case.state is CaseState.REPORTED for case in partition.shelf.cases.values()) == 4


def test_guards_page_alone_beyond_every_ceiling():
    partition = Partition()
    limits = Limits(pages_per_account_hour=1)
    for number in range(5):
        effects = partition.send(call(number, action=Action.ALERT, limits=limits, guard=True))
        assert len(effects) == 1


def test_beyond_the_prompt_ceiling_a_question_becomes_an_aggregated_page():
    partition = Partition()
    for number in range(3):
        partition.send(call(number, limits=Limits(prompts_per_person_hour=2), account=f"{number}" * 12))
        newest = list(partition.shelf.cases)[-1]
        partition.due(newest, after_ms=300_000)
    assert [type(effect) for effect in partition.effects] == [Prompt, Prompt, Page]
    assert partition.case(list(partition.shelf.cases)[-1]).fold.reason == "person/ada"


def test_observe_asks_and_pages_nobody():
    partition = Partition()
    partition.send(call(1, observe=True), call(2, action=Action.ALERT, observe=True))
    partition.due(next(iter(partition.shelf.cases)), after_ms=120_000)
    assert partition.effects == []
    would = sorted(fact.data["would"] for fact in partition.facts if fact.kind is FactKind.REPORTED)
    assert would == ["ask", "page"]


def test_an_incident_is_one_case_however_often_it_is_told():
    partition = Partition()
    incident = Incident(
        "spoof feed hour", "unbound_account", "high", "111122223333", "somebody speaks for another"
    )
    assert len(partition.send(incident)) == 1
    assert partition.send(incident) == []
    assert partition.only().state is CaseState.ESCALATED


def test_a_watchdogs_page_ends_an_open_case_as_such():
    partition = Partition()
    partition.send(call(1))
    prompt = delivered(partition)
    partition.send(PageAccepted(prompt.case_id, 1, by="watchdog"))
    assert (partition.only().state, partition.only().page.by) == (CaseState.PAGED, "watchdog")


def test_replay_of_a_message_changes_nothing_and_emits_again_what_is_owed():
    partition = Partition()
    partition.send(call(1))
    prompt = asked(partition)
    before = partition.only()
    partition.restart()
    offset, now_ms, commands = partition.log[-1]
    again = partition.apply(offset, now_ms, commands)
    assert again == [prompt]
    assert partition.only() == before


def test_the_push_says_that_there_were_other_addresses():
    partition = Partition()
    partition.send(*[call(number, source="198.51.100.7") for number in (1, 2)], call(3, source="203.0.113.66"))
    (prompt,) = of(Prompt, partition.due(partition.only().case_id, after_ms=120_000))
    (push,) = of(Push, partition.send(click(prompt, "yes")))
    assert push.pushinfo["From"].endswith(" and 1 other address")
