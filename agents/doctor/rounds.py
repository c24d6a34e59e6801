"""Rounds: everything doctor looks at, in the order in which a run would meet it."""

import asyncio
import random
from collections.abc import AsyncIterator

from agents.doctor.inputs import check_feed, check_gateway, check_log
from agents.doctor.people import check_people
from agents.doctor.row import Row, well, wrong
from agents.doctor.vendors import check_duo, check_pagerduty, check_slack
from agents.integrations import open_integrations
from agents.policy import load_policy
from streams.counted import counted
from streams.settings.model import Settings


async def rounds(settings: Settings) -> AsyncIterator[Row]:
    """One row after the other, as each is known.

    Raises:
        FaultsFound: rules or people have faults.
    """
    judging = load_policy(settings)
    yield well("config", f"mode {settings.run.mode}")
    yield well(
        "rules", f"{counted(len(judging.book.ruleset.rules), 'rule')}, version {judging.book.ruleset.version[:12]}"
    )
    yield check_people(judging.policy.directory, settings)
    yield check_log(settings.log)
    yield await asyncio.to_thread(check_gateway, settings.gateway)
    if not settings.feeds:
        yield wrong("feeds", "there is none: nothing will come in", "name a queue or a folder under [[feeds]]")
    for feed in settings.feeds:
        yield await asyncio.to_thread(check_feed, feed)
    clients = open_integrations(settings, random.Random())  # noqa: S311 - it only jitters waits
    yield await check_slack(clients.slack, settings.slack)
    yield await check_duo(clients.duo)
    yield await check_pagerduty(clients.pagerduty)
    from agents.doctor.archive import check_elasticsearch  # noqa: PLC0415 - its client costs a second

    yield await check_elasticsearch(settings)
    for client in (clients.duo, clients.pagerduty):
        if client is not None:
            client.close()
