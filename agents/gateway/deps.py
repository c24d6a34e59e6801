"""Deps: what the gateway needs from the rest, handed in by the composition root."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp.web import AbstractRouteDef

from agents.clients.button import Seal
from agents.clients.interaction import DetailsWanted
from agents.clients.signature import SignatureCheck
from agents.gateway.case_view import CaseView
from streams.clock import Clock, wall_clock
from streams.records.command import Command

Report = Callable[[int, str, Command], Awaitable[None]]
"""Appends a command durably: (partition of `commands`, actor key, command). Returns once it is on disk."""

Check = Callable[[], str | None]
"""One thing /readyz asks for; the answer is what is wrong, in words, or None."""


@dataclass(frozen=True, slots=True)
class RuleNote:
    """What a page says of a rule: its title, why it exists, the file it is written in, and its runbook."""

    rule_id: str
    title: str
    because: str = ""
    file: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class SlackAccess:
    """What it takes to believe an interaction, and to answer one.

    `show_details` opens the modal that lists every call of a question.
    """

    check: SignatureCheck
    seal: Seal
    team_id: str
    app_id: str
    show_details: Callable[[DetailsWanted], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDeps:
    """`token` guards the pages; without one they are served on loopback only. Without `slack`, clicks are refused.

    `routes` are more doors of the same server (SNS over HTTPS); `accounts` names accounts by their number.
    `observe` tells the readers that nobody is asked or paged.
    """

    view: CaseView
    report: Report
    slack: SlackAccess | None = None
    token: str | None = None
    loopback: bool = True
    checks: Mapping[str, Check] = field(default_factory=dict)
    rules: Mapping[str, RuleNote] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = wall_clock
    observe: bool = False
    routes: Sequence[AbstractRouteDef] = ()
