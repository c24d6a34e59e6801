"""Judging: what one call deserves, whoever asks: triage, explain or backtest."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents.decisions.directory import Directory
from agents.decisions.identity import named, resolve_actor, route
from agents.decisions.joining import Join, Sessions, join
from agents.decisions.rules import CallContext, Fired, Rule, RuleSet, Suspects
from agents.decisions.rules.past import PastOf, nothing_before
from agents.decisions.source_identity import claiming, doubt
from agents.decisions.times import event_time_ms
from streams.records.actor import Actor, ActorKind, Asked
from streams.records.grant import Holder
from streams.records.seen import Decision
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End, Shadow


class Policy(NamedTuple):
    """Everything a judgement depends on besides the call.

    Rules and people change with a published version, the rest with the configuration alone. `people_version` is
    empty where there is no people file.
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
    people_version: str = ""

    @property
    def version(self) -> str:
        """The name of rules and people together: what a decision was made by."""
        return f"{self.rules.version}-{self.people_version}" if self.people_version else self.rules.version


class Judgement(NamedTuple):
    """A call's decision, None where no rule fired; `fired` has the strongest rule first, and none in shadow.

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


def context_of(
    fields: Mapping[str, Any], directory: Directory, received_ms: int | None, account: str | None = None
) -> CallContext:
    """What conditions may ask about a call beside its record, but for its past.

    A clock that is behind the call's own makes no negative age: a rule about calls of any age has to fire.
    """
    actor = resolve_actor(fields, directory, account)
    happened_ms = event_time_ms(fields.get("eventTime"))
    age_ms = 0 if received_ms is None or happened_ms is None else max(0, received_ms - happened_ms)
    at_ms = happened_ms if happened_ms is not None else received_ms or 0
    return CallContext(age_ms=age_ms, actor=actor, groups=_groups(actor, directory), at_ms=at_ms)


def _groups(actor: Actor, directory: Directory) -> frozenset[str]:
    person = directory.person(actor.person) if actor.person is not None else None
    return frozenset(person.groups) if person is not None else frozenset()


def judge(
    fields: Mapping[str, Any],
    *,
    account: str | None,
    policy: Policy,
    received_ms: int | None,
    backfill: bool = False,
    sessions: Sessions | None = None,
    past: PastOf = nothing_before,
    suspects: Suspects | None = None,
) -> Judgement:
    """Judge one decoded record; without `received_ms` its age is 0 and it is never late.

    Without `sessions` it is judged alone: no grant says whose session it was made under. `past` says what rules
    counted of its credential before; unless given, that is nothing. `suspects` are the rules that could fire on
    it, where they are known already.
    """
    context = context_of(fields, policy.directory, received_ms, account)._replace(past=past)
    actor = context.actor
    assert actor is not None
    assert context.age_ms is not None
    late = context.age_ms > policy.lateness_ms
    joined = _by_grants(fields, actor, account, sessions, policy) if sessions else None
    if joined is not None:
        actor = joined.actor
        context = context._replace(actor=actor, groups=_groups(actor, policy.directory))
    suspects = policy.rules.suspects(fields) if suspects is None else suspects
    matching = suspects.matching(context)
    caller = _Caller(
        actor,
        account,
        late=late,
        backfill=backfill,
        contradicts=joined is not None and joined.contradicts,
    )
    judged = _judged(matching, caller, policy)
    if joined is not None:
        judged = _joined(judged, matching, joined, suspects, late=late)
    claimed = claiming(fields, judged.holder or actor, policy.directory)
    return judged if claimed is None else judged._replace(holder=claimed)


def _by_grants(
    fields: Mapping[str, Any], actor: Actor, account: str | None, sessions: Sessions, policy: Policy
) -> Join | None:
    """What the grants say beside the record: of somebody whom it proves, only that they are not alone in it."""
    if actor.person is not None:
        return doubt(fields, actor, sessions, policy.directory)
    return join(fields, actor, account, sessions, policy.feeds)


class _Caller(NamedTuple):
    """Who made the call, in which account, and how it came to us."""

    actor: Actor
    account: str | None
    late: bool
    backfill: bool
    contradicts: bool


def _judged(matching: Sequence[Fired], caller: _Caller, policy: Policy) -> Judgement:
    """What the rules that match make of it: those in shadow are recorded, and decide nothing."""
    actor = caller.actor
    if not matching:
        return Judgement(None, matching, actor, "no rule matches")
    fired = [one for one in matching if not one.rule.shadow]
    shadow = [_shadow(one, _decide([one], caller, policy)) for one in matching if one.rule.shadow]
    decision = _decide(fired or matching, caller, policy)
    if not fired:
        return _recorded(decision, shadow, actor)
    if shadow:
        decision = msgspec.structs.replace(decision, shadow=shadow)
    return Judgement(decision, fired, actor, decision.why)


def _joined(
    judged: Judgement,
    matching: Sequence[Fired],
    joined: Join,
    suspects: Suspects,
    *,
    late: bool,
) -> Judgement:
    """The judgement with what the grants know of the caller, and whether more of them could change it."""
    unknown = None if late else joined.key
    waits = unknown is not None and _hangs_on_actor(matching, suspects)
    return judged._replace(holder=joined.holder, unknown=unknown, waits=waits)


def _hangs_on_actor(fired: Sequence[Fired], suspects: Suspects) -> bool:
    """Whether who called could change the call's action or its end; an alert whoever made it stays one."""
    live = [one for one in fired if not one.rule.shadow]
    if any(one.action is Action.ALERT and not one.rule.about_actor for one in live):
        return False
    asked_about = bool(live) and live[0].action is Action.NOTIFY  # also where a service seems to have made it
    return asked_about or suspects.depends_on_actor


def _shadow(one: Fired, decision: Decision) -> Shadow:
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


def _decide(fired: Sequence[Fired], caller: _Caller, policy: Policy) -> Decision:
    actor, account, late, backfill, contradicts = caller
    strongest = fired[0]
    action, why = strongest.action, strongest.why
    if action is Action.NOTIFY and strongest.rule.action is Action.NOTIFY and actor.kind is ActorKind.SERVICE:
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
        rules=[strongest.rule.id] if len(fired) == 1 else sorted({one.rule.id for one in fired}),
        actor=actor,
        asked=asked,
        unaskable=unaskable,
        why=why,
        group_by=list(strongest.rule.group_by),
        timing=timing_of(strongest.rule, policy.timing),
        limits=_limits_of(strongest.rule, policy.limits),
        guard=any(one.rule.guard for one in fired if one.action is action),
        late=late,
        observe=policy.observe,
        rules_version=policy.version,
    )


def timing_of(rule: Rule, general: Timing) -> Timing:
    """The timing of a rule's cases: its own where it says so."""
    return _override(general, rule.timing)


def _limits_of(rule: Rule, general: Limits) -> Limits:
    return msgspec.structs.replace(general, **rule.limits) if rule.limits else general


def _asked(
    action: Action, actor: Actor, account: str | None, policy: Policy, rule: Rule
) -> tuple[Asked | None, str | None]:
    """Whom to ask, or to name on the page, and why nobody can be asked."""
    if action is Action.ALERT:
        return named(actor, policy.directory), None
    return route(actor, account, policy.directory, rule.ask)


def _override(timing: Timing, overrides: Mapping[str, int]) -> Timing:
    """A rule's own timing, given by configuration key in seconds."""
    if not overrides:
        return timing
    changes = {key.removesuffix("_s") + "_ms": value * 1_000 for key, value in overrides.items()}
    return msgspec.structs.replace(timing, **changes)
