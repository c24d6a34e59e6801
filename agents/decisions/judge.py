"""Judging: what one call deserves, whoever asks: triage, explain or backtest."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents.decisions.directory import Directory
from agents.decisions.identity import named, resolve_actor, route
from agents.decisions.joining import Sessions, join
from agents.decisions.rules import CallContext, Fired, Rule, RuleSet
from agents.decisions.times import event_time_ms
from streams.records.actor import Actor, ActorKind, Asked
from streams.records.grant import Holder
from streams.records.seen import Decision
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End


class Policy(NamedTuple):
    """Everything a judgement depends on besides the call: it changes only with the configuration.

    `grant_wait_ms` is how long a call waits for the grant of its session; `feeds` are the accounts that feeds are
    bound to.
    """

    rules: RuleSet
    directory: Directory
    timing: Timing
    limits: Limits
    lateness_ms: int
    observe: bool
    grant_wait_ms: int = 30_000
    feeds: frozenset[str] = frozenset()


class Judgement(NamedTuple):
    """A call's decision, None where no rule fired; `fired` has the strongest rule first.

    `holder` is who a session is of that the call issued, None where that is the actor. `unknown` is the key of
    which no grant told anything yet; `waits` is set where one could change what becomes of the call.
    """

    decision: Decision | None
    fired: Sequence[Fired]
    actor: Actor
    why: str
    holder: Holder | None = None
    unknown: str | None = None
    waits: bool = False


def judge(
    fields: Mapping[str, Any],
    *,
    account: str | None,
    policy: Policy,
    received_ms: int | None,
    backfill: bool = False,
    sessions: Sessions | None = None,
) -> Judgement:
    """Judge one decoded record; without `received_ms` its age is 0 and it is never late.

    Without `sessions` it is judged alone: no grant says whose session it was made under.
    """
    actor = resolve_actor(fields, policy.directory)
    joined = None
    if sessions is not None and actor.person is None:
        joined = join(fields, actor, account, sessions, policy.feeds)
    if joined is not None:
        actor = joined.actor
    happened_ms = event_time_ms(fields.get("eventTime"))
    age_ms = 0
    if received_ms is not None and happened_ms is not None:
        age_ms = received_ms - happened_ms
    late = age_ms > policy.lateness_ms
    fired = policy.rules.matching(fields, CallContext(age_ms=age_ms, actor=actor))
    decision, why = None, "no rule matches"
    if fired:
        contradicts = joined is not None and joined.contradicts
        decision = _decide(fired, actor, account, policy, late=late, backfill=backfill, contradicts=contradicts)
        why = decision.why
    if joined is None:
        return Judgement(decision, fired, actor, why)
    unknown = None if late else joined.key
    waits = unknown is not None and _hangs_on_actor(fields, fired, decision, policy.rules)
    return Judgement(decision, fired, actor, why, joined.holder, unknown, waits)


def _hangs_on_actor(
    fields: Mapping[str, Any], fired: Sequence[Fired], decision: Decision | None, rules: RuleSet
) -> bool:
    """Whether who called could change the call's action or its end; an alert whoever made it stays one."""
    if any(one.action is Action.ALERT and not one.rule.about_actor for one in fired):
        return False
    asked_about = decision is not None and decision.action is Action.NOTIFY
    return asked_about or rules.depends_on_actor(fields)


def _decide(
    fired: Sequence[Fired],
    actor: Actor,
    account: str | None,
    policy: Policy,
    *,
    late: bool,
    backfill: bool,
    contradicts: bool,
) -> Decision:
    strongest = fired[0]
    action, why = strongest.action, strongest.why
    if action is Action.NOTIFY and actor.kind is ActorKind.SERVICE:
        action, why = Action.LOG, f"{why}; made by a service, so nobody is asked"
    asked, unaskable = None, None
    if action is not Action.LOG:
        asked, unaskable = _asked(action, actor, account, policy, strongest.rule)
    if action is Action.NOTIFY and (late or contradicts):
        asked, unaskable = None, "late" if late else "contradicted"
    if unaskable is not None:
        why = f"{why}; would page: {unaskable}"
    elif action is Action.NOTIFY and asked is not None and asked.person != actor.person:
        why = f"{why}; the account's owner is asked"
    end = End.LOGGED if action is Action.LOG else End.CASE
    if late and backfill and end is End.CASE:
        end = End.REPORTED
    return Decision(
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
        timing=_override(policy.timing, strongest.rule.timing),
        limits=msgspec.structs.replace(policy.limits, **strongest.rule.limits),
        guard=any(one.rule.guard for one in fired if one.action is action),
        late=late,
        observe=policy.observe,
    )


def _asked(
    action: Action, actor: Actor, account: str | None, policy: Policy, rule: Rule
) -> tuple[Asked | None, str | None]:
    """Whom to ask, or to name on the page, and why nobody can be asked."""
    if action is Action.ALERT:
        return named(actor, policy.directory), None
    return route(actor, account, policy.directory, rule.ask)


def _override(timing: Timing, overrides: Mapping[str, int]) -> Timing:
    """A rule's own timing, given by configuration key in seconds."""
    changes = {key.removesuffix("_s") + "_ms": value * 1_000 for key, value in overrides.items()}
    return msgspec.structs.replace(timing, **changes)
