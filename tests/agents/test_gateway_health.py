"""Probes: alive, ready or why not, and what is counted."""

import asyncio

from agents.gateway.case_view import CaseView
from tests.support.gateway import MemoryReader, gateway, slack_access


async def test_livez_answers_while_the_loop_turns() -> None:
    async with gateway() as client:
        assert (await client.get("/livez")).status == 200


async def test_readyz_names_each_check_that_fails() -> None:
    checks = {"agents": lambda: "partition 3 is not assigned", "clock": lambda: None}
    async with gateway(checks=checks) as client:
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert (await answer.json())["reasons"] == {"agents": "partition 3 is not assigned"}


async def test_readyz_says_when_the_log_cannot_be_read() -> None:
    log = MemoryReader()
    async with gateway(view=CaseView(log)) as client:
        assert (await client.get("/readyz")).status == 200
        log.broken = OSError("disk full")
        for _ in range(100):
            answer = await client.get("/readyz")
            if answer.status == 503:
                break
            await asyncio.sleep(0.05)
        assert (await answer.json())["reasons"] == {"case_view": "the log cannot be read: disk full"}
        assert "These pages are stale" in await (await client.get("/")).text()


async def test_metrics_are_in_prometheus_text_form() -> None:
    async with gateway(slack=slack_access()) as client:
        await client.post("/slack/interactions")
        answer = await client.get("/metrics")
        assert answer.content_type == "text/plain"
        assert "countersign_slack_interactions_total" in await answer.text()
