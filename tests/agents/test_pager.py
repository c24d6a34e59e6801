"""Pager: a page is accepted or told to have failed, never lost, never in doubt for its stream."""

import asyncio

import msgspec
import pytest

from agents.pager import Pager
from agents.standins.pagerduty import PagerDutyStandIn
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, Fault, Trouble, hang, slow
from streams.clock import wall_clock
from streams.records.case import EffectKind
from streams.records.codec import from_wire
from streams.records.command import EffectFailed, PageAccepted
from streams.records.dead_letter import DeadLetter
from streams.shell.message import Message
from tests.support.vendors import CASE, KEY, Reports, page, pagerduty_client, timeout_for, wire


@pytest.fixture
async def pagerduty(tmp_path):
    pagerduty = PagerDutyStandIn(folder=tmp_path)
    await pagerduty.start()
    yield pagerduty
    await pagerduty.stop()


@pytest.fixture
async def told():
    return Reports()


@pytest.fixture
async def pager(pagerduty, told):
    client = pagerduty_client(pagerduty)
    pager = Pager(client=client, report=told, clock=wall_clock)
    yield pager
    await pager.stop()
    client.close()


async def test_a_page_is_sent_and_its_202_told(pager, pagerduty, told):
    assert pager.handle(wire(page(wall_clock()))) == []
    await pager.idle()
    (accepted,) = told.commands
    assert isinstance(accepted, PageAccepted)
    assert (accepted.subject, accepted.attempt, accepted.by) == (CASE, 1, "pager")
    assert told.places == [(3, KEY)]
    assert [each.dedup_key for each in pagerduty.incidents] == [f"countersign-{CASE}"]


async def test_the_title_names_the_account_as_the_question_did(pagerduty, told):
    client = pagerduty_client(pagerduty)
    about = {"account": "production (111122223333)"}
    pager = Pager(client=client, report=told, clock=wall_clock, about=lambda _: about)
    summary = "CreateUser by Ada in account 111122223333: the engineer answered No"
    one = msgspec.structs.replace(page(wall_clock()), summary=summary, source="111122223333")
    pager.handle(wire(one))
    await pager.idle()
    await pager.stop()
    client.close()
    (incident,) = pagerduty.incidents
    assert incident.summary == "CreateUser by Ada in production (111122223333): the engineer answered No"


@pytest.mark.parametrize("fault", [REFUSE, LOST, BROKEN, LIMITED, GARBLED, hang(0.9)])
async def test_one_fault_is_overcome(pagerduty, told, fault):
    client = pagerduty_client(pagerduty, timeout_s=timeout_for(fault))
    pager = Pager(client=client, report=told, clock=wall_clock)
    pagerduty.faults.once("/v2/enqueue", fault)
    pager.handle(wire(page(wall_clock())))
    await pager.idle()
    client.close()
    assert [type(each) for each in told.commands] == [PageAccepted]
    assert len(pagerduty.incidents) == 1


@pytest.mark.parametrize("fault", [BROKEN, LIMITED, Fault(Trouble.BROKEN, status=502)])
async def test_a_lasting_fault_is_told_and_the_next_emission_tries_again(pager, pagerduty, told, fault):
    pagerduty.faults.always("/v2/enqueue", fault)
    effect = wire(page(wall_clock()))
    pager.handle(effect)
    await pager.idle()
    (failed,) = told.commands
    assert (failed.kind, failed.final) == (EffectKind.PAGE, False)
    pagerduty.faults.clear()
    pager.handle(effect)
    await pager.idle()
    assert isinstance(told.commands[-1], PageAccepted)


async def test_a_page_in_hand_is_sent_once(pager, pagerduty, told):
    pagerduty.faults.once("/v2/enqueue", hang(0.2))
    effect = wire(page(wall_clock()))
    for _ in range(3):
        pager.handle(effect)
    await pager.idle()
    assert len(told.commands) == 1
    assert len(pagerduty.incidents[0].events) == 1


async def test_an_accepted_page_that_is_emitted_again_is_told_again_and_not_sent(pager, pagerduty, told):
    for _ in range(2):
        pager.handle(wire(page(wall_clock())))
        await pager.idle()
    assert [type(each) for each in told.commands] == [PageAccepted, PageAccepted]
    assert len(pagerduty.requests) == 1


async def test_a_refused_page_goes_out_with_ids_only(pager, pagerduty, told):
    refuse_first = Fault(Trouble.BROKEN, status=400)
    pagerduty.faults.once("/v2/enqueue", refuse_first)
    pager.handle(wire(page(wall_clock(), source="<b>")))
    await pager.idle()
    assert [type(each) for each in told.commands] == [PageAccepted]
    assert pagerduty.incidents[0].summary == f"Countersign page countersign-{CASE}"


async def test_hostile_texts_are_cut_and_cleaned(pager, pagerduty, told):
    details = {f"key{number}\u202e": "v\x00" * 5_000 for number in range(200)}
    pager.handle(wire(page(wall_clock(), summary="\u200b" + "x" * 5_000, source="\x00", details=details)))
    await pager.idle()
    (incident,) = pagerduty.incidents
    assert len(incident.summary) == 1024
    assert incident.source == "countersign"
    assert len(incident.details) == 100
    assert "\u202e" not in "".join(incident.details)
    assert max(len(value) for value in incident.details.values()) <= 4_000


async def test_without_pagerduty_a_page_fails_and_says_why(told):
    pager = Pager(client=None, report=told, clock=wall_clock)
    pager.handle(wire(page(wall_clock())))
    await pager.idle()
    assert told.commands == [EffectFailed(CASE, EffectKind.PAGE, 1, "pagerduty_not_configured", final=False)]


async def test_what_cannot_be_read_is_a_dead_letter_and_the_next_page_goes_out(pager, pagerduty, told):
    (send,) = pager.handle(Message("effects-page", 2, 77, 0, b"k", b'{"subject": 1}'))
    letter = from_wire(DeadLetter, send.value)
    assert (send.topic, letter.reason, letter.position) == ("dead-letters", "undecodable_effect", "2:77")
    pager.handle(wire(page(wall_clock())))
    await pager.idle()
    assert len(pagerduty.incidents) == 1


async def test_a_log_that_is_away_for_a_moment_gets_the_report_all_the_same(pagerduty):
    told = Reports(fail=1)
    client = pagerduty_client(pagerduty)
    pager = Pager(client=client, report=told, clock=wall_clock)
    pager.handle(wire(page(wall_clock())))
    await pager.idle()
    client.close()
    assert [type(each) for each in told.commands] == [PageAccepted]


async def test_a_flood_of_one_account_does_not_delay_the_page_of_another(pager, pagerduty):
    pagerduty.faults.always("/v2/enqueue", slow(0.2))
    for number in range(100):
        flood = page(wall_clock(), subject=f"FLOOD{number}", dedup_key=f"flood-{number}", source="111122223333")
        pager.handle(wire(flood))
    pager.handle(wire(page(wall_clock(), subject="OTHER", dedup_key="other", source="444455556666")))
    await asyncio.sleep(1.5)
    assert "other" in {incident.dedup_key for incident in pagerduty.incidents}
