"""Near: why a rule does not fire on a call that it is about, condition by condition."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from agents.decisions.rules.pattern import Branch, Condition
from agents.decisions.rules.reading import Readings, Record, fulfils
from agents.decisions.rules.rule import Rule, fired
from agents.decisions.rules.when import CallContext

NAMING = (("eventSource",), ("eventName",))
MAX_SHOWN = 120


class Outcome(NamedTuple):
    """What a rule makes of a call: its action, or None with the reasons why it does not fire."""

    rule: Rule
    action: str | None
    why: tuple[str, ...]


def outcome(rule: Rule, fields: Mapping[str, Any], context: CallContext) -> Outcome | None:
    """The rule's outcome; None where it is about other calls: it names another source or event."""
    record = Readings(fields)
    found = fired(rule, record, context)
    if found is not None:
        return Outcome(rule, str(found.action), (found.why,))
    branches = [branch for branch in rule.match if _is_about(record.exact, branch)]
    if not branches:
        return None
    failed = min((_failed(record.exact, branch) for branch in branches), key=len)
    if failed:
        return Outcome(rule, None, tuple(_said(condition, fields) for condition in failed))
    if rule.unless and any(fulfils(record.exact, (branch,)) for branch in rule.unless):
        return Outcome(rule, None, ("except excuses it",))
    if not fulfils(record.exact, rule.match):
        return Outcome(rule, None, ("its fields match, but in different elements of a list",))
    return Outcome(rule, None, _failed_conditions(rule, record, context))


def _is_about(record: Record, branch: Branch) -> bool:
    naming = tuple(condition for condition in branch if condition.path in NAMING)
    return bool(naming) and fulfils(record, (naming,))


def _failed(record: Record, branch: Branch) -> tuple[Condition, ...]:
    return tuple(condition for condition in branch if not fulfils(record, ((condition,),)))


def _failed_conditions(rule: Rule, record: Any, context: CallContext) -> tuple[str, ...]:
    """The keys of `when` that do not hold, each tried alone."""
    when = rule.when
    if when is None:
        return ()
    names = [name for name in when.__struct_fields__ if getattr(when, name) not in (None, ())]
    empty = replace(when, **{name: () if isinstance(getattr(when, name), tuple) else None for name in names})
    alone = {name: replace(rule, when=replace(empty, **{name: getattr(when, name)})) for name in names}
    return tuple(f"when.{name} does not hold" for name, one in alone.items() if not one.fires(record, context))


def _said(condition: Condition, fields: Mapping[str, Any]) -> str:
    name = ".".join(condition.path)
    wanted = " or ".join(sorted(condition.written))
    value: Any = fields
    for step in condition.path:
        value = value.get(step) if isinstance(value, Mapping) else None
    found = "is missing" if value is None else f"is {json.dumps(value, ensure_ascii=False)}"
    return f"{name} {_cut(found)}, wanted {_cut(wanted)}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
