"""Effect agents: one for each outside service that is configured, bound to the topic of what is intended there.

Without a service nothing is ever sent to its topic, and no agent reads it.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from agents.challenger import Challenger
from agents.effect_tasks import EffectTasks
from agents.integrations import Integrations
from agents.pager import About, Pager
from agents.prompter import AssignedMs, Prompter
from agents.reporting import Report
from agents.texts.catalog import Texts
from streams.clock import Clock
from streams.shell.agent import durable_agent
from streams.shell.app import DurableApp
from streams.topics import Topic


class EffectAgents(NamedTuple):
    """What these agents need of the process around them; `assigned_ms` says since when a partition is ours."""

    app: DurableApp
    integrations: Integrations
    account_name: Callable[[str], str]
    texts: Texts
    report: Report
    clock: Clock
    rng: random.Random
    about: About
    assigned_ms: AssignedMs

    def bind(self) -> list[EffectTasks | Pager]:
        """Bind every agent that has its service; what they have under way."""
        return [*self._pager(), *self._prompter(), *self._challenger()]

    def _pager(self) -> list[EffectTasks | Pager]:
        if self.integrations.pagerduty is None:
            return []
        pager = Pager(client=self.integrations.pagerduty, report=self.report, clock=self.clock, about=self.about)
        durable_agent(self.app, name="pager", topic=Topic.EFFECTS_PAGE, handle=pager.handle)
        return [pager]

    def _prompter(self) -> list[EffectTasks | Pager]:
        if self.integrations.slack is None or self.integrations.seal is None:
            return []
        prompter = Prompter(
            client=self.integrations.slack,
            seal=self.integrations.seal,
            texts=self.texts,
            account_name=self.account_name,
            report=self.report,
            clock=self.clock,
            assigned_ms=self.assigned_ms,
            rng=self.rng,
        )
        durable_agent(self.app, name="prompter", topic=Topic.EFFECTS_SLACK, handle=prompter.handle)
        return [prompter.tasks]

    def _challenger(self) -> list[EffectTasks | Pager]:
        if self.integrations.duo is None:
            return []
        challenger = Challenger(
            client=self.integrations.duo,
            account_name=self.account_name,
            report=self.report,
            clock=self.clock,
            assigned_ms=self.assigned_ms,
            rng=self.rng,
        )
        durable_agent(self.app, name="challenger", topic=Topic.EFFECTS_DUO, handle=challenger.handle)
        return [challenger.pushes, challenger.polls]
