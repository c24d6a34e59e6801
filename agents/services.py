"""Services: what runs beside the agents: the gateway, Socket Mode, the archivist."""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiohttp import web

from agents.archivist import Archivist
from agents.clients.address import trusting
from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.signature import SignatureCheck
from agents.clients.socket_mode import SocketMode
from agents.gateway.app import create_gateway
from agents.gateway.case_view import CaseView
from agents.gateway.deps import Check, GatewayDeps, SlackAccess
from agents.gateway.listening import listening
from agents.gateway.rule_notes import rule_notes
from agents.integrations import Integrations
from agents.interactions import details_opener, on_socket
from agents.log_tail import Commit, LogTail
from agents.policy import Judging
from agents.reporting import Report
from agents.texts.catalog import load_texts
from agents.versions.in_force import InForce, Live
from streams.clock import Clock, wall_clock
from streams.log.reader import OpenLog
from streams.settings.model import Mode, Settings
from streams.settings.secret import Secret
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
        """Listen.

        Raises:
            AddressRefused: the address cannot be had.
        """
        await step("gateway.setup", self._runner.setup())
        site = web.TCPSite(self._runner, *self._address)
        with listening(*self._address):
            await step("gateway.listen", site.start())

    async def stop(self) -> None:
        """Answer what is in hand, then close."""
        await step("gateway.close", self._runner.cleanup())


class Archive:
    """The archivist in a task of its own: whatever Elasticsearch does, nobody waits for it."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        reader: OpenLog,
        commit: Commit,
        owned: Callable[[], Collection[int]],
        rng: random.Random,
    ) -> None:
        key = settings.elasticsearch.api_key
        self._reader = reader
        self._client = ElasticsearchClient(
            url=url,
            api_key=key.reveal() if key is not None else None,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
        )
        self._archivist = Archivist(tail=LogTail(reader, commit), client=self._client, owned=owned, rng=rng)
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
        await step("archive.reader_close", asyncio.to_thread(self._reader.close))


def _halt_on_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        halt("the archivist failed", fault)


def archive(
    settings: Settings,
    open_log: Callable[[], OpenLog],
    commit: Commit,
    owned: Callable[[], Collection[int]],
    rng: random.Random,
) -> list[Service]:
    """The archivist of the partitions that `owned` names, where Elasticsearch is configured."""
    url = settings.elasticsearch.url
    return [Archive(settings, url, open_log(), commit, owned, rng)] if url is not None else []


def doors(
    settings: Settings,
    in_force: InForce,
    integrations: Integrations,
    *,
    report: Report,
    reader: OpenLog,
    clock: Clock,
    checks: Mapping[str, Check],
    rng: random.Random,
) -> list[Service]:
    """The ways in: the gateway, and Socket Mode where it is configured. `reader` is theirs alone."""
    view = CaseView(reader)
    access = _slack_access(settings, integrations, view, in_force)
    token = settings.gateway.console_token
    deps = GatewayDeps(
        view=view,
        report=report,
        slack=access if settings.slack.signing_secret is not None else None,
        token=token.reveal() if token is not None else None,
        loopback=settings.gateway.host in {"127.0.0.1", "::1", "localhost"},
        checks=checks,
        rules=Live(in_force, lambda judging: rule_notes(judging.book)),
        accounts=Live(in_force, _account_names),
        clock=clock,
        observe=settings.run.mode is Mode.OBSERVE,
    )
    found: list[Service] = [Gateway(settings, deps)]
    if access is not None and settings.slack.app_token is not None:
        found.append(_socket_mode(settings, settings.slack.app_token, access, report, rng))
    return found


def _socket_mode(
    settings: Settings, app_token: Secret, access: SlackAccess, report: Report, rng: random.Random
) -> SocketMode:
    handle = on_socket(
        team_id=access.team_id,
        app_id=access.app_id,
        seal=access.seal,
        report=report,
        show=access.show_details,
    )
    return SocketMode(
        api_url=settings.slack.api_url,
        app_token=app_token.reveal(),
        handle=handle,
        rng=rng,
        context=trusting(str(settings.ca_file)) if settings.ca_file else None,
    )


def _slack_access(
    settings: Settings, integrations: Integrations, view: CaseView, in_force: InForce
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
        show_details=details_opener(
            view,
            integrations.slack,
            load_texts(chosen.texts),
            in_force.account_name,
        ),
    )


def _account_names(judging: Judging) -> dict[str, str]:
    return {number: account.name for number, account in judging.policy.directory.accounts.items()}
