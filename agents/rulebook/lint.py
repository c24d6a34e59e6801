"""Lint: what is wrong with rules that load: they never match, never decide, or rest on what CloudTrail cuts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.decisions.rules.covering import covers, excuses_all
from agents.decisions.rules.index import NAME
from agents.decisions.rules.pattern import OR, Branch
from agents.rulebook.codes import Code
from agents.rulebook.document import Draft
from agents.rulebook.page import Path
from agents.rulebook.skeleton import BECAUSE
from streams.records.verdict import Action
from streams.settings.fault import Fault

TEXTS = (
    "awsRegion",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "recipientAccountId",
    "sourceIPAddress",
    "userAgent",
    "userIdentity.accessKeyId",
    "userIdentity.accountId",
    "userIdentity.arn",
    "userIdentity.principalId",
    "userIdentity.type",
    "userIdentity.userName",
)
"""Fields that CloudTrail writes as texts: a number, true or false matches none of them."""

SHORT = ("errorMessage", "userAgent")
"""Texts that CloudTrail cuts at about 1 KB ("CloudTrail record contents")."""

LARGE = ("additionalEventData", "requestParameters", "responseElements", "serviceEventDetails")
"""What CloudTrail leaves out where it is too large, with `omitted: true` in its place."""

Field = tuple[Path, str, list[Any]]
"""A field of a pattern: where its list stands in the document, its dotted name, its alternatives."""


def lint(own: Sequence[Draft], everything: Sequence[Draft]) -> list[Fault]:
    """The warnings about the user's rules, beside the pack's and each other."""
    found: list[Fault] = []
    by_name = _by_name(everything)
    for draft in own:
        rivals = [*by_name.get(_first_name(draft), ()), *by_name[None]]
        noted = [*_never(draft), *_covered(draft, rivals), *_cut_off(draft), *_one_sided(draft)]
        found += [fault for fault in noted if fault.code not in draft.accepts]
    return sorted(found, key=lambda fault: (fault.file, fault.line, fault.column))


def unfinished(own: Sequence[Draft]) -> list[Fault]:
    """Faults of rules that load: what `rules new` left to be said, and people would be asked with."""
    message = "because is still what `rules new` wrote: say in one line why this call matters"
    return [
        draft.located.fault(("because",), message, str(Code.PLACEHOLDER))
        for draft in own
        if draft.rule.because == BECAUSE
    ]


def _by_name(drafts: Sequence[Draft]) -> dict[str | None, list[Draft]]:
    """The rules by the events that they name, under None those that name none: only they can cover another."""
    found: dict[str | None, list[Draft]] = {None: []}
    for draft in drafts:
        for name in {name for branch in draft.rule.match for name in _names(branch) or (None,)}:
            found.setdefault(name, []).append(draft)
    return found


def _first_name(draft: Draft) -> str:
    return next(iter(sorted(_names(draft.rule.match[0]))), "")


def _names(branch: Branch) -> frozenset[str]:
    return next((condition.exact or frozenset() for condition in branch if condition.path == NAME), frozenset())


def _warn(draft: Draft, path: Path, message: str, code: Code) -> Fault:
    place = draft.located.place(path)
    return Fault(draft.located.file, place.line, place.column, message, str(code), warning=True)


def _fields(draft: Draft, key: str) -> Iterator[Field]:
    value = draft.located.value.get(key, [])
    for index, pattern in enumerate(value if isinstance(value, list) else [value]):
        yield from _walk(pattern, (key, index) if isinstance(value, list) else (key,), "")


def _walk(pattern: Mapping[str, Any], path: Path, prefix: str) -> Iterator[Field]:
    for name, value in pattern.items():
        if name == OR:
            for index, choice in enumerate(value):
                yield from _walk(choice, (*path, OR, index), prefix)
        elif isinstance(value, Mapping):
            yield from _walk(value, (*path, name), f"{prefix}{name}.")
        else:
            yield (*path, name), f"{prefix}{name}", value


def _never(draft: Draft) -> Iterator[Fault]:
    """What keeps a pattern, or one of its alternatives, from ever matching."""
    for path, name, values in _fields(draft, "match"):
        if name in TEXTS and all(_is_no_text(value) for value in values):
            message = f"this can never match: CloudTrail writes {name} as a text: put the value in quotes"
            yield _warn(draft, path, message, Code.NEVER_MATCHES)
        for index, value in enumerate(values):
            hint = _unheard_of(name, value)
            if hint is not None:
                yield _warn(draft, (*path, index), hint, Code.NEVER_MATCHES)
    if excuses_all(draft.rule):
        message = "this can never fire: except takes away every call that match gives"
        yield _warn(draft, ("except",), message, Code.NEVER_MATCHES)


def _is_no_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "numeric" in value
    return isinstance(value, bool | int | float)


def _unheard_of(name: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if name == "eventSource" and not value.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        guess = f"{value.partition('.')[0].lower().strip()}.amazonaws.com"
        return f'this can never match: no call has the eventSource "{value}": did you mean "{guess}"?'
    if name == "eventName" and ":" in value:
        guess = value.rpartition(":")[2]
        return f'this can never match: an eventName is the call alone: did you mean "{guess}"?'
    return None


def _covered(draft: Draft, everything: Sequence[Draft]) -> Iterator[Fault]:
    """Another rule that fires on all its calls and comes before it: this one never decides anything."""
    rule = draft.rule
    for other in everything:
        if other is draft or other.rule.id in draft.replaces or not covers(other.rule, rule):
            continue
        message = f"{other.rule.id} ({other.rule.action}) fires on every call of this rule, so it never decides"
        yield _warn(draft, ("match",), message, Code.SHADOWED)
        return


def _cut_off(draft: Draft) -> Iterator[Fault]:
    """What rests on the end of a text that is cut, or an alert on a text that may be left out; once a rule."""
    alerts = draft.rule.action is Action.ALERT and not draft.rule.guard  # a guard alerts also on what is left out
    for path, name, values in _fields(draft, "match"):
        top = name.partition(".")[0]
        for index, value in enumerate(values):
            word = next(iter(value), None) if isinstance(value, Mapping) else None
            if name in SHORT and _needs_the_end(word, value):
                message = f"CloudTrail cuts {name} off after about 1 KB: match its beginning, with prefix"
                yield _warn(draft, (*path, index), message, Code.CUT_OFF)
                return
            if alerts and top in LARGE and _searches(word, value):
                message = f"where CloudTrail leaves {top} out, being too large, this alert only notifies"
                yield _warn(draft, (*path, index), message, Code.CUT_OFF)
                return


def _searches(word: str | None, value: Any) -> bool:
    """Whether it looks for something inside of a text, which is what is done with large ones."""
    return word == "wildcard" and str(value[word]).startswith("*") and str(value[word]).endswith("*")


def _needs_the_end(word: str | None, value: Any) -> bool:
    if word == "wildcard":
        return not str(value[word]).endswith("*")
    return word == "suffix"


def _one_sided(draft: Draft) -> Iterator[Fault]:
    """Tests of one side only: a rule that always fires, or never does, passes them."""
    expected = {test.expect for test in draft.tests}
    if "none" not in expected:
        message = "no test expects none: write a call that this rule should leave alone"
        yield _warn(draft, ("tests",), message, Code.ONE_SIDED)
    if expected == {"none"}:
        message = f"no test expects {draft.rule.action}: write a call that this rule should fire on"
        yield _warn(draft, ("tests",), message, Code.ONE_SIDED)
