"""Judging: what one call deserves, whoever asks: triage, explain or backtest."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents.decisions.directory import Directory
from agents.decisions.identity import resolve_actor, route
from agents.decisions.rules import CallContext, Fired, Rule, RuleSet
from agents.decisions.rules.past import PastOf, nothing_before
from agents.decisions.times import event_time_ms
from streams.records.actor import Actor, ActorKind, Asked
from streams.records.seen import Decision
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End, Shadow


class Policy(NamedTuple):
    """Everything a judgement depends on besides the call.

    Rules and people change with a published version, the rest with the configuration alone. `people_version` is
    empty where there is no people file.
    """

    rules: RuleSet
    directory: Directory
    timing: Timing
    limits: Limits
    lateness_ms: int
    observe: bool
    people_version: str = ""

    @property
    def version(self) -> str:
        """The name of rules and people together: what a decision was made by."""
        return f"{self.rules.version}-{self.people_version}" if self.people_version else self.rules.version


class Judgement(NamedTuple):
    """A call's decision, None where no rule fired; `fired` has the strongest rule first, and none in shadow."""

    decision: Decision | None
    fired: Sequence[Fired]
    actor: Actor
    why: str


def context_of(fields: Mapping[str, Any], directory: Directory, received_ms: int | None) -> CallContext:
    """What conditions may ask about a call beside its record, but for its past."""
    actor = resolve_actor(fields, directory)
    happened_ms = event_time_ms(fields.get("eventTime"))
    age_ms = 0 if received_ms is None or happened_ms is None else received_ms - happened_ms
    person = directory.person(actor.person) if actor.person is not None else None
    groups = frozenset(person.groups) if person is not None else frozenset[str]()
    at_ms = happened_ms if happened_ms is not None else received_ms or 0
    return CallContext(age_ms=age_ms, actor=actor, groups=groups, at_ms=at_ms)


def judge(
    fields: Mapping[str, Any],
    *,
    account: str | None,
    policy: Policy,
    received_ms: int | None,
    backfill: bool = False,
    past: PastOf = nothing_before,
) -> Judgement:
    """Judge one decoded record; without `received_ms` its age is 0 and it is never late.

    `past` says what rules counted of its credential before; unless given, that is nothing.
    """
    context = context_of(fields, policy.directory, received_ms)._replace(past=past)
    actor, age_ms = context.actor, context.age_ms
    assert actor is not None
    assert age_ms is not None
    matching = policy.rules.matching(fields, context)
    if not matching:
        return Judgement(None, matching, actor, "no rule matches")
    late = age_ms > policy.lateness_ms
    fired = [one for one in matching if not one.rule.shadow]
    shadow = [
        _shadow(one, _decide([one], actor, account, policy, late=late, backfill=backfill))
        for one in matching
        if one.rule.shadow
    ]
    decision, why = _decide(fired or matching, actor, account, policy, late=late, backfill=backfill)
    if not fired:
        return _recorded(decision, shadow, actor)
    if shadow:
        decision = msgspec.structs.replace(decision, shadow=shadow)
    return Judgement(decision, fired, actor, why)


def _shadow(one: Fired, decided: tuple[Decision, str]) -> Shadow:
    decision, _ = decided
    asked = decision.asked.person if decision.action is Action.NOTIFY and decision.asked else None
    return Shadow(one.rule.id, decision.action, asked, decision.unaskable)


def _recorded(decision: Decision, shadow: list[Shadow], actor: Actor) -> Judgement:
    """A call that only rules in shadow fire on: it is logged, with what they would have done."""
    why = f"in shadow: {', '.join(f'{one.rule} would {one.action}' for one in shadow)}"
    logged = msgspec.structs.replace(
        decision,
        action=Action.LOG,
        end=End.LOGGED,
        risk=0,
        rules=[],
        asked=None,
        unaskable=None,
        guard=False,
        why=why,
        shadow=shadow,
    )
    return Judgement(logged, (), actor, why)


def _decide(
    fired: Sequence[Fired], actor: Actor, account: str | None, policy: Policy, *, late: bool, backfill: bool
) -> tuple[Decision, str]:
    strongest = fired[0]
    action, why = strongest.action, strongest.why
    if action is Action.NOTIFY and actor.kind is ActorKind.SERVICE:
        action, why = Action.LOG, f"{why}; made by a service, so nobody is asked"
    asked: Asked | None = None
    unaskable: str | None = None
    if action is Action.NOTIFY:
        asked, unaskable = route(actor, account, policy.directory)
        if late:
            asked, unaskable = None, "late"
        if unaskable is not None:
            why = f"{why}; would page: {unaskable}"
    elif action is Action.ALERT:
        asked, _ = route(actor, account, policy.directory)
    end = End.LOGGED if action is Action.LOG else End.CASE
    if late and backfill and end is End.CASE:
        end = End.REPORTED
    decision = Decision(
        action=action,
        end=end,
        rule=strongest.rule.id,
        risk=strongest.rule.risk,
        rules=sorted({one.rule.id for one in fired}),
        actor=actor,
        asked=asked,
        unaskable=unaskable,
        why=why,
        group_by=list(strongest.rule.group_by),
        timing=timing_of(strongest.rule, policy.timing),
        limits=msgspec.structs.replace(policy.limits, **strongest.rule.limits),
        guard=any(one.rule.guard for one in fired if one.action is action),
        late=late,
        observe=policy.observe,
        rules_version=policy.version,
    )
    return decision, why


def timing_of(rule: Rule, general: Timing) -> Timing:
    """The timing of a rule's cases: its own where it says so."""
    return _override(general, rule.timing)


def _override(timing: Timing, overrides: Mapping[str, int]) -> Timing:
    """A rule's own timing, given by configuration key in seconds."""
    changes = {key.removesuffix("_s") + "_ms": value * 1_000 for key, value in overrides.items()}
    return msgspec.structs.replace(timing, **changes)
