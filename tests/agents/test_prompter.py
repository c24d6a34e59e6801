"""Prompter: one question however it goes, its reminder, and what the message says in the end."""

import asyncio

import pytest

from agents.clients.interaction import NO, YES, Reply, read_interaction
from agents.clients.patience import Patience
from agents.prompter import Prompter
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, hang
from agents.standins.slack import SlackStandIn
from agents.texts.catalog import default_texts
from streams.clock import wall_clock
from streams.records.case import EffectKind
from streams.records.command import Delivered, EffectDone, EffectFailed
from tests.support.vendors import (
    ADA,
    CASE,
    KEY,
    Reports,
    ada_in_slack,
    prompt,
    question,
    remind,
    rng,
    seal,
    slack_client,
    summary,
    timeout_for,
    update,
    wire,
)


@pytest.fixture
async def slack():
    slack = SlackStandIn()
    ada_in_slack(slack)
    await slack.start()
    yield slack
    await slack.stop()


@pytest.fixture
async def told():
    return Reports()


def prompter_of(slack, told, *, assigned_ms: int = 0, timeout_s: float = 5) -> Prompter:
    return Prompter(
        client=slack_client(slack, timeout_s=timeout_s),
        seal=seal(),
        texts=default_texts(),
        account_name=lambda account: {"111122223333": "production"}.get(account, account),
        report=told,
        clock=wall_clock,
        assigned_ms=lambda _: assigned_ms,
        rng=rng(),
        patience=Patience(attempts=30, base_s=0.01, cap_s=0.05, honour_s=0.05),
    )


@pytest.fixture
async def prompter(slack, told):
    prompter = prompter_of(slack, told)
    yield prompter
    await prompter.stop()


async def do(prompter, *effects) -> None:
    for effect in effects:
        assert prompter.handle(wire(effect)) == []
    await prompter.tasks.idle()


async def test_a_question_is_delivered_with_its_metadata_and_buttons(slack, prompter, told):
    await do(prompter, prompt(wall_clock()))
    (message,) = slack.messages
    assert told.commands == [Delivered(CASE, 1, message.channel, message.ts)]
    assert message.metadata["event_payload"] == {"case_id": CASE, "attempt": 1}
    assert message.button(YES)
    assert message.button(NO)
    assert "conversations.history" not in [each.route for each in slack.requests]


async def test_a_click_on_it_becomes_an_answer_of_its_case(slack, prompter):
    await do(prompter, prompt(wall_clock()))
    (message,) = slack.messages
    payloads = []

    async def take(payload):
        payloads.append(payload)
        return True

    slack.socket.deliver = take
    await slack.click(message.channel, message.ts, YES)
    reply = read_interaction(payloads[0], team_id=slack.team_id, app_id=slack.app_id, seal=seal())
    assert isinstance(reply, Reply)
    assert (reply.partition, reply.actor_key) == (3, KEY)
    answered = reply.answered
    assert (answered.case_id, answered.answer, answered.user_id) == (CASE, "yes", ADA)
    assert (answered.digest, answered.message_ts) == ("d" * 64, message.ts)


@pytest.mark.parametrize("fault", [LOST, GARBLED])
async def test_a_lost_answer_leaves_one_message_that_is_adopted(slack, prompter, told, fault):
    slack.faults.once("chat.postMessage", fault)
    await do(prompter, prompt(wall_clock()))
    (message,) = slack.messages
    assert told.commands == [Delivered(CASE, 1, message.channel, message.ts)]


@pytest.mark.parametrize("fault", [REFUSE, BROKEN, LIMITED, hang(0.9)])
async def test_a_post_that_came_to_nothing_is_sent_again(slack, told, fault):
    prompter = prompter_of(slack, told, timeout_s=timeout_for(fault))
    slack.faults.once("chat.postMessage", fault)
    await do(prompter, prompt(wall_clock()))
    assert len(slack.messages) == 1
    assert [type(each) for each in told.commands] == [Delivered]


