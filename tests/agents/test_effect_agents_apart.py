"""No service's trouble delays another's effects."""

import asyncio

import pytest

from agents.challenger import Challenger
from agents.pager import Pager
from agents.prompter import Prompter
from agents.standins.plan import hang
from agents.standins.together import StandIns
from agents.texts.catalog import default_texts
from streams.clock import wall_clock
from streams.records.command import PageAccepted
from tests.support.vendors import (
    Reports,
    ada_in_duo,
    ada_in_slack,
    duo_client,
    page,
    pagerduty_client,
    prompt,
    push,
    rng,
    seal,
    slack_client,
    wire,
)


@pytest.mark.slow
async def test_a_page_goes_out_while_slack_and_duo_hang(tmp_path):
    async with StandIns(tmp_path) as standins:
        ada_in_slack(standins.slack)
        ada_in_duo(standins.duo)
        standins.slack.faults.always("*", hang(30))
        standins.duo.faults.always("*", hang(30))
        told, now_ms = Reports(), wall_clock()
        duo, pagerduty = duo_client(standins.duo), pagerduty_client(standins.pagerduty)
        common = {"report": told, "clock": wall_clock}
        since = {"assigned_ms": lambda _: 0, "rng": rng()}
        prompter = Prompter(
            client=slack_client(standins.slack),
            seal=seal(),
            texts=default_texts(),
            account_name=str,
            **common,
            **since,
        )
        challenger = Challenger(client=duo, **common, **since)
        pager = Pager(client=pagerduty, **common)
        for number in range(100):
            prompter.handle(wire(prompt(now_ms, case_id=f"P{number}")))
            challenger.handle(wire(push(now_ms, case_id=f"D{number}")))
        async with asyncio.timeout(4):
            pager.handle(wire(page(now_ms)))
            await pager.idle()
        assert [type(each) for each in told.commands if not hasattr(each, "kind")] == [PageAccepted]
        for agent in (prompter, challenger, pager):
            await agent.stop()
        duo.close()
        pagerduty.close()
