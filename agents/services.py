"""Services: what runs beside the agents: the gateway, Socket Mode, the archivist."""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from agents.app import Report
from agents.archivist import Archivist
from agents.clients.address import trusting
from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.signature import SignatureCheck
from agents.clients.socket_mode import SocketMode
from agents.decisions.directory import Directory
from agents.gateway.app import create_gateway
from agents.gateway.case_view import CaseView
from agents.gateway.deps import GatewayDeps, SlackAccess
from agents.gateway.rule_notes import rule_notes
from agents.integrations import Integrations
from agents.interactions import details_opener, on_socket
from agents.log_tail import EmbeddedTail
from agents.policy import Judging
from agents.texts.catalog import load_texts
from streams.clock import wall_clock
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.settings.model import Settings
from streams.shell.failpoints import step
from streams.shell.halt import halt


class Service(Protocol):
    """Something with a beginning and an end."""

    async def start(self) -> None:
        """Begin; returns when it runs."""

    async def stop(self) -> None:
        """End; returns when it is gone."""


class Gateway:
    """The gateway's server at its configured address."""

    def __init__(self, settings: Settings, deps: GatewayDeps) -> None:
        self._runner = web.AppRunner(create_gateway(deps), access_log=None, shutdown_timeout=3.0)
        self._address = settings.gateway.host, settings.gateway.port

    async def start(self) -> None:
        """Listen."""
        await step("gateway.setup", self._runner.setup())
        await step("gateway.listen", web.TCPSite(self._runner, *self._address).start())

    async def stop(self) -> None:
        """Answer what is in hand, then close."""
        await step("gateway.close", self._runner.cleanup())


class Archive:
    """The archivist in a task of its own: whatever Elasticsearch does, nobody waits for it."""

    def __init__(self, settings: Settings, url: str, writer: LogWriter, rng: random.Random) -> None:
        key = settings.elasticsearch.api_key
        self._reader = LogReader(writer.path)
        self._client = ElasticsearchClient(
            url=url,
            api_key=key.reveal() if key is not None else None,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
        )
        tail = EmbeddedTail(self._reader, writer)
        self._archivist = Archivist(tail=tail, client=self._client, partitions=settings.log.partitions, rng=rng)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to carry; it does not wait for Elasticsearch."""
        self._task = asyncio.create_task(self._archivist.run(), name="archivist")
        self._task.add_done_callback(_halt_on_fault)

    async def stop(self) -> None:
        """End; what was not confirmed is carried again by the next life."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await step("archive.close", self._client.close())
        self._reader.close()


def _halt_on_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        halt("the archivist failed", fault)


def services(
    settings: Settings,
    judging: Judging,
    integrations: Integrations,
    report: Report,
    writer: LogWriter,
    rng: random.Random,
    ready: Callable[[], bool],
) -> list[Service]:
    """The services of this configuration, in the order in which they start."""
    view = CaseView(LogReader(writer.path))
    directory = judging.policy.directory
    access = _slack_access(settings, integrations, view, directory)
    token = settings.gateway.console_token
    deps = GatewayDeps(
        view=view,
        report=report,
        slack=access if settings.slack.signing_secret is not None else None,
        token=token.reveal() if token is not None else None,
        loopback=settings.gateway.host in {"127.0.0.1", "::1", "localhost"},
        checks={"agents": lambda: None if ready() else "the agents are not running yet"},
        rules=rule_notes(judging.book),
        accounts={number: account.name for number, account in directory.accounts.items()},
        clock=writer.clock,
    )
    found: list[Service] = [Gateway(settings, deps)]
    if access is not None and settings.slack.app_token is not None:
        handle = on_socket(
            team_id=access.team_id,
            app_id=access.app_id,
            seal=access.seal,
            report=report,
            show=access.show_details,
        )
        found.append(
            SocketMode(
                api_url=settings.slack.api_url,
                app_token=settings.slack.app_token.reveal(),
                handle=handle,
                rng=rng,
                context=trusting(str(settings.ca_file)) if settings.ca_file else None,
            )
        )
    if settings.elasticsearch.url is not None:
        found.append(Archive(settings, settings.elasticsearch.url, writer, rng))
    return found


def _slack_access(
    settings: Settings, integrations: Integrations, view: CaseView, directory: Directory
) -> SlackAccess | None:
    chosen = settings.slack
    if integrations.slack is None or integrations.seal is None or chosen.team_id is None or chosen.app_id is None:
        return None
    secrets = [chosen.signing_secret.reveal()] if chosen.signing_secret is not None else []
    return SlackAccess(
        check=SignatureCheck(secrets, wall_clock),
        seal=integrations.seal,
        team_id=chosen.team_id,
        app_id=chosen.app_id,
        show_details=details_opener(view, integrations.slack, load_texts(chosen.texts), directory.account_name),
    )
