"""Challenger: a push goes out once or not at all, and its result is Duo's last word."""

import asyncio

import pytest

from agents.challenger import Challenger
from agents.standins.duo import DuoStandIn
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, Fault, Trouble, hang, slow
from streams.clock import wall_clock
from streams.records.case import EffectKind
from streams.records.codec import from_wire
from streams.records.command import EffectFailed, PushResult, PushStarted
from streams.records.dead_letter import DeadLetter
from streams.shell.message import Message
from tests.support.vendors import CASE, Clock, Reports, ada_in_duo, duo_client, poll, push, rng, timeout_for, wire


@pytest.fixture
async def duo():
    duo = DuoStandIn(poll_s=0.1, clock=Clock())
    ada_in_duo(duo)
    await duo.start()
    yield duo
    await duo.stop()


@pytest.fixture
async def told():
    return Reports()


@pytest.fixture
def made(duo, told):
    clients = []

    def make(assigned_ms: int = 0, timeout_s: float = 5) -> Challenger:
        clients.append(duo_client(duo, timeout_s=timeout_s))
        return Challenger(
            client=clients[-1],
            report=told,
            clock=wall_clock,
            assigned_ms=lambda _: assigned_ms,
            rng=rng(),
            pause_s=0.02,
        )

    yield make
    for client in clients:
        client.close()


async def do(challenger, *effects) -> None:
    for effect in effects:
        assert challenger.handle(wire(effect)) == []
    await challenger.pushes.idle()
    await challenger.polls.idle()


async def started(duo, challenger, told) -> str:
    await do(challenger, push(wall_clock()))
    return told.commands[-1].txid


async def test_a_push_starts_and_its_transaction_is_told(duo, made, told):
    await do(made(), push(wall_clock()))
    assert told.commands == [PushStarted(CASE, 1, duo.pushes[0].txid)]
    assert duo.pushes[0].pushinfo == {"Action": "StopLogging", "Account": "production"}


@pytest.mark.parametrize("fault", [REFUSE, LOST, GARBLED, BROKEN, hang(0.9), slow(0.9)])
async def test_a_push_that_may_be_out_is_never_repeated(duo, made, told, fault):
    challenger = made(timeout_s=timeout_for(fault))
    duo.faults.once("/auth/v2/auth", fault)
    effect = push(wall_clock())
    await do(challenger, effect)
    await do(challenger, effect)
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, "unknown", final=False)] * 2
    await duo.stop()
    await asyncio.sleep(0)
    assert [each.route for each in duo.requests].count("/auth/v2/auth") == 1
    assert len(duo.pushes) <= 1


async def test_a_push_in_hand_is_sent_once(duo, made, told):
    challenger = made()
    duo.faults.once("/auth/v2/preauth", slow(0.1))
    effect = push(wall_clock())
    await do(challenger, effect, effect, effect)
    assert len(duo.pushes) == 1
    assert len(told.commands) == 1


async def test_a_push_whose_report_was_lost_is_told_again_under_its_transaction(duo, made, told):
    challenger = made()
    effect = push(wall_clock())
    await do(challenger, effect)
    await do(challenger, effect)
    assert told.commands[0] == told.commands[1] == PushStarted(CASE, 1, duo.pushes[0].txid)
    assert len(duo.pushes) == 1


async def test_a_push_older_than_this_worker_is_not_sent(duo, made, told):
    now_ms = wall_clock()
    await do(made(assigned_ms=now_ms + 1), push(now_ms))
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, "unknown", final=False)]
    assert duo.requests == []


async def test_a_push_past_its_time_is_expired(duo, made, told):
    now_ms = wall_clock()
    await do(made(), push(now_ms, not_after_ms=now_ms - 1))
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, "expired", final=False)]
    assert duo.requests == []


async def test_a_push_whose_time_ends_during_preauth_is_not_sent(duo, made, told):
    duo.faults.once("/auth/v2/preauth", slow(0.2))
    now_ms = wall_clock()
    await do(made(), push(now_ms, not_after_ms=now_ms + 100))
    assert told.commands[0].reason == "expired"
    assert duo.pushes == []


@pytest.mark.parametrize(
    ("preauth", "reason"), [("allow", "bypass"), ("enroll", "not_enrolled"), ("deny", "duo_denied")]
)
async def test_who_cannot_be_pushed_to_is_told_at_once(duo, made, told, preauth, reason):
    ada_in_duo(duo, preauth)
    await do(made(), push(wall_clock()))
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, reason, final=True)]
    assert duo.pushes == []


async def test_a_user_without_a_phone_is_not_enrolled(duo, made, told):
    duo.people["ada"].push = False
    await do(made(), push(wall_clock()))
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, "not_enrolled", final=True)]


async def test_the_name_is_matched_exactly(duo, made, told):
    await do(made(), push(wall_clock(), duo_user="ADA"))
    assert told.commands[0].reason == "not_enrolled"


@pytest.mark.parametrize("fault", [REFUSE, LOST, GARBLED, BROKEN, LIMITED])
async def test_preauth_may_fail_once(duo, made, told, fault):
    duo.faults.once("/auth/v2/preauth", fault)
    await do(made(), push(wall_clock()))
    assert [type(each) for each in told.commands] == [PushStarted]


