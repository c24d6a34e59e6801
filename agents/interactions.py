"""Interactions: what people press in Slack, when it comes over Socket Mode; over HTTP the gateway takes it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from agents.clients.button import Seal
from agents.clients.interaction import DetailsWanted, Refused, Reply, read_interaction
from agents.clients.slack import SlackClient
from agents.decisions.case.emit import question
from agents.gateway.case_view import CaseView
from agents.reporting import Report
from agents.texts.catalog import Texts
from agents.texts.question import AccountName, details_view
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
Show = Callable[[DetailsWanted], Awaitable[None]]
Handle = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]


def on_socket(*, team_id: str, app_id: str, seal: Seal, report: Report, show: Show) -> Handle:
    """What Socket Mode hands each payload to."""
    showing: set[asyncio.Future[None]] = set()

    async def handle(payload: dict[str, Any]) -> None:
        match read_interaction(payload, team_id=team_id, app_id=app_id, seal=seal):
            case Reply() as reply:
                await report(reply.partition, reply.actor_key, reply.answered)
            case DetailsWanted() as wanted:
                task = asyncio.ensure_future(show(wanted))
                showing.add(task)
                task.add_done_callback(showing.discard)
            case Refused() as refused:
                log.warning("interaction_refused", reason=refused.reason)

    return handle


def details_opener(view: CaseView, slack: SlackClient, texts: Texts, account_name: AccountName) -> Show:
    """Opens the modal that lists every call of a question, for the person who was asked and nobody else."""

    async def show(wanted: DetailsWanted) -> None:
        case = view.get(wanted.case_id)
        if case is None or case.asked is None or case.asked.slack != wanted.user_id:
            return
        modal = details_view(question(case), texts, account_name)
        await step("interactions.details", slack.open_view(wanted.trigger_id, modal))

    return show