async def test_after_a_lost_answer_and_a_broken_history_nothing_is_sent_twice(slack, prompter, told):
    slack.faults.once("chat.postMessage", LOST)
    slack.faults.once("conversations.history", *[BROKEN] * 5)
    await do(prompter, prompt(wall_clock()))
    assert len(slack.messages) == 1
    assert [type(each) for each in told.commands] == [Delivered]


@pytest.mark.parametrize("how", ["older", "second attempt", "second time"])
async def test_a_question_that_may_be_out_is_looked_for_first(slack, told, how):
    now_ms = wall_clock()
    first = prompter_of(slack, Reports())
    await do(first, prompt(now_ms))
    again = prompter_of(slack, told, assigned_ms=now_ms + 5_000 if how == "older" else 0)
    effect = prompt(now_ms, attempt=2 if how == "second attempt" else 1)
    await do(first if how == "second time" else again, effect)
    assert len(slack.messages) == 1
    if how != "second time":
        assert told.commands == [Delivered(CASE, effect.attempt, slack.messages[0].channel, slack.messages[0].ts)]


async def test_two_messages_of_one_case_are_both_told(slack, told):
    now_ms = wall_clock()
    for _ in range(2):
        await do(prompter_of(slack, Reports()), prompt(now_ms))
    await do(prompter_of(slack, told), prompt(now_ms, attempt=2))
    assert {each.ts for each in told.commands} == {each.ts for each in slack.messages}
    assert len(slack.messages) == 2


@pytest.mark.parametrize("failing", ["conversations.open", "chat.postMessage"])
async def test_past_its_time_it_is_expired_and_nothing_more_is_sent(slack, prompter, told, failing):
    slack.faults.always(failing, BROKEN)
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms, not_after_ms=now_ms + 300))
    assert told.commands == [EffectFailed(CASE, EffectKind.PROMPT, 1, "expired", final=False)]
    assert slack.messages == []


async def test_an_effect_that_arrives_too_late_reaches_nobody(slack, prompter, told):
    now_ms = wall_clock()
    late = {"not_after_ms": now_ms - 1}
    await do(
        prompter,
        prompt(now_ms, **late),
        update(now_ms, [("D1", "1.1")], **late),
        remind(now_ms, "D1", "1.1", **late),
    )
    assert {(each.kind, each.reason, each.final) for each in told.commands} == {
        (kind, "expired", False) for kind in (EffectKind.PROMPT, EffectKind.UPDATE, EffectKind.REMIND)
    }
    assert slack.requests == []


@pytest.mark.parametrize("trouble", ["unknown", "disabled", "token"])
async def test_who_cannot_be_reached_is_told_at_once(slack, prompter, told, trouble):
    reasons = {"unknown": "user_not_found", "disabled": "user_disabled", "token": "invalid_auth"}
    if trouble == "disabled":
        slack.people[ADA].disabled = True
    if trouble == "token":
        slack.bot_token = "xoxb-rotated"
    user = "U0NOBODY" if trouble == "unknown" else ADA
    await do(prompter, prompt(wall_clock(), slack_user=user))
    assert told.commands == [EffectFailed(CASE, EffectKind.PROMPT, 1, reasons[trouble], final=True)]


async def test_the_message_says_the_outcome_and_loses_its_buttons(slack, prompter, told):
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms))
    (message,) = slack.messages
    await do(prompter, update(now_ms, [(message.channel, message.ts)], outcome="verified", attempt=9))
    assert told.commands[-1] == EffectDone(CASE, EffectKind.UPDATE, 9)
    assert message.button(YES) is None
    assert default_texts().outcome("verified") in str(message.blocks)
    assert len(message.versions) == 1