async def test_a_duo_that_is_away_is_told_and_leaves_the_second_attempt(duo, made, told):
    await duo.stop()
    await do(made(), push(wall_clock()))
    assert (told.commands[0].final, told.commands[0].reason) == (False, "connection_refused")


async def test_keys_that_duo_refuses_end_it(duo, made, told):
    challenger = made()
    duo.secret_key = "rotated"
    await do(challenger, push(wall_clock()))
    assert told.commands == [EffectFailed(CASE, EffectKind.PUSH, 1, "push_failed", final=True)]


@pytest.mark.parametrize("tap", ["allow", "deny", "fraud"])
async def test_a_poll_tells_what_was_tapped(duo, made, told, tap):
    challenger = made()
    txid = await started(duo, challenger, told)
    challenger.handle(wire(poll(wall_clock(), txid)))
    await asyncio.sleep(0.05)
    duo.answer(txid, tap)
    await challenger.polls.idle()
    (result,) = told.commands[1:]
    assert isinstance(result, PushResult)
    assert (result.txid, result.result) == (txid, tap)


async def test_a_push_that_lapses_at_duo_is_a_timeout(duo, made, told):
    challenger = made()
    txid = await started(duo, challenger, told)
    duo.clock.ahead_ms = 61_000
    await do(challenger, poll(wall_clock(), txid))
    assert told.commands[-1].result == "timeout"


async def test_a_poll_ends_at_its_time(duo, made, told):
    challenger = made()
    txid = await started(duo, challenger, told)
    now_ms = wall_clock()
    await do(challenger, poll(now_ms, txid, not_after_ms=now_ms + 200))
    assert told.commands[-1].result == "timeout"


async def test_a_poll_past_its_time_still_learns_what_was_tapped(duo, made, told):
    challenger = made()
    txid = await started(duo, challenger, told)
    duo.answer(txid, "allow")
    now_ms = wall_clock()
    await do(challenger, poll(now_ms, txid, not_after_ms=now_ms - 1))
    assert told.commands[-1].result == "allow"


@pytest.mark.parametrize("fault", [REFUSE, LOST, GARBLED, BROKEN, LIMITED, hang(1.2)])
async def test_a_poll_goes_on_through_faults(duo, made, told, fault):
    challenger = made(timeout_s=timeout_for(fault))
    txid = await started(duo, challenger, told)
    duo.faults.once("/auth/v2/auth_status", fault)
    duo.answer(txid, "allow")
    await do(challenger, poll(wall_clock(), txid))
    assert told.commands[-1].result == "allow"


async def test_a_duo_that_stays_broken_is_an_error_at_the_end_of_the_time(duo, made, told):
    challenger = made()
    txid = await started(duo, challenger, told)
    duo.faults.always("/auth/v2/auth_status", Fault(Trouble.BROKEN))
    now_ms = wall_clock()
    await do(challenger, poll(now_ms, txid, not_after_ms=now_ms + 200))
    assert told.commands[-1].result == "error"


async def test_a_transaction_is_polled_by_one_task(duo, made, told):
    challenger = made()
    txid = await started(duo, challenger, told)
    effect = poll(wall_clock(), txid)
    for _ in range(5):
        challenger.handle(wire(effect))
    await asyncio.sleep(0.03)
    duo.answer(txid, "allow")
    await challenger.polls.idle()
    assert len(told.commands) == 2


async def test_an_undecodable_duo_effect_is_a_dead_letter(made):
    (send,) = made().handle(Message("effects-duo", 1, 5, 0, b"k", b"\xff"))
    assert from_wire(DeadLetter, send.value).stage == "effects-duo"


async def test_phones_that_nobody_takes_up_keep_no_other_answer_waiting(duo, made, told, monkeypatch):
    monkeypatch.setattr("agents.challenger.POLL_WIDTH", 1)
    challenger = made()
    silent = await started(duo, challenger, told)
    await do(challenger, push(wall_clock(), attempt=2))
    tapped = told.commands[-1].txid
    duo.answer(tapped, "allow")
    now_ms = wall_clock()
    challenger.handle(wire(poll(now_ms, silent, not_after_ms=now_ms + 60_000)))
    challenger.handle(wire(poll(now_ms, tapped, not_after_ms=now_ms + 60_000)))
    await asyncio.sleep(1)
    assert [each.txid for each in told.commands if isinstance(each, PushResult)] == [tapped]
    await challenger.stop()


async def test_a_push_that_is_out_is_told_of_though_its_partition_went_to_another_worker(duo, made, told):
    duo.faults.once("/auth/v2/auth", slow(0.3))
    challenger = made()
    challenger.handle(wire(push(wall_clock())))
    await asyncio.sleep(0.1)
    challenger.pushes.drop(0)
    challenger.polls.drop(0)
    await challenger.pushes.idle()
    assert [type(one) for one in told.commands] == [PushStarted]


async def test_a_stop_waits_for_the_transaction_of_a_push_that_is_out(duo, made, told):
    duo.faults.once("/auth/v2/auth", slow(0.3))
    challenger = made()
    challenger.handle(wire(push(wall_clock())))
    await asyncio.sleep(0.1)
    await challenger.stop()
    assert [type(one) for one in told.commands] == [PushStarted]