async def test_every_message_of_the_case_is_rewritten_even_when_one_is_gone(slack, prompter, told):
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms))
    (message,) = slack.messages
    places = [(message.channel, "1.000001"), (message.channel, message.ts)]
    await do(prompter, update(now_ms, places, outcome="no_answer"))
    assert told.commands[-1] == EffectFailed(CASE, EffectKind.UPDATE, 1, "message_not_found", final=True)
    assert message.button(YES) is None


async def test_a_reminder_stands_in_the_thread(slack, prompter, told):
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms))
    (message,) = slack.messages
    await do(prompter, remind(now_ms, message.channel, message.ts))
    assert told.commands[-1] == EffectDone(CASE, EffectKind.REMIND, 1)
    assert slack.messages[-1].thread_ts == message.ts


async def test_a_reminder_without_an_answer_is_not_repeated(slack, prompter, told):
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms))
    (message,) = slack.messages
    slack.faults.once("chat.postMessage", LOST)
    effect = remind(now_ms, message.channel, message.ts)
    await do(prompter, effect)
    await do(prompter, effect)
    assert told.commands[-1].final
    assert len(slack.messages) == 2


async def test_a_slack_that_hangs_holds_no_other_person(slack, prompter, told):
    slack.people["U0GRACE"] = type(slack.people[ADA])("U0GRACE", "grace")
    slack.faults.once("chat.postMessage", hang(30))
    now_ms = wall_clock()
    prompter.handle(wire(prompt(now_ms)))
    await slack.changed.wait(0, 5)
    prompter.handle(wire(prompt(now_ms, case_id="OTHER", slack_user="U0GRACE")))
    async with asyncio.timeout(4):
        while not told.commands:  # noqa: ASYNC110 - the reports have no event to wait for
            await asyncio.sleep(0.005)
    assert told.commands[0].case_id == "OTHER"


async def test_a_vanished_message_is_no_trouble_of_ours(slack, prompter, told):
    await do(prompter, prompt(wall_clock()))
    slack.delete(slack.messages[0].channel, slack.messages[0].ts)
    with pytest.raises(LookupError):
        await slack.click(slack.messages[0].channel, slack.messages[0].ts, YES)


async def test_a_burst_has_a_details_button(slack, prompter):
    calls = [summary(fingerprint=bytes([number]) * 32, target=f"groupId=sg-{number}") for number in range(20)]
    await do(prompter, prompt(wall_clock(), question=question(calls)))
    assert slack.messages[0].button("countersign_details")


async def test_a_reminder_that_another_life_may_have_sent_is_not_sent_again(slack, told):
    prompter = prompter_of(slack, told, assigned_ms=wall_clock() + 60_000)
    await do(prompter, remind(wall_clock(), "D1", "1.1"))
    assert slack.messages == []
    assert told.commands == [EffectFailed(CASE, EffectKind.REMIND, 1, "maybe_sent", final=True)]


async def test_a_slow_rewrite_does_not_undo_a_newer_one(slack, prompter, told):
    now_ms = wall_clock()
    await do(prompter, prompt(now_ms))
    (message,) = slack.messages
    place = [(message.channel, message.ts)]
    slack.faults.once("chat.update", hang(0.3))
    older = update(now_ms, place, attempt=9)
    newer = update(now_ms, place, attempt=12, outcome="contradiction")
    prompter.handle(wire(older))
    await asyncio.sleep(0.1)
    prompter.handle(wire(newer))
    await prompter.tasks.idle()
    await do(prompter, older)
    assert slack.messages[0].text.startswith("You answered No")


async def test_what_is_in_hand_of_a_partition_that_went_away_is_not_sent(slack, prompter, told):
    slack.faults.once("conversations.open", hang(0.3))
    effect = prompt(wall_clock())
    assert prompter.handle(wire(effect)) == []
    await asyncio.sleep(0.1)
    prompter.tasks.drop(effect.partition + 1)
    prompter.tasks.drop(effect.partition)
    await prompter.tasks.idle()
    await asyncio.sleep(0.4)
    assert (slack.messages, told.commands) == ([], [])
